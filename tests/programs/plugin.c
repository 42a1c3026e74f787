/* A library that programs load at run time: `work` emits three events. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "plugin-provider.h"

void work(void);

void work(void)
{
	for (int i = 1; i <= 3; i++)
		lttng_ust_tracepoint(plugin, worked, i);
}
