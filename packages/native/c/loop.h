/*
 * Readiness of descriptors in the turn of the event loop that JavaScript runs in: no thread, no wake-up. Only where that
 * loop is libuv's and the program exports its functions, as Node does; they are looked up, because no header of Node-API
 * has them. All calls are of the loop's thread.
 */
#ifndef LTTNG_TS_LOOP_H
#define LTTNG_TS_LOOP_H

#include <stdbool.h>

struct loop;
struct loop_poll;

/* `uv_loop` is napi_get_uv_event_loop's. -ENOSYS: the program exports no libuv that this knows. */
int loop_open(void *uv_loop, struct loop **out);
/* Ends all polls, then calls `done` in a later turn, or at once when there are none. */
void loop_close(struct loop *loop, void (*done)(void *argument), void *argument);
/*
 * Calls `ready` in each turn in which `fd` can be read without waiting, its end and its failure included (a level). -EEXIST:
 * the loop watches that descriptor already.
 */
int loop_poll_open(struct loop *loop, int fd, void (*ready)(void *argument), void *argument, struct loop_poll **out);
/* Stops to call, or goes on. */
int loop_poll_set(struct loop_poll *poll, bool is_on);
/* No `ready` comes any more; the descriptor may be closed at once. */
void loop_poll_close(struct loop_poll *poll);

#endif
