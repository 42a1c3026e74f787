/*
 * Emits COUNT events of sample:tick (int, long, string), half of them from a thread on each of two CPUs, so that
 * two data streams are filled:
 *
 *   tick-flood COUNT
 */
#define _GNU_SOURCE
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "sample-provider.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define WRITERS 2

static const char *const texts[] = { "hello world", "tock", "a somewhat longer text", "x" };
static long count;

static void *emit(void *argument)
{
	long writer = (long)argument;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(writer, &cpus);
	pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	for (long i = writer; i < count; i += WRITERS)
		lttng_ust_tracepoint(sample, tick, (int)writer, i * 1000003, texts[i / WRITERS % 4]);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[WRITERS];

	if (argc != 2)
		return 2;
	count = atol(argv[1]);
	for (long i = 0; i < WRITERS; i++)
		if (pthread_create(&threads[i], NULL, emit, (void *)i) != 0)
			return 1;
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	printf("events=%ld\n", count);
	return 0;
}
