/*
 * A program that stops for ever between reserve and commit. A sequence's length is known before its elements are
 * read, so the tracepoint reserves its record, then touches memory that cannot be read; the handler of that
 * fault never returns, or the process dies of it.
 *
 *   stuck serve       obeys lines of standard input: "ticks WRITER COUNT", "stop", "die", and "fork", which leaves a
 *                     child behind that has the buffers and does nothing
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

static void stop_for_ever(int signal_number)
{
	static const char said[] = "stuck\n";

	(void) signal_number;
	if (write(1, said, sizeof(said) - 1) < 0)
		_exit(3);
	for (;;)
		pause();
}

int main(void)
{
	static const int32_t numbers[] = { 1, 2, 3 };
	char *unreadable = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char line[256];

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
		lttng_ust_tracepoint(sample, arrays, numbers, 3, unreadable, 5);
	}
	return 0;
}
