/*
 * A C program with application contexts, by the functions that liblttng-ust exports for its Java agent:
 *
 *   app-contexts early   the provider stands before main() goes on to its events, and until the end
 *   app-contexts late    one tick, then the provider, a tick of each type, no provider any more, one tick
 *   app-contexts dying   as early; ends with abort() while the provider writes into the third record
 *
 * Prints "done" and stays until its standard input ends.
 * `$app.shop:request` is a text, `$app.shop:price` of another type in each record, all else of the provider is none.
 * The declarations are those of liblttng-ust 2.13, which installs no header with them.
 */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "sample-provider.h"

#include <lttng/ust-events.h>
#include <lttng/ust-ringbuffer-context.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Selectors: the values of the tag in the trace. */
enum kind { NONE, S8, S16, S32, S64, U8, U16, U32, U64, FLOAT, DOUBLE, STRING, KINDS };

struct lttng_ust_ctx_value {
	int sel;
	union {
		int64_t s64;
		uint64_t u64;
		const char *str;
		double d;
	} u;
};

struct lttng_ust_context_provider {
	uint32_t struct_size;
	const char *name;
	size_t (*get_size)(void *priv, struct lttng_ust_probe_ctx *probe, size_t offset);
	void (*record)(void *priv, struct lttng_ust_probe_ctx *probe, struct lttng_ust_ring_buffer_ctx *ctx,
		       struct lttng_ust_channel_buffer *channel);
	void (*get_value)(void *priv, struct lttng_ust_probe_ctx *probe, struct lttng_ust_ctx_value *value);
	void *priv;
};

/* What the callbacks get as `priv`. */
struct lttng_ust_app_context {
	uint32_t struct_size;
	struct lttng_ust_event_field *event_field;
	char *ctx_name;
};

struct lttng_ust_registered_context_provider *
lttng_ust_context_provider_register(struct lttng_ust_context_provider *provider);
void lttng_ust_context_provider_unregister(struct lttng_ust_registered_context_provider *provider);

/* Index of the event: selects the values. */
static int now;
/* The event in which the program dies. */
static int last = -1;

static const size_t sizes[KINDS] = {
	[S8] = 1, [S16] = 2, [S32] = 4, [S64] = 8, [U8] = 1, [U16] = 2, [U32] = 4, [U64] = 8, [FLOAT] = 4, [DOUBLE] = 8,
};

/* The value of a context now. */
static struct lttng_ust_ctx_value value_of(const struct lttng_ust_app_context *context)
{
	static const char *const requests[] = { "r0", "a longer request", "", "r3" };
	struct lttng_ust_ctx_value value = { .sel = NONE };

	if (strcmp(context->ctx_name, "$app.shop:request") == 0) {
		value.sel = STRING;
		value.u.str = requests[now % 4];
	} else if (strcmp(context->ctx_name, "$app.shop:price") == 0) {
		value.sel = now % KINDS;
		if (value.sel == STRING)
			value.u.str = "dear";
		else if (value.sel == FLOAT || value.sel == DOUBLE)
			value.u.d = now - 0.5;
		else
			value.u.s64 = value.sel < U8 ? -now : now;
	}
	return value;
}

/* The value as bytes; returns their number. */
static size_t bytes_of(const struct lttng_ust_ctx_value *value, const void **bytes)
{
	static __thread float narrow;

	if (value->sel == STRING) {
		*bytes = value->u.str;
		return strlen(value->u.str) + 1;
	}
	narrow = (float) value->u.d;
	/* The low bytes come first on machines where this test runs. */
	*bytes = value->sel == FLOAT ? (const void *) &narrow : &value->u;
	return sizes[value->sel];
}

static size_t get_size(void *priv, struct lttng_ust_probe_ctx *probe, size_t offset)
{
	struct lttng_ust_ctx_value value = value_of(priv);
	const void *bytes;
	size_t length = bytes_of(&value, &bytes);

	(void) probe;
	if (value.sel == STRING || length == 0)
		return 1 + length;
	return 1 + lttng_ust_ring_buffer_align(offset + 1, length) + length;
}

static void record(void *priv, struct lttng_ust_probe_ctx *probe, struct lttng_ust_ring_buffer_ctx *ctx,
		   struct lttng_ust_channel_buffer *channel)
{
	struct lttng_ust_ctx_value value = value_of(priv);
	const void *bytes;
	size_t length = bytes_of(&value, &bytes);
	char tag = (char) value.sel;

	(void) probe;
	if (now == last)
		abort();
	channel->ops->event_write(ctx, &tag, 1, 1);
	if (length > 0)
		channel->ops->event_write(ctx, bytes, length, value.sel == STRING ? 1 : length);
}

static void get_value(void *priv, struct lttng_ust_probe_ctx *probe, struct lttng_ust_ctx_value *value)
{
	(void) probe;
	*value = value_of(priv);
}

static struct lttng_ust_context_provider provider = {
	.struct_size = sizeof(provider),
	.name = "$app.shop",
	.get_size = get_size,
	.record = record,
	.get_value = get_value,
};

static struct lttng_ust_registered_context_provider *registered(void)
{
	struct lttng_ust_registered_context_provider *handle = lttng_ust_context_provider_register(&provider);

	if (handle == NULL) {
		fprintf(stderr, "The provider was refused\n");
		exit(1);
	}
	return handle;
}

static void ticks(int writer)
{
	for (now = 0; now < KINDS; now++)
		lttng_ust_tracepoint(sample, tick, writer, now, "tock");
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "early") == 0) {
		registered();
		ticks(1);
	} else if (argc == 2 && strcmp(argv[1], "dying") == 0) {
		last = 2;
		registered();
		ticks(3);
	} else if (argc == 2 && strcmp(argv[1], "late") == 0) {
		lttng_ust_tracepoint(sample, tick, 2, -1, "before");
		struct lttng_ust_registered_context_provider *handle = registered();
		ticks(2);
		lttng_ust_context_provider_unregister(handle);
		lttng_ust_tracepoint(sample, tick, 2, KINDS, "after");
	} else {
		return 2;
	}
	printf("done\n");
	fflush(stdout);
	while (getchar() != EOF)
		continue;
	return 0;
}
