/* Every field macro of lttng-ust 2.13, for recording the traces beside this folder. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER every_field
#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./every_field.h"
#if !defined(EVERY_FIELD_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define EVERY_FIELD_H
#include <lttng/tracepoint.h>
#include <stdint.h>

LTTNG_UST_TRACEPOINT_ENUM(every_field, colour,
	LTTNG_UST_TP_ENUM_VALUES(
		lttng_ust_field_enum_value("RED", 0)
		lttng_ust_field_enum_value("GREEN \"quoted\" back\\slash", 1)
		lttng_ust_field_enum_range("SHADES", 2, 10)
		lttng_ust_field_enum_range("OVERLAP", 5, 20)
		lttng_ust_field_enum_value("NEGATIVE", -5)
		lttng_ust_field_enum_range("BELOW", -100, -50)
		lttng_ust_field_enum_auto("AUTO")))

LTTNG_UST_TRACEPOINT_ENUM(every_field, wide,
	LTTNG_UST_TP_ENUM_VALUES(
		lttng_ust_field_enum_auto("ZERO")
		lttng_ust_field_enum_auto("ONE")
		lttng_ust_field_enum_value("MAX", 18446744073709551615ULL)))

LTTNG_UST_TRACEPOINT_EVENT(every_field, integers,
	LTTNG_UST_TP_ARGS(int64_t, v),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer(int8_t, i8, v)
		lttng_ust_field_integer(int16_t, i16, v)
		lttng_ust_field_integer(int32_t, i32, v)
		lttng_ust_field_integer(int64_t, i64, v)
		lttng_ust_field_integer(uint8_t, u8, v)
		lttng_ust_field_integer(uint16_t, u16, v)
		lttng_ust_field_integer(uint32_t, u32, v)
		lttng_ust_field_integer(uint64_t, u64, v)
		lttng_ust_field_integer_hex(int8_t, x8, v)
		lttng_ust_field_integer_hex(int16_t, x16, v)
		lttng_ust_field_integer_hex(int32_t, x32, v)
		lttng_ust_field_integer_hex(uint64_t, x64, v)
		lttng_ust_field_integer_network(uint16_t, n16, v)
		lttng_ust_field_integer_network(int32_t, n32, v)
		lttng_ust_field_integer_network(uint64_t, n64, v)
		lttng_ust_field_integer_network_hex(uint32_t, nx32, v)
		lttng_ust_field_integer_nowrite(int, hidden, v)))

LTTNG_UST_TRACEPOINT_EVENT(every_field, floats,
	LTTNG_UST_TP_ARGS(double, v),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_float(float, f, v)
		lttng_ust_field_float(double, d, v)))

LTTNG_UST_TRACEPOINT_EVENT(every_field, texts,
	LTTNG_UST_TP_ARGS(const char *, s, const char *, bytes, unsigned, n),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_string(s, s)
		lttng_ust_field_array_text(char, fixed, bytes, 8)
		lttng_ust_field_sequence_text(char, counted, bytes, uint32_t, n)
		lttng_ust_field_sequence_text(char, counted8, bytes, uint8_t, n)))

LTTNG_UST_TRACEPOINT_EVENT(every_field, arrays,
	LTTNG_UST_TP_ARGS(const int64_t *, v, unsigned, n),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_array(int64_t, a64, v, 3)
		lttng_ust_field_array_hex(uint8_t, ax8, (const uint8_t *) v, 5)
		lttng_ust_field_array_network(uint16_t, an16, (const uint16_t *) v, 2)
		lttng_ust_field_array_network_hex(uint32_t, anx32, (const uint32_t *) v, 2)
		lttng_ust_field_sequence(int32_t, s32, (const int32_t *) v, uint16_t, n)
		lttng_ust_field_sequence_hex(uint16_t, sx16, (const uint16_t *) v, uint64_t, n)
		lttng_ust_field_sequence_network(uint64_t, sn64, (const uint64_t *) v, uint32_t, n)
		lttng_ust_field_sequence_network_hex(int16_t, snx16, (const int16_t *) v, uint8_t, n)))

LTTNG_UST_TRACEPOINT_EVENT(every_field, enumerations,
	LTTNG_UST_TP_ARGS(int64_t, v),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_enum(every_field, colour, int, c32, v)
		lttng_ust_field_enum(every_field, colour, int8_t, c8, v)
		lttng_ust_field_enum(every_field, wide, uint64_t, w64, v)))

LTTNG_UST_TRACEPOINT_EVENT(every_field, nothing, LTTNG_UST_TP_ARGS(), LTTNG_UST_TP_FIELDS())
LTTNG_UST_TRACEPOINT_LOGLEVEL(every_field, nothing, LTTNG_UST_TRACEPOINT_LOGLEVEL_CRIT)
LTTNG_UST_TRACEPOINT_MODEL_EMF_URI(every_field, nothing, "http://example.com/nothing?a=1")
#endif
#include <lttng/tracepoint-event.h>
