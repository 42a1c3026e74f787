/* Nanoseconds per tracepoint of a C program: the counterpart of record-cost.mjs. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "sample-provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCH 1000000
#define MAX_BATCHES 10000

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
	double end = now_ns() + (argc > 1 ? atof(argv[1]) : 2) * 1e9;

	batch();
	while (now_ns() < end && count < MAX_BATCHES)
		costs[count++] = batch();
	qsort(costs, count, sizeof(*costs), compare);
	printf("c    median=%.2f ns  best=%.2f ns  batches=%d\n", costs[count / 2], costs[0], count);
	return 0;
}
