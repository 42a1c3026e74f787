#define _GNU_SOURCE
#include "threads.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Offset of struct rseq from the thread pointer; valid when has_rseq. */
static ptrdiff_t rseq_offset;
static bool has_rseq;

void threads_init(void) {
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__aarch64__))
  /* By name, so that one binary also loads where the C library does not have them. */
  const ptrdiff_t *offset = dlsym(RTLD_DEFAULT, "__rseq_offset");
  const unsigned *size = dlsym(RTLD_DEFAULT, "__rseq_size");
  if (offset != NULL && size != NULL && *size > 0) {
    rseq_offset = *offset;
    has_rseq = true;
  }
#endif
}

int threads_cpu(void) {
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__aarch64__))
  if (has_rseq) {
    /* Member cpu_id of struct rseq, kept by the kernel; negative while not registered. */
    int cpu = *(volatile int *)((char *)__builtin_thread_pointer() + rseq_offset + 4);
    if (cpu >= 0) return cpu;
  }
#endif
  int cpu = sched_getcpu();
  return cpu < 0 ? 0 : cpu;
}

int threads_tid(void) { return (int)syscall(SYS_gettid); }

uint64_t threads_pthread_self(void) { return (uint64_t)(uintptr_t)pthread_self(); }

void threads_get_name(char name[THREAD_NAME_BYTES]) {
  memset(name, 0, THREAD_NAME_BYTES);
  prctl(PR_GET_NAME, name);
}

int threads_set_name(const char *name) { return prctl(PR_SET_NAME, name) < 0 ? -errno : 0; }

int threads_set_death_signal(int signal) { return prctl(PR_SET_PDEATHSIG, signal) < 0 ? -errno : 0; }

static uint64_t now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t threads_monotonic_ns(void) { return now(CLOCK_MONOTONIC); }
uint64_t threads_realtime_ns(void) { return now(CLOCK_REALTIME); }
