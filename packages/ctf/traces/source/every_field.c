/* Emits events with every kind of field and with values at the edges of their ranges. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "every_field.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static const int64_t integers[] = {0, 1, -1, 127, 128, 255, 256, 32768, 65535, INT32_MAX, INT32_MIN,
		UINT32_MAX, INT64_MAX, INT64_MIN, 0x0123456789abcdef};
	static const int64_t labels[] = {0, 1, 2, 5, 7, 10, 11, 20, 21, -1, -5, -50, -100, -101};
	static const char *texts[] = {"", "plain", "tab\tnewline\nreturn\r", "\"quotes\" 'single' back\\slash ?",
		"\x01\x02\x1b\x7f\a\b\f\v", "h\xc3\xa9llo \xe2\x82\xac", "\xff\xfe not utf-8"};
	volatile double zero = 0;
	double floats[] = {0, -0.0, 1, -1.5, 0.1, 100000, 999999, 1000000, 999999.5, 1e-4, 1e-5, 123456789, 1e300,
		5e-324, 3.14159265, 1.0 / zero, -1.0 / zero, zero / zero, -(zero / zero)};
	int floods = argc > 1 ? atoi(argv[1]) : 0;
	/* babeltrace2 2.0.4 shows an empty text as the one that was in its field before: at most the first may be
	 * empty, and only in the first run of a trace. */
	unsigned first_text = argc > 2;
	unsigned i;

	for (i = 0; i < sizeof(integers) / sizeof(*integers); i++)
		lttng_ust_tracepoint(every_field, integers, integers[i]);
	for (i = 0; i < sizeof(floats) / sizeof(*floats); i++)
		lttng_ust_tracepoint(every_field, floats, floats[i]);
	for (i = first_text; i < sizeof(texts) / sizeof(*texts); i++) {
		char bytes[64] = {0};
		strcpy(bytes, texts[i]);
		lttng_ust_tracepoint(every_field, texts, texts[i], bytes, strlen(texts[i]));
	}
	for (i = 0; i < 4; i++)
		lttng_ust_tracepoint(every_field, arrays, integers + 2 * i, i);
	for (i = 0; i < sizeof(labels) / sizeof(*labels); i++)
		lttng_ust_tracepoint(every_field, enumerations, labels[i]);
	lttng_ust_tracepoint(every_field, nothing);
	/* Longer than 2^27 ns and than 2^32 ns: the extended event header. */
	usleep(200000);
	lttng_ust_tracepoint(every_field, nothing);
	while (floods-- > 0)
		lttng_ust_tracepoint(every_field, integers, floods);
	return 0;
}
