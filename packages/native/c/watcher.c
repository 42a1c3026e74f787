#define _GNU_SOURCE
#include "watcher.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BATCH 64
#define STOP UINT64_MAX

struct watcher {
  int epoll;
  int stop;
  pthread_t thread;
  void (*notify)(void *);
  void *argument;
  pthread_mutex_t lock; /* guards what follows */
  pthread_cond_t room;
  struct watcher_event queue[BATCH];
  int head, count;
  bool notified, stopping;
};

static bool push(struct watcher *watcher, struct watcher_event event) {
  pthread_mutex_lock(&watcher->lock);
  /* The owner is slower than the kernel: wait, the events are not lost. */
  while (watcher->count == BATCH && !watcher->stopping) pthread_cond_wait(&watcher->room, &watcher->lock);
  bool running = !watcher->stopping;
  bool first = running && !watcher->notified;
  if (running) {
    watcher->queue[(watcher->head + watcher->count++) % BATCH] = event;
    watcher->notified = true;
  }
  pthread_mutex_unlock(&watcher->lock);
  if (first) watcher->notify(watcher->argument);
  return running;
}

static void *run(void *argument) {
  struct watcher *watcher = argument;
  struct epoll_event ready[BATCH];
  for (;;) {
    int count = epoll_wait(watcher->epoll, ready, BATCH, -1);
    if (count < 0 && errno != EINTR) return NULL;
    for (int i = 0; i < count; i++) {
      if (ready[i].data.u64 == STOP) return NULL;
      if (!push(watcher, (struct watcher_event){ready[i].data.u64, ready[i].events})) return NULL;
    }
  }
}

int watcher_start(void (*notify)(void *), void *argument, struct watcher **out) {
  struct watcher *watcher = calloc(1, sizeof *watcher);
  if (watcher == NULL) return -ENOMEM;
  int error = 0;
  watcher->notify = notify;
  watcher->argument = argument;
  watcher->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (watcher->epoll < 0) error = errno;
  watcher->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (error == 0 && watcher->stop < 0) error = errno;
  struct epoll_event stop = {.events = EPOLLIN, .data.u64 = STOP};
  if (error == 0 && epoll_ctl(watcher->epoll, EPOLL_CTL_ADD, watcher->stop, &stop) < 0) error = errno;
  pthread_mutex_init(&watcher->lock, NULL);
  pthread_cond_init(&watcher->room, NULL);
  if (error == 0) {
    /* Signals of the process are for the threads of Node. */
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(&watcher->thread, NULL, run, watcher);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
  }
  if (error != 0) {
    if (watcher->epoll >= 0) close(watcher->epoll);
    if (watcher->stop >= 0) close(watcher->stop);
    free(watcher);
    return -error;
  }
  pthread_setname_np(watcher->thread, "lttng-ts-watch");
  *out = watcher;
  return 0;
}

void watcher_stop(struct watcher *watcher) {
  pthread_mutex_lock(&watcher->lock);
  watcher->stopping = true;
  pthread_cond_signal(&watcher->room);
  pthread_mutex_unlock(&watcher->lock);
  uint64_t one = 1;
  while (write(watcher->stop, &one, sizeof one) < 0 && errno == EINTR) continue;
  pthread_join(watcher->thread, NULL);
  close(watcher->epoll);
  close(watcher->stop);
  pthread_mutex_destroy(&watcher->lock);
  pthread_cond_destroy(&watcher->room);
  free(watcher);
}

static int control(struct watcher *watcher, int operation, int fd, uint64_t id, uint32_t events) {
  struct epoll_event event = {.events = events | EPOLLRDHUP | EPOLLONESHOT, .data.u64 = id};
  return epoll_ctl(watcher->epoll, operation, fd, &event) < 0 ? -errno : 0;
}

int watcher_add(struct watcher *watcher, int fd, uint64_t id, uint32_t events) {
  return control(watcher, EPOLL_CTL_ADD, fd, id, events);
}

int watcher_arm(struct watcher *watcher, int fd, uint64_t id, uint32_t events) {
  return control(watcher, EPOLL_CTL_MOD, fd, id, events);
}

int watcher_remove(struct watcher *watcher, int fd) { return control(watcher, EPOLL_CTL_DEL, fd, 0, 0); }

bool watcher_take(struct watcher *watcher, struct watcher_event *event) {
  pthread_mutex_lock(&watcher->lock);
  bool found = watcher->count > 0;
  if (found) {
    *event = watcher->queue[watcher->head];
    watcher->head = (watcher->head + 1) % BATCH;
    watcher->count--;
    pthread_cond_signal(&watcher->room);
  } else {
    watcher->notified = false;
  }
  pthread_mutex_unlock(&watcher->lock);
  return found;
}
