#define _GNU_SOURCE
#include "perf.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_event(const struct perf_event *event) {
  struct perf_event_attr attributes = {.type = (uint32_t)event->type,
                                       .size = sizeof attributes,
                                       .config = event->config,
                                       /* As liblttng-ust: ordinary users may count user space only. */
                                       .exclude_kernel = 1};
  long fd = syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  return fd < 0 ? -errno : (int)fd;
}

int perf_try(const struct perf_event *event) {
  int fd = open_event(event);
  if (fd < 0) return fd;
  close(fd);
  return 0;
}

static size_t page_size(void) { return (size_t)sysconf(_SC_PAGESIZE); }

void perf_open(struct perf_counter *counter, const struct perf_event *event) {
  int fd = open_event(event);
  *counter = (struct perf_counter){.opened = true, .fd = fd < 0 ? -1 : fd, .page = NULL};
#if defined(__x86_64__)
  if (fd < 0) return;
  void *page = mmap(NULL, page_size(), PROT_READ, MAP_SHARED, fd, 0);
  counter->page = page == MAP_FAILED ? NULL : page;
#endif
}

void perf_close(struct perf_counter *counter) {
  if (!counter->opened) return;
  if (counter->page != NULL) munmap(counter->page, page_size());
  if (counter->fd >= 0) close(counter->fd);
  memset(counter, 0, sizeof *counter);
}

#if defined(__x86_64__)
/* The instruction rdpmc as perf_event_open(2) describes its use; false where the counter is not in the processor now. */
static bool read_processor(const struct perf_event_mmap_page *page, uint64_t *value) {
  const volatile struct perf_event_mmap_page *shared = page;
  uint32_t sequence;
  do {
    sequence = shared->lock;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    uint32_t index = shared->index;
    if (index == 0 || !shared->cap_bit0_is_deprecated || !shared->cap_user_rdpmc) return false;
    uint32_t low, high;
    __asm__ volatile("rdpmc" : "=a"(low), "=d"(high) : "c"(index - 1));
    /* The register has fewer bits than the value: its sign is extended. */
    unsigned unused_bits = 64 - shared->pmc_width;
    uint64_t bits = (low | (uint64_t)high << 32) << unused_bits;
    *value = (uint64_t)(shared->offset + ((int64_t)bits >> unused_bits));
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
  } while (shared->lock != sequence);
  return true;
}
#endif

uint64_t perf_read(const struct perf_counter *counter) {
  uint64_t value = 0;
#if defined(__x86_64__)
  if (counter->page != NULL && read_processor(counter->page, &value)) return value;
#endif
  if (counter->fd < 0 || read(counter->fd, &value, sizeof value) != sizeof value) return 0;
  return value;
}
