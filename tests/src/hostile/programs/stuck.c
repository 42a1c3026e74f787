/*
 * A program that stops between reserve and commit. A sequence's length is known before its elements are
 * read, so the tracepoint reserves its record, then touches memory that cannot be read; the handler of that
 * fault never returns, or returns at the next line, or the process dies of it.
 *
 *   stuck serve       obeys lines of standard input: "ticks WRITER COUNT", "stop", "hold", after which the next line lets
 *                     it go on, "die", and "fork", which leaves a child behind that has the buffers and does nothing
 */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "sample-provider.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_BYTES 4096

static char *unreadable;

static void say_stuck(void)
{
	static const char said[] = "stuck\n";

	if (write(1, said, sizeof(said) - 1) < 0)
		_exit(3);
}

static void stop_for_ever(int signal_number)
{
	(void) signal_number;
	say_stuck();
	for (;;)
		pause();
}

static void hold(int signal_number)
{
	char letter = 0;

	(void) signal_number;
	say_stuck();
	while (letter != '\n')
		if (read(0, &letter, 1) != 1)
			_exit(3);
	mprotect(unreadable, PAGE_BYTES, PROT_READ);
}

int main(void)
{
	static const int32_t numbers[] = { 1, 2, 3 };
	char line[256];

	unreadable = mmap(NULL, PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	while (fgets(line, sizeof(line), stdin) != NULL) {
		int writer;
		long count;

		if (sscanf(line, "ticks %d %ld", &writer, &count) == 2) {
			for (long i = 0; i < count; i++)
				lttng_ust_tracepoint(sample, tick, writer, i, "tock");
			printf("done %ld\n", count);
			continue;
		}
		if (strncmp(line, "fork", 4) == 0) {
			pid_t child = fork();

			if (child == 0)
				for (;;)
					pause();
			printf("child %d\n", (int) child);
			continue;
		}
		if (strncmp(line, "stop", 4) == 0)
			signal(SIGSEGV, stop_for_ever);
		if (strncmp(line, "hold", 4) == 0) {
			mprotect(unreadable, PAGE_BYTES, PROT_NONE);
			signal(SIGSEGV, hold);
		}
		lttng_ust_tracepoint(sample, arrays, numbers, 3, unreadable, 5);
		if (strncmp(line, "hold", 4) == 0)
			printf("done\n");
	}
	return 0;
}
