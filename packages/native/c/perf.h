/* Counters that a thread keeps of itself: perf events in user space (perf_event_open(2)). */
#ifndef LTTNG_TS_PERF_H
#define LTTNG_TS_PERF_H

#include <stdbool.h>
#include <stdint.h>

/* Type and number of the event, as perf_event_open(2) has them. */
struct perf_event {
  uint64_t type, config;
};

/* Of one thread; zeros: not opened. */
struct perf_counter {
  bool opened;
  int fd;     /* -1: cannot be counted, the value is 0 */
  void *page; /* what the kernel tells user space about the counter, or NULL */
};

/* Whether the calling thread may count the event: 0 or -errno. */
int perf_try(const struct perf_event *event);
/* Counts from now on in the calling thread; a counter that cannot be opened is one that stays 0. */
void perf_open(struct perf_counter *counter, const struct perf_event *event);
/* The value so far. Only in the thread that opened it. */
uint64_t perf_read(const struct perf_counter *counter);
/* In any thread, when nobody reads it any more. Zeros the counter; harmless for one that was not opened. */
void perf_close(struct perf_counter *counter);

#endif
