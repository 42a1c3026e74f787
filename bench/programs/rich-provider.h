/* Sixty event record classes of six shapes: what a program with many tracepoints looks like. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER rich

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./rich-provider.h"

#if !defined(RICH_PROVIDER_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define RICH_PROVIDER_H

#include <lttng/tracepoint.h>
#include <stddef.h>
#include <stdint.h>

#define RICH_ARGS LTTNG_UST_TP_ARGS(int64_t, n, const char *, text, const int32_t *, numbers)

LTTNG_UST_TRACEPOINT_ENUM(rich, state,
	LTTNG_UST_TP_ENUM_VALUES(
		lttng_ust_field_enum_value("IDLE", 0)
		lttng_ust_field_enum_range("RUNNING", 1, 5)
		lttng_ust_field_enum_value("BLOCKED", 6)))

LTTNG_UST_TRACEPOINT_EVENT_CLASS(rich, integers, RICH_ARGS,
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer(int8_t, i8, (int8_t) n)
		lttng_ust_field_integer(uint16_t, u16, (uint16_t) n)
		lttng_ust_field_integer(int32_t, i32, (int32_t) n)
		lttng_ust_field_integer_hex(uint64_t, hex, (uint64_t) n)
		lttng_ust_field_integer_network(uint32_t, net, (uint32_t) n)))

LTTNG_UST_TRACEPOINT_EVENT_CLASS(rich, floats, RICH_ARGS,
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_float(double, ratio, n / 7.0)
		lttng_ust_field_float(float, share, n / 3.0f)
		lttng_ust_field_integer(int64_t, n, n)))

LTTNG_UST_TRACEPOINT_EVENT_CLASS(rich, texts, RICH_ARGS,
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_string(text, text)
		lttng_ust_field_sequence_text(char, part, text, uint8_t, n & 7)
		lttng_ust_field_array_text(char, letters, text, 8)))

LTTNG_UST_TRACEPOINT_EVENT_CLASS(rich, arrays, RICH_ARGS,
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_array(int32_t, fixed, numbers, 3)
		lttng_ust_field_sequence(int32_t, dynamic, numbers, uint8_t, n & 7)))

LTTNG_UST_TRACEPOINT_EVENT_CLASS(rich, states, RICH_ARGS,
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_enum(rich, state, int32_t, from, (int32_t) (n % 7))
		lttng_ust_field_enum(rich, state, int32_t, to, (int32_t) ((n + 1) % 7))
		lttng_ust_field_integer(int64_t, n, n)))

LTTNG_UST_TRACEPOINT_EVENT_CLASS(rich, mixed, RICH_ARGS,
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer(int64_t, n, n)
		lttng_ust_field_string(text, text)
		lttng_ust_field_float(double, ratio, n / 7.0)
		lttng_ust_field_enum(rich, state, int32_t, state, (int32_t) (n % 7))
		lttng_ust_field_sequence(int32_t, dynamic, numbers, uint8_t, n & 3)))

#define RICH_EVENT(shape, number) \
	LTTNG_UST_TRACEPOINT_EVENT_INSTANCE(rich, shape, rich, shape##_##number, RICH_ARGS)

#define RICH_TEN(shape) \
	RICH_EVENT(shape, 0) RICH_EVENT(shape, 1) RICH_EVENT(shape, 2) RICH_EVENT(shape, 3) \
	RICH_EVENT(shape, 4) RICH_EVENT(shape, 5) RICH_EVENT(shape, 6) RICH_EVENT(shape, 7) \
	RICH_EVENT(shape, 8) RICH_EVENT(shape, 9)

RICH_TEN(integers)
RICH_TEN(floats)
RICH_TEN(texts)
RICH_TEN(arrays)
RICH_TEN(states)
RICH_TEN(mixed)

#endif

#include <lttng/tracepoint-event.h>
