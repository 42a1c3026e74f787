/*
 * Tracepoints with the field macros of lttng-ust 2.13 that the sample program leaves out: bases and byte orders of
 * elements, every integer type of C, fields that are not written, wide enumerations.
 */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER shapes

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./shapes-provider.h"

#if !defined(SHAPES_PROVIDER_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define SHAPES_PROVIDER_H

#include <lttng/tracepoint.h>
#include <stddef.h>
#include <stdint.h>

LTTNG_UST_TRACEPOINT_ENUM(shapes, wide,
	LTTNG_UST_TP_ENUM_VALUES(
		lttng_ust_field_enum_value("a \"quoted\" label", 0)
		lttng_ust_field_enum_range("high", 4294967296ULL, 18446744073709551615ULL)
		lttng_ust_field_enum_value("twice", 7)
		lttng_ust_field_enum_range("overlaps", 5, 9)
		lttng_ust_field_enum_auto("after")))

LTTNG_UST_TRACEPOINT_EVENT(shapes, elements,
	LTTNG_UST_TP_ARGS(const uint16_t *, numbers, size_t, count),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_array_hex(uint16_t, array_hex, numbers, 2)
		lttng_ust_field_array_network(uint16_t, array_network, numbers, 2)
		lttng_ust_field_array_network_hex(uint16_t, array_network_hex, numbers, 2)
		lttng_ust_field_sequence_hex(uint16_t, sequence_hex, numbers, uint16_t, count)
		lttng_ust_field_sequence_network(uint16_t, sequence_network, numbers, uint32_t, count)
		lttng_ust_field_sequence_network_hex(uint16_t, sequence_network_hex, numbers, uint64_t, count)))
LTTNG_UST_TRACEPOINT_LOGLEVEL(shapes, elements, LTTNG_UST_TRACEPOINT_LOGLEVEL_EMERG)

LTTNG_UST_TRACEPOINT_EVENT(shapes, hidden,
	LTTNG_UST_TP_ARGS(int, n, const char *, text),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer_nowrite(int, secret, n)
		lttng_ust_field_string_nowrite(secrettext, text)
		lttng_ust_field_float_nowrite(double, secretfloat, n / 2.0)
		lttng_ust_field_integer(int, shown, -n)))
LTTNG_UST_TRACEPOINT_LOGLEVEL(shapes, hidden, LTTNG_UST_TRACEPOINT_LOGLEVEL_DEBUG_PROGRAM)

LTTNG_UST_TRACEPOINT_EVENT(shapes, c_types,
	LTTNG_UST_TP_ARGS(long, n),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer(char, a_char, (char) n)
		lttng_ust_field_integer(short, a_short, (short) n)
		lttng_ust_field_integer(long, a_long, n)
		lttng_ust_field_integer(unsigned long long, an_ull, (unsigned long long) n)
		lttng_ust_field_integer(size_t, a_size, (size_t) n)
		lttng_ust_field_integer_hex(long, a_hex_long, n)))
LTTNG_UST_TRACEPOINT_LOGLEVEL(shapes, c_types, LTTNG_UST_TRACEPOINT_LOGLEVEL_DEBUG)

LTTNG_UST_TRACEPOINT_EVENT(shapes, enums,
	LTTNG_UST_TP_ARGS(uint64_t, n),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_enum(shapes, wide, uint64_t, wide, n)
		lttng_ust_field_enum(shapes, wide, uint8_t, narrow, (uint8_t) n)))

LTTNG_UST_TRACEPOINT_EVENT(shapes, texts,
	LTTNG_UST_TP_ARGS(const char *, text),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_string(text, text)
		lttng_ust_field_string(_underscored, text)))

/* Two events of one class. */
LTTNG_UST_TRACEPOINT_EVENT_CLASS(shapes, pair,
	LTTNG_UST_TP_ARGS(int, n),
	LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(int, n, n)))
LTTNG_UST_TRACEPOINT_EVENT_INSTANCE(shapes, pair, shapes, left, LTTNG_UST_TP_ARGS(int, n))
LTTNG_UST_TRACEPOINT_EVENT_INSTANCE(shapes, pair, shapes, right, LTTNG_UST_TP_ARGS(int, n))

#endif

#include <lttng/tracepoint-event.h>
