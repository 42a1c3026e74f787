/* Who and where the calling thread is, and the clocks. */
#ifndef LTTNG_TS_THREADS_H
#define LTTNG_TS_THREADS_H

#include <stdint.h>

/* PR_GET_NAME: 15 bytes and NUL. */
#define THREAD_NAME_BYTES 16

/* Looks for the restartable-sequences area of glibc 2.35 and later; call once before threads_cpu. */
void threads_init(void);
int threads_tid(void);
uint64_t threads_pthread_self(void);
void threads_get_name(char name[THREAD_NAME_BYTES]);
int threads_set_name(const char *name);
int threads_set_death_signal(int signal);
/* Not negative: 0 when the kernel does not tell. */
int threads_cpu(void);
uint64_t threads_monotonic_ns(void);
uint64_t threads_realtime_ns(void);

#endif
