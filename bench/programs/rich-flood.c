/*
 * Emits COUNT events of sixty classes in turn, half of them from a thread on each of two CPUs:
 *
 *   rich-flood COUNT
 */
#define _GNU_SOURCE
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "rich-provider.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define WRITERS 2
#define CLASSES 60

static const char *const texts[] = { "hello world", "eight888", "a somewhat longer text, with a comma", "quoted \"text\"" };
static const int32_t numbers[] = { 1, -2, 3, 4, 5, 6, 7, 8 };
static long count;

#define EMIT(shape, number) lttng_ust_tracepoint(rich, shape##_##number, n, text, numbers)
#define CASE(first, shape, number) case first + number: EMIT(shape, number); break;
#define TEN(first, shape) \
	CASE(first, shape, 0) CASE(first, shape, 1) CASE(first, shape, 2) CASE(first, shape, 3) CASE(first, shape, 4) \
	CASE(first, shape, 5) CASE(first, shape, 6) CASE(first, shape, 7) CASE(first, shape, 8) CASE(first, shape, 9)

static void emit_one(int which, int64_t n, const char *text)
{
	switch (which) {
	TEN(0, integers)
	TEN(10, floats)
	TEN(20, texts)
	TEN(30, arrays)
	TEN(40, states)
	TEN(50, mixed)
	}
}

static void *emit(void *argument)
{
	long writer = (long)argument;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(writer, &cpus);
	pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	for (long i = writer; i < count; i += WRITERS)
		emit_one(i / WRITERS % CLASSES, i, texts[i / WRITERS % 4]);
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
