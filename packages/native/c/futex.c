#define _GNU_SOURCE
#include "futex.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* futex_waitv(2) of Linux 5.16; declared here because headers may be older than the kernel. */
#define SYS_FUTEX_WAITV 449
#define WAITV_SIZE_U32 2
#define WAITV_PRIVATE 128

struct waitv {
  uint64_t value, address;
  uint32_t flags, reserved;
};

struct futex_wait {
  atomic_int references;
  struct mapping *mapping;
  uint32_t *word;
  uint32_t expected;
  struct timespec deadline;
  bool has_deadline;
  int event_fd;
  _Atomic uint32_t cancelled; /* a private futex */
  atomic_int result;
};

int futex_wake(struct mapping *mapping, size_t offset, int count) {
  long woken = syscall(SYS_futex, mapping->base + offset, FUTEX_WAKE, count, NULL, NULL, 0);
  return woken < 0 ? -errno : (int)woken;
}

static struct timespec add_ms(struct timespec time, int64_t ms) {
  time.tv_sec += ms / 1000;
  time.tv_nsec += (ms % 1000) * 1000000;
  if (time.tv_nsec >= 1000000000) {
    time.tv_nsec -= 1000000000;
    time.tv_sec++;
  }
  return time;
}

static bool is_before(struct timespec a, struct timespec b) {
  return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

/* Waits on the word and on the cancellation at once, or (before Linux 5.16) in slices of 100 ms. */
static enum futex_result wait_once(struct futex_wait *wait, bool *has_waitv) {
  if (*has_waitv) {
    struct waitv words[2] = {
        {.value = wait->expected, .address = (uintptr_t)wait->word, .flags = WAITV_SIZE_U32},
        {.value = 0, .address = (uintptr_t)&wait->cancelled, .flags = WAITV_SIZE_U32 | WAITV_PRIVATE}};
    long index = syscall(SYS_FUTEX_WAITV, words, 2, 0, wait->has_deadline ? &wait->deadline : NULL, CLOCK_MONOTONIC);
    if (index >= 0) return index == 0 ? FUTEX_WOKEN : FUTEX_CANCELLED;
    if (errno == ETIMEDOUT) return FUTEX_TIMED_OUT;
    if (errno == EAGAIN) return FUTEX_CHANGED;
    if (errno == EINTR) return FUTEX_PENDING;
    *has_waitv = false; /* ENOSYS, or EPERM of a seccomp filter */
  }
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  struct timespec slice = add_ms(now, 100);
  bool is_last = wait->has_deadline && is_before(wait->deadline, slice);
  /* FUTEX_WAIT_BITSET takes an absolute time. */
  long error = syscall(SYS_futex, wait->word, FUTEX_WAIT_BITSET, wait->expected,
                       is_last ? &wait->deadline : &slice, NULL, FUTEX_BITSET_MATCH_ANY);
  if (error == 0) return FUTEX_WOKEN;
  if (errno == EAGAIN) return FUTEX_CHANGED;
  return errno == ETIMEDOUT && is_last ? FUTEX_TIMED_OUT : FUTEX_PENDING;
}

static void *run(void *argument) {
  struct futex_wait *wait = argument;
  bool has_waitv = true;
  enum futex_result result = FUTEX_PENDING;
  while (result == FUTEX_PENDING) {
    /* Acquire: pairs with the release in futex_wait_cancel. */
    if (atomic_load_explicit(&wait->cancelled, memory_order_acquire) != 0) {
      result = FUTEX_CANCELLED;
    } else {
      result = wait_once(wait, &has_waitv);
    }
  }
  /* A changed value of the private word is a cancellation, not a change of the shared word. */
  if (atomic_load_explicit(&wait->cancelled, memory_order_acquire) != 0) result = FUTEX_CANCELLED;
  /* Release: pairs with the acquire in futex_wait_result. */
  atomic_store_explicit(&wait->result, result, memory_order_release);
  uint64_t one = 1;
  while (write(wait->event_fd, &one, sizeof one) < 0 && errno == EINTR) continue;
  futex_wait_drop(wait);
  return NULL;
}

int futex_wait_start(struct mapping *mapping, size_t offset, uint32_t expected, int64_t timeout_ms,
                     struct futex_wait **out, int *event_fd) {
  struct futex_wait *wait = calloc(1, sizeof *wait);
  if (wait == NULL) return -ENOMEM;
  int error = 0;
  wait->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wait->event_fd < 0) error = errno;
  /* Each side closes its own end: the number of a closed one may be another file's by then. */
  *event_fd = error == 0 ? fcntl(wait->event_fd, F_DUPFD_CLOEXEC, 0) : -1;
  if (error == 0 && *event_fd < 0) error = errno;
  wait->mapping = mapping;
  wait->word = (uint32_t *)(void *)(mapping->base + offset);
  wait->expected = expected;
  wait->has_deadline = timeout_ms >= 0;
  if (wait->has_deadline) {
    clock_gettime(CLOCK_MONOTONIC, &wait->deadline);
    wait->deadline = add_ms(wait->deadline, timeout_ms);
  }
  atomic_init(&wait->references, 2);
  mapping_take(mapping);
  if (error == 0) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 128 * 1024);
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pthread_t thread;
    error = pthread_create(&thread, &attributes, run, wait);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
  }
  if (error != 0) {
    if (*event_fd >= 0) close(*event_fd);
    if (wait->event_fd >= 0) close(wait->event_fd);
    mapping_drop(mapping);
    free(wait);
    return -error;
  }
  *out = wait;
  return 0;
}

void futex_wait_cancel(struct futex_wait *wait) {
  /* Release: pairs with the acquire in the thread. */
  atomic_store_explicit(&wait->cancelled, 1, memory_order_release);
  syscall(SYS_futex, &wait->cancelled, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT_MAX, NULL, NULL, 0);
}

enum futex_result futex_wait_result(struct futex_wait *wait) {
  return atomic_load_explicit(&wait->result, memory_order_acquire);
}

void futex_wait_drop(struct futex_wait *wait) {
  /* Acquire-release: the last owner frees after all accesses of the other. */
  if (atomic_fetch_sub_explicit(&wait->references, 1, memory_order_acq_rel) != 1) return;
  close(wait->event_fd);
  mapping_drop(wait->mapping);
  free(wait);
}
