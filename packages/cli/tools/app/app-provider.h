/* The traced program's provider: one event of each kind of field that `lttng list -f` tells apart. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER app
#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "app-provider.h"
#if !defined(APP_PROVIDER_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define APP_PROVIDER_H
#include <lttng/tracepoint.h>

LTTNG_UST_TRACEPOINT_ENUM(app, color,
    LTTNG_UST_TP_ENUM_VALUES(lttng_ust_field_enum_value("RED", 0) lttng_ust_field_enum_value("GREEN", 1)))

LTTNG_UST_TRACEPOINT_EVENT(app, fields, LTTNG_UST_TP_ARGS(int, number, const char *, text),
    LTTNG_UST_TP_FIELDS(
        lttng_ust_field_integer(int, number, number)
        lttng_ust_field_integer_hex(unsigned long, hex, (unsigned long) number)
        lttng_ust_field_float(double, real, (double) number)
        lttng_ust_field_string(text, text)
        lttng_ust_field_array(char, letters, text, 4)
        lttng_ust_field_sequence_text(char, words, text, unsigned int, 4)
        lttng_ust_field_enum(app, color, int, color, number & 1)
        lttng_ust_field_integer_nowrite(int, unwritten, number)))
LTTNG_UST_TRACEPOINT_LOGLEVEL(app, fields, LTTNG_UST_TRACEPOINT_LOGLEVEL_INFO)

LTTNG_UST_TRACEPOINT_EVENT(app, plain, LTTNG_UST_TP_ARGS(int, number),
    LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(int, number, number)))
LTTNG_UST_TRACEPOINT_LOGLEVEL(app, plain, LTTNG_UST_TRACEPOINT_LOGLEVEL_WARNING)

LTTNG_UST_TRACEPOINT_EVENT(app, empty, LTTNG_UST_TP_ARGS(), LTTNG_UST_TP_FIELDS())
#endif
#include <lttng/tracepoint-event.h>
