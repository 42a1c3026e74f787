/* The definitions of shapes-provider.h: apart, because lttng-ust's printf-like tracepoints are defined in lttng-ust. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "shapes-provider.h"
