/* Tracepoints of the sample program: one event per kind of field that lttng-ust 2.13 knows. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER sample

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./sample-provider.h"

#if !defined(SAMPLE_PROVIDER_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define SAMPLE_PROVIDER_H

#include <lttng/tracepoint.h>
#include <stddef.h>
#include <stdint.h>

LTTNG_UST_TRACEPOINT_ENUM(sample, color,
	LTTNG_UST_TP_ENUM_VALUES(
		lttng_ust_field_enum_value("RED", 0)
		lttng_ust_field_enum_range("GREEN", 1, 5)
		lttng_ust_field_enum_auto("BLUE")
		lttng_ust_field_enum_value("NEGATIVE", -3)))

/* What the benches and the counting tests emit. */
LTTNG_UST_TRACEPOINT_EVENT(sample, tick,
	LTTNG_UST_TP_ARGS(int32_t, writer, int64_t, index, const char *, text),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer(int32_t, writer, writer)
		lttng_ust_field_integer(int64_t, index, index)
		lttng_ust_field_string(text, text)))

LTTNG_UST_TRACEPOINT_EVENT(sample, integers,
	LTTNG_UST_TP_ARGS(int64_t, n),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer(int8_t, i8, (int8_t) n)
		lttng_ust_field_integer(uint8_t, u8, (uint8_t) n)
		lttng_ust_field_integer(int16_t, i16, (int16_t) n)
		lttng_ust_field_integer(uint16_t, u16, (uint16_t) n)
		lttng_ust_field_integer(int32_t, i32, (int32_t) n)
		lttng_ust_field_integer(uint32_t, u32, (uint32_t) n)
		lttng_ust_field_integer(int64_t, i64, n)
		lttng_ust_field_integer(uint64_t, u64, (uint64_t) n)
		lttng_ust_field_integer_hex(uint32_t, hex, (uint32_t) n)
		lttng_ust_field_integer_network(uint16_t, net, (uint16_t) n)
		lttng_ust_field_integer_network_hex(uint32_t, nethex, (uint32_t) n)))
LTTNG_UST_TRACEPOINT_LOGLEVEL(sample, integers, LTTNG_UST_TRACEPOINT_LOGLEVEL_INFO)

LTTNG_UST_TRACEPOINT_EVENT(sample, floats,
	LTTNG_UST_TP_ARGS(double, d),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_float(float, f, (float) d)
		lttng_ust_field_float(double, d, d)))
LTTNG_UST_TRACEPOINT_LOGLEVEL(sample, floats, LTTNG_UST_TRACEPOINT_LOGLEVEL_WARNING)

LTTNG_UST_TRACEPOINT_EVENT(sample, arrays,
	LTTNG_UST_TP_ARGS(const int32_t *, numbers, size_t, count, const char *, text, size_t, length),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_array(int32_t, fixed, numbers, 3)
		lttng_ust_field_sequence(int32_t, dynamic, numbers, uint8_t, count)
		lttng_ust_field_array_text(char, fixedtext, text, 5)
		lttng_ust_field_sequence_text(char, dynamictext, text, size_t, length)))
LTTNG_UST_TRACEPOINT_LOGLEVEL(sample, arrays, LTTNG_UST_TRACEPOINT_LOGLEVEL_ERR)

LTTNG_UST_TRACEPOINT_EVENT(sample, enums,
	LTTNG_UST_TP_ARGS(int, value),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_enum(sample, color, int32_t, color, value)
		lttng_ust_field_enum(sample, color, int8_t, narrow, (int8_t) value)))

LTTNG_UST_TRACEPOINT_EVENT(sample, empty, LTTNG_UST_TP_ARGS(), LTTNG_UST_TP_FIELDS())
LTTNG_UST_TRACEPOINT_MODEL_EMF_URI(sample, empty, "http://example.org/empty")

#endif

#include <lttng/tracepoint-event.h>
