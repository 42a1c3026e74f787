/*
 * Emits sample:tick at a pace, in bursts 50 us apart, and prints what it emitted:
 *
 *   paced-writer EVENTS_PER_SECOND SECONDS        (a pace of 0: as fast as it goes)
 *   events=... elapsed_ns=...
 *
 * A writer that another process delayed by more than a millisecond forgives itself the debt: the pace is then
 * lower, but no burst is longer than that.
 */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "sample-provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BURSTS_PER_SECOND 20000
#define FORGIVEN_NS 1e6

static double now_ns(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int argc, char **argv)
{
	double pace, begin, end, due, now;
	long burst, events = 0;

	if (argc != 3)
		return 2;
	pace = atof(argv[1]);
	burst = pace > BURSTS_PER_SECOND ? pace / BURSTS_PER_SECOND : 1;
	if (pace == 0)
		burst = 100;
	begin = due = now = now_ns();
	end = begin + atof(argv[2]) * 1e9;
	while (now < end) {
		for (long i = 0; i < burst; i++)
			lttng_ust_tracepoint(sample, tick, 7, events + i, "tock");
		events += burst;
		now = now_ns();
		if (pace == 0)
			continue;
		due += burst * 1e9 / pace;
		if (now - due > FORGIVEN_NS)
			due = now;
		while (now < due)
			now = now_ns();
	}
	printf("events=%ld elapsed_ns=%.0f\n", events, now - begin);
	return 0;
}
