/* Tracepoints of a library that programs load at run time. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER plugin

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./plugin-provider.h"

#if !defined(PLUGIN_PROVIDER_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define PLUGIN_PROVIDER_H

#include <lttng/tracepoint.h>

LTTNG_UST_TRACEPOINT_ENUM(plugin, answer,
	LTTNG_UST_TP_ENUM_VALUES(
		lttng_ust_field_enum_value("NO", 0)
		lttng_ust_field_enum_value("YES", 1)))

LTTNG_UST_TRACEPOINT_EVENT(plugin, worked,
	LTTNG_UST_TP_ARGS(int, n),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer(int, n, n)
		lttng_ust_field_enum(plugin, answer, int, isodd, n % 2)))

#endif

#include <lttng/tracepoint-event.h>
