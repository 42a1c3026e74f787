/* futex(2) on shared memory, without FUTEX_PRIVATE_FLAG: the waiters are in other processes. */
#ifndef LTTNG_TS_FUTEX_H
#define LTTNG_TS_FUTEX_H

#include "memory.h"

/* How a wait ended; the names are in native.ts. */
enum futex_result { FUTEX_PENDING = 0, FUTEX_WOKEN = 1, FUTEX_CHANGED = 2, FUTEX_TIMED_OUT = 3, FUTEX_CANCELLED = 4 };

struct futex_wait;

/* Wakes at most `count` waiters on the word; returns how many. */
int futex_wake(struct mapping *mapping, size_t offset, int count);
/*
 * Waits in a detached thread while the word holds `expected`. When it ends, `*event_fd` becomes readable;
 * the caller closes it. A negative timeout means none. Nobody has to wait for the thread: it owns
 * a reference on the mapping and on the wait.
 */
int futex_wait_start(struct mapping *mapping, size_t offset, uint32_t expected, int64_t timeout_ms,
                     struct futex_wait **out, int *event_fd);
void futex_wait_cancel(struct futex_wait *wait);
enum futex_result futex_wait_result(struct futex_wait *wait);
void futex_wait_drop(struct futex_wait *wait);

#endif
