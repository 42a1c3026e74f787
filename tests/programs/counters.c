/*
 * A C program whose perf counters are known: twice a tick, with PAGES pages touched for the first time between them; in the
 * main thread (writer 1), then in another one (writer 2). Prints "done".
 */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "sample-provider.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>

enum { PAGES = 1024, PAGE_BYTES = 4096 };

static void *work(void *writer)
{
	int number = *(int *) writer;
	volatile char *memory = mmap(NULL, PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	lttng_ust_tracepoint(sample, tick, number, 0, "before");
	for (int page = 0; page < PAGES; page++)
		memory[page * PAGE_BYTES] = 1;
	lttng_ust_tracepoint(sample, tick, number, 1, "after");
	return NULL;
}

int main(void)
{
	int first = 1, second = 2;
	pthread_t thread;

	work(&first);
	pthread_create(&thread, NULL, work, &second);
	pthread_join(thread, NULL);
	printf("done\n");
	return 0;
}
