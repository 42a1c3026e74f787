/*
 *   shapes    one event or more of every tracepoint of shapes-provider.h, and of lttng-ust's printf-like ones
 *
 * Prints "done N" with the number of events.
 */
#include "shapes-provider.h"

#include <lttng/tracef.h>
#include <lttng/tracelog.h>
#include <stdio.h>

int main(void)
{
	static const uint16_t numbers[] = { 0x1234, 0xff00, 3 };
	static const uint64_t wide[] = { 0, 7, 8, 10, 4294967296ULL, UINT64_MAX };
	static char many[300];

	for (size_t i = 0; i <= 3; i++)
		lttng_ust_tracepoint(shapes, elements, numbers, i);
	for (int i = 0; i < 4; i++)
		lttng_ust_tracepoint(shapes, hidden, i, i % 2 == 0 ? "even" : "odd");
	lttng_ust_tracepoint(shapes, c_types, 65);
	lttng_ust_tracepoint(shapes, c_types, -1);
	for (size_t i = 0; i < sizeof(wide) / sizeof(*wide); i++)
		lttng_ust_tracepoint(shapes, enums, wide[i]);
	for (size_t i = 0; i < sizeof(many) - 1; i++)
		many[i] = "0123456789"[i % 10];
	lttng_ust_tracepoint(shapes, texts, "");
	lttng_ust_tracepoint(shapes, texts, many);
	lttng_ust_tracepoint(shapes, left, 1);
	lttng_ust_tracepoint(shapes, right, 2);
	lttng_ust_tracef("formatted %d %s", 42, "text");
	lttng_ust_tracelog(LTTNG_UST_TRACEPOINT_LOGLEVEL_WARNING, "logged %d", 43);
	printf("done %d\n", 4 + 4 + 2 + 6 + 2 + 2 + 2);
	return 0;
}
