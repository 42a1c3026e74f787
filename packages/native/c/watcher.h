/*
 * Readiness of descriptors: one thread waits in epoll(7) and tells the owner through a callback. Each watch is
 * one-shot (EPOLLONESHOT): the owner arms it again after it handled the event.
 */
#ifndef LTTNG_TS_WATCHER_H
#define LTTNG_TS_WATCHER_H

#include <stdbool.h>
#include <stdint.h>

struct watcher;

struct watcher_event {
  uint64_t id;
  uint32_t events; /* EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLRDHUP, EPOLLERR */
};

/* `notify` runs in the watcher's thread when events wait and none waited before; it must not block. */
int watcher_start(void (*notify)(void *argument), void *argument, struct watcher **out);
/* Ends and joins the thread: no notify runs after the return. */
void watcher_stop(struct watcher *watcher);
int watcher_add(struct watcher *watcher, int fd, uint64_t id, uint32_t events);
/* Arms again, with new interests. */
int watcher_arm(struct watcher *watcher, int fd, uint64_t id, uint32_t events);
int watcher_remove(struct watcher *watcher, int fd);
/* Takes one event; `false` when there is none, after which notify will be called again. */
bool watcher_take(struct watcher *watcher, struct watcher_event *event);

#endif
