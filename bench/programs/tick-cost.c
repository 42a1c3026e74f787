/*
 * Nanoseconds per tracepoint of a C program: the counterpart of src/programs/tick-cost.ts.
 *
 *   tick-cost SECONDS
 *   ns_per_event=... batches=...
 *
 * The median of short batches: a batch in which another process had the CPU does not count.
 */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "sample-provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCH 20000
#define WARM_UP_BATCHES 50
#define MAX_BATCHES 1000000

static double now_ns(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

static double batch(void)
{
	double begin = now_ns();
	for (long i = 0; i < BATCH; i++)
		lttng_ust_tracepoint(sample, tick, 7, i, "tock");
	return (now_ns() - begin) / BATCH;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static double costs[MAX_BATCHES];
	int count = 0;
	double end;

	for (int i = 0; i < WARM_UP_BATCHES; i++)
		batch();
	end = now_ns() + (argc > 1 ? atof(argv[1]) : 1) * 1e9;
	while (now_ns() < end && count < MAX_BATCHES)
		costs[count++] = batch();
	qsort(costs, count, sizeof(*costs), compare);
	printf("ns_per_event=%.3f batches=%d\n", costs[count / 2], count);
	return 0;
}
