/* One event with a field of every kind that filters tell apart, with the names of packages/filter/cases. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER verdicts

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./verdicts-provider.h"

#if !defined(VERDICTS_PROVIDER_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define VERDICTS_PROVIDER_H

#include <lttng/tracepoint.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

LTTNG_UST_TRACEPOINT_ENUM(verdicts, en,
	LTTNG_UST_TP_ENUM_VALUES(
		lttng_ust_field_enum_value("A", 1)
		lttng_ust_field_enum_value("B", 2)))

LTTNG_UST_TRACEPOINT_EVENT(verdicts, all,
	LTTNG_UST_TP_ARGS(int64_t, n, double, d, const char *, text, const int16_t *, numbers,
		const uint32_t *, sequence, size_t, count),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer(int8_t, i8, (int8_t) (n - 10))
		lttng_ust_field_integer(uint8_t, u8, (uint8_t) (n + 193))
		lttng_ust_field_integer(int32_t, i32, (int32_t) n)
		lttng_ust_field_integer(uint32_t, u32, (uint32_t) (n + 3999999993))
		lttng_ust_field_integer(int64_t, i64, -(INT64_C(1) << 62) + (n - 7))
		lttng_ust_field_integer(uint64_t, u64, ~UINT64_C(0) - (uint64_t) (n - 7))
		lttng_ust_field_integer_network(uint16_t, net16, (uint16_t) n)
		lttng_ust_field_integer_network(int64_t, net64, n)
		lttng_ust_field_float(double, dbl, d)
		lttng_ust_field_float(float, flt, (float) (d / 15))
		lttng_ust_field_string(str, text)
		lttng_ust_field_array(int16_t, arr, numbers, 3)
		lttng_ust_field_sequence(uint32_t, seq, sequence, uint8_t, count)
		lttng_ust_field_sequence_text(char, txt, text, size_t, strlen(text))
		lttng_ust_field_enum(verdicts, en, uint8_t, en, (uint8_t) (n & 3))))
LTTNG_UST_TRACEPOINT_LOGLEVEL(verdicts, all, LTTNG_UST_TRACEPOINT_LOGLEVEL_NOTICE)

LTTNG_UST_TRACEPOINT_EVENT(verdicts, other,
	LTTNG_UST_TP_ARGS(int, n),
	LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(int32_t, i32, n)))

#endif

#include <lttng/tracepoint-event.h>
