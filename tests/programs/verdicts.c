/* Emits an event with many values of every kind, for filters to choose from. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "verdicts-provider.h"
#include <math.h>

static const int64_t integers[] = { 7, 0, 1, -1, 2, 3, 10, 66, 127, 128, 255, 256, 65535, -32768,
	2147483647, -2147483648LL, 4294967295LL, INT64_MAX, INT64_MIN };
static const char *const texts[] = { "hello*world", "", "hello", "world", "hello world", "text", "te", "i", "a",
	"\303\244\303\266", "\xff\xfe", "Hello*World", "hello\\*world" };
static const double reals[] = { 1.5, 0.0, -0.0, 0.1, -1.5, 7.5, 1e300, INFINITY, -INFINITY, NAN };
static const int16_t arrays[][3] = { { 1, -2, 3 }, { 0, 0, 0 }, { -1, 116, 5 } };
static const uint32_t sequences[][2] = { { 10, 20 }, { 0, 4294967295u }, { 1, 0 } };

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

int main(void)
{
	for (size_t i = 0; i < 60; i++) {
		lttng_ust_tracepoint(verdicts, all, integers[i % COUNT(integers)], reals[i % COUNT(reals)],
			texts[i % COUNT(texts)], arrays[i % COUNT(arrays)], sequences[i % COUNT(sequences)],
			i % 4 == 3 ? 0 : i % 4 == 2 ? 1 : 2);
		lttng_ust_tracepoint(verdicts, other, (int) i);
	}
	return 0;
}
