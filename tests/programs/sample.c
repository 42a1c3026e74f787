/*
 * The sample program of the tests: an ordinary program linked with liblttng-ust.
 *
 *   sample ticks WRITER COUNT [PAUSE_US]   COUNT ticks
 *   sample kinds                           one event of every kind, several values
 *   sample serve                           obeys lines of standard input: "ticks WRITER COUNT", "kinds", "quit"
 *
 * Prints "ready" when main() runs and "done N" after each order.
 */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "sample-provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void ticks(int writer, long count, long pause_us)
{
	for (long i = 0; i < count; i++) {
		lttng_ust_tracepoint(sample, tick, writer, i, "tock");
		if (pause_us > 0)
			usleep(pause_us);
	}
	printf("done %ld\n", count);
}

static void kinds(void)
{
	static const int64_t integers[] = { 0, 1, -1, 127, -128, 0x1234, INT32_MIN, INT64_MAX, INT64_MIN };
	static const double floats[] = { 0, -0.0, 1.5, -2.25, 1e300, 1e-5, 3.14159265358979 };
	static const int colors[] = { 0, 1, 5, 6, -3, 77 };
	static const int32_t numbers[] = { 1, -2, 3, 4, 5 };

	for (size_t i = 0; i < sizeof(integers) / sizeof(*integers); i++)
		lttng_ust_tracepoint(sample, integers, integers[i]);
	for (size_t i = 0; i < sizeof(floats) / sizeof(*floats); i++)
		lttng_ust_tracepoint(sample, floats, floats[i]);
	for (size_t i = 0; i <= 5; i++)
		lttng_ust_tracepoint(sample, arrays, numbers, i, "hello", i);
	for (size_t i = 0; i < sizeof(colors) / sizeof(*colors); i++)
		lttng_ust_tracepoint(sample, enums, colors[i]);
	lttng_ust_tracepoint(sample, empty);
	lttng_ust_tracepoint(sample, tick, 7, -7, "quote \" backslash \\ newline \n tab \t umlaut \xc3\xa4");
	printf("done 30\n");
}

static void obey(char *line)
{
	int writer;
	long count;

	if (sscanf(line, "ticks %d %ld", &writer, &count) == 2)
		ticks(writer, count, 0);
	else if (strncmp(line, "kinds", 5) == 0)
		kinds();
	else if (strncmp(line, "quit", 4) == 0)
		exit(0);
}

int main(int argc, char **argv)
{
	char line[256];

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	if (argc >= 4 && strcmp(argv[1], "ticks") == 0)
		ticks(atoi(argv[2]), atol(argv[3]), argc > 4 ? atol(argv[4]) : 0);
	else if (argc == 2 && strcmp(argv[1], "kinds") == 0)
		kinds();
	else if (argc == 2 && strcmp(argv[1], "serve") == 0)
		while (fgets(line, sizeof(line), stdin) != NULL)
			obey(line);
	else
		return 2;
	return 0;
}
