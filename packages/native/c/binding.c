/*
 * Node-API: conversion and life-times only. Numbers come back as they are, negative errno included; names and errors
 * are made in TypeScript. Context-aware: each environment (main thread, worker) has a state of its own.
 *
 * Life-times: a handle is an external that owns one reference; its finalizer drops it, also when the
 * environment ends. The library is linked with -z nodelete, because detached threads run in it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <node_api.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "descriptors.h"
#include "futex.h"
#include "guard.h"
#include "loop.h"
#include "memory.h"
#include "perf.h"
#include "record.h"
#include "ring.h"
#include "sockets.h"
#include "threads.h"
#include "transfer.h"
#include "watcher.h"

#define MAX_OWNED_FDS 16

struct state {
  napi_threadsafe_function wake;
  napi_ref dispatch;
  struct watcher *watcher;
  struct record_thread *thread;
  struct loop_state *loop;
  struct transfer *transfer;
  /* Closed when the environment ends; empty places are -1. */
  int owned_fds[MAX_OWNED_FDS];
};

/* ---- conversion ------------------------------------------------------------------------------- */

#define MAX_ARGUMENTS 8

struct call {
  napi_env env;
  struct state *state;
  size_t count;
  napi_value arguments[MAX_ARGUMENTS];
};

static struct call call_of(napi_env env, napi_callback_info info) {
  struct call call = {.env = env, .count = MAX_ARGUMENTS};
  napi_get_cb_info(env, info, &call.count, call.arguments, NULL, (void **)&call.state);
  return call;
}

/* A number that is not one is -1: no descriptor, no length, no flag has that value. */
static int64_t number(const struct call *call, size_t at) {
  double value = -1;
  napi_get_value_double(call->env, call->arguments[at], &value);
  return value >= -9007199254740992.0 && value <= 9007199254740992.0 ? (int64_t)value : -1;
}

static int fd_of(const struct call *call, size_t at) {
  int64_t value = number(call, at);
  return value >= 0 && value <= INT32_MAX ? (int)value : -1;
}

static bool flag(const struct call *call, size_t at) {
  bool value = false;
  napi_get_value_bool(call->env, call->arguments[at], &value);
  return value;
}

struct span {
  void *data;
  size_t length; /* elements */
};

/* A typed array of the given type; else length 0. */
static struct span span_of(const struct call *call, size_t at, napi_typedarray_type type) {
  struct span span = {NULL, 0};
  bool is_array = false;
  napi_typedarray_type actual;
  if (napi_is_typedarray(call->env, call->arguments[at], &is_array) != napi_ok || !is_array) return span;
  size_t length;
  void *data;
  if (napi_get_typedarray_info(call->env, call->arguments[at], &actual, &length, &data, NULL, NULL) != napi_ok ||
      actual != type) {
    return span;
  }
  span.data = data;
  span.length = length;
  return span;
}

/* Text without NUL, as a path or a name; `false` when it is too long or contains NUL. */
static bool text(const struct call *call, size_t at, char *into, size_t size) {
  size_t length = 0;
  if (napi_get_value_string_utf8(call->env, call->arguments[at], into, size, &length) != napi_ok) return false;
  return length + 1 < size && strlen(into) == length;
}

static napi_value result(const struct call *call, int64_t value) {
  napi_value out = NULL;
  napi_create_int64(call->env, value, &out);
  return out;
}

static napi_value result_u64(const struct call *call, uint64_t value) {
  napi_value out = NULL;
  napi_create_bigint_uint64(call->env, value, &out);
  return out;
}

/* ---- handles ---------------------------------------------------------------------------------- */

enum kind { MAPPING = 0x4d41, RING = 0x5249, FUTEX = 0x4655, LOOP_WATCH = 0x4c4f };

struct handle {
  enum kind kind;
  void *thing; /* NULL when closed */
  uint64_t clock; /* of a ring writer for tests */
  struct ring_slot slot;
  bool has_slot;
};

static void loop_watch_end(void *thing);

static void close_handle(struct handle *handle) {
  void *thing = handle->thing;
  handle->thing = NULL;
  if (thing == NULL) return;
  switch (handle->kind) {
    case MAPPING:
      mapping_drop(thing);
      break;
    case RING:
      ring_close(thing);
      break;
    case FUTEX:
      futex_wait_cancel(thing);
      futex_wait_drop(thing);
      break;
    case LOOP_WATCH:
      loop_watch_end(thing);
      break;
  }
}

static void finalize_handle(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  close_handle(data);
  free(data);
}

static napi_value new_handle(const struct call *call, enum kind kind, void *thing) {
  struct handle *handle = calloc(1, sizeof *handle);
  napi_value out = NULL;
  if (handle == NULL) return result(call, -ENOMEM);
  handle->kind = kind;
  handle->thing = thing;
  if (napi_create_external(call->env, handle, finalize_handle, NULL, &out) != napi_ok) {
    finalize_handle(call->env, handle, NULL);
    return result(call, -ENOMEM);
  }
  return out;
}

static struct handle *handle_of(const struct call *call, size_t at, enum kind kind) {
  napi_valuetype type = napi_undefined;
  struct handle *handle = NULL;
  napi_typeof(call->env, call->arguments[at], &type);
  if (type != napi_external) return NULL;
  napi_get_value_external(call->env, call->arguments[at], (void **)&handle);
  return handle != NULL && handle->kind == kind && handle->thing != NULL ? handle : NULL;
}

static void *thing_of(const struct call *call, size_t at, enum kind kind) {
  struct handle *handle = handle_of(call, at, kind);
  return handle == NULL ? NULL : handle->thing;
}

#define FUNCTION(name) static napi_value name(napi_env env, napi_callback_info info)
#define CALL struct call call = call_of(env, info)

FUNCTION(close_any) {
  CALL;
  struct handle *handle = NULL;
  napi_get_value_external(env, call.arguments[0], (void **)&handle);
  if (handle != NULL) close_handle(handle);
  return NULL;
}

/* ---- memory ----------------------------------------------------------------------------------- */

FUNCTION(mmap_file) {
  CALL;
  struct mapping *mapping;
  int64_t length = number(&call, 1);
  if (length <= 0) return result(&call, -EINVAL);
  int error = mapping_open(fd_of(&call, 0), (size_t)length, flag(&call, 2), &mapping);
  return error < 0 ? result(&call, error) : new_handle(&call, MAPPING, mapping);
}

static void drop_buffer(napi_env env, void *data, void *hint) {
  (void)env;
  (void)data;
  mapping_drop(hint);
}

FUNCTION(prefer_node) {
  CALL;
  struct mapping *mapping = thing_of(&call, 0, MAPPING);
  if (mapping == NULL) return result(&call, -EINVAL);
  return result(&call, memory_prefer_node(mapping, (int)number(&call, 1)));
}

/* The buffer owns a reference of its own; detaching it drops that reference. */
FUNCTION(mapping_buffer) {
  CALL;
  struct mapping *mapping = thing_of(&call, 0, MAPPING);
  if (mapping == NULL) return result(&call, -EINVAL);
  napi_value buffer = NULL;
  mapping_take(mapping);
  if (napi_create_external_arraybuffer(env, mapping->base, mapping->length, drop_buffer, mapping, &buffer) != napi_ok) {
    /* Also napi_no_external_buffers_allowed: such an engine cannot see shared memory. */
    mapping_drop(mapping);
    return result(&call, -ENOTSUP);
  }
  return buffer;
}

FUNCTION(detach) {
  CALL;
  return result(&call, napi_detach_arraybuffer(env, call.arguments[0]) == napi_ok ? 0 : -EINVAL);
}

FUNCTION(memfd_create_named) {
  CALL;
  char name[250];
  return result(&call, text(&call, 0, name, sizeof name) ? memory_memfd(name) : -EINVAL);
}
FUNCTION(truncate_file) { CALL; return result(&call, memory_truncate(fd_of(&call, 0), number(&call, 1))); }
FUNCTION(allocate_file) { CALL; return result(&call, memory_allocate(fd_of(&call, 0), number(&call, 1))); }
FUNCTION(add_seals) { CALL; return result(&call, memory_add_seals(fd_of(&call, 0), (int)number(&call, 1))); }
FUNCTION(get_seals) { CALL; return result(&call, memory_get_seals(fd_of(&call, 0))); }
FUNCTION(page_size) { CALL; return result(&call, memory_page_size()); }
FUNCTION(file_length) { CALL; return result(&call, memory_file_length(fd_of(&call, 0))); }

/* ---- descriptors ------------------------------------------------------------------------------ */

FUNCTION(make_pipe) {
  CALL;
  struct span out = span_of(&call, 2, napi_int32_array);
  if (out.length < 2) return result(&call, -EINVAL);
  return result(&call, descriptors_pipe(out.data, flag(&call, 0), flag(&call, 1)));
}
static bool replace_owned(struct state *state, int old, int new) {
  for (size_t i = 0; i < MAX_OWNED_FDS; i++) {
    if (state->owned_fds[i] != old) continue;
    state->owned_fds[i] = new;
    return true;
  }
  return false;
}
FUNCTION(close_fd) {
  CALL;
  int fd = fd_of(&call, 0);
  if (fd >= 0) replace_owned(call.state, fd, -1);
  return result(&call, descriptors_close(fd));
}
/* A thread that is terminated runs no JavaScript any more: this closes what it had open. */
FUNCTION(close_fd_at_end) {
  CALL;
  int fd = fd_of(&call, 0);
  return result(&call, fd < 0 ? -EBADF : replace_owned(call.state, -1, fd) ? 0 : -ENFILE);
}
FUNCTION(dup_fd) { CALL; return result(&call, descriptors_dup(fd_of(&call, 0))); }
FUNCTION(set_nonblocking) { CALL; return result(&call, descriptors_set_nonblocking(fd_of(&call, 0))); }
FUNCTION(set_cloexec) { CALL; return result(&call, descriptors_set_cloexec(fd_of(&call, 0), flag(&call, 1))); }
FUNCTION(read_fd) {
  CALL;
  struct span bytes = span_of(&call, 1, napi_uint8_array);
  return result(&call, descriptors_read(fd_of(&call, 0), bytes.data, bytes.length));
}
FUNCTION(write_fd) {
  CALL;
  struct span bytes = span_of(&call, 1, napi_uint8_array);
  return result(&call, descriptors_write(fd_of(&call, 0), bytes.data, bytes.length));
}
FUNCTION(lock_fd) { CALL; return result(&call, descriptors_flock(fd_of(&call, 0), (int)number(&call, 1))); }
FUNCTION(begin_write_back) {
  CALL;
  off_t offset = (off_t)number(&call, 1), length = (off_t)number(&call, 2);
  return result(&call, descriptors_begin_write_back(fd_of(&call, 0), offset, length));
}
FUNCTION(drop_cached) {
  CALL;
  off_t offset = (off_t)number(&call, 1), length = (off_t)number(&call, 2);
  return result(&call, descriptors_drop_cached(fd_of(&call, 0), offset, length));
}

/* ---- sockets ---------------------------------------------------------------------------------- */

FUNCTION(listen_unix) {
  CALL;
  char path[256];
  if (!text(&call, 0, path, sizeof path)) return result(&call, -ENAMETOOLONG);
  return result(&call, sockets_listen(path, (int)number(&call, 1)));
}
FUNCTION(accept_unix) { CALL; return result(&call, sockets_accept(fd_of(&call, 0))); }
FUNCTION(connect_unix) {
  CALL;
  char path[256];
  return result(&call, text(&call, 0, path, sizeof path) ? sockets_connect(path) : -ENAMETOOLONG);
}
FUNCTION(send_datagram) {
  CALL;
  char path[256];
  struct span bytes = span_of(&call, 1, napi_uint8_array);
  if (!text(&call, 0, path, sizeof path)) return result(&call, -ENAMETOOLONG);
  return result(&call, sockets_send_datagram(path, bytes.data, bytes.length));
}
FUNCTION(socket_pair) {
  CALL;
  struct span out = span_of(&call, 0, napi_int32_array);
  return result(&call, out.length < 2 ? -EINVAL : sockets_pair(out.data));
}
FUNCTION(peer_credentials) {
  CALL;
  struct span out = span_of(&call, 1, napi_uint32_array);
  return result(&call, out.length < 3 ? -EINVAL : sockets_peer(fd_of(&call, 0), out.data));
}
FUNCTION(keep_alive) {
  CALL;
  int idle_s = (int)number(&call, 1), interval_s = (int)number(&call, 2), probe_count = (int)number(&call, 3);
  return result(&call, sockets_keep_alive(fd_of(&call, 0), idle_s, interval_s, probe_count));
}

FUNCTION(low_water) {
  CALL;
  return result(&call, sockets_low_water(fd_of(&call, 0), (int)number(&call, 1)));
}
FUNCTION(send_message) {
  CALL;
  struct span bytes = span_of(&call, 1, napi_uint8_array);
  struct span fds = span_of(&call, 2, napi_int32_array);
  return result(&call, sockets_send(fd_of(&call, 0), bytes.data, bytes.length, fds.data, fds.length));
}
/* fds[0] becomes the count, the descriptors follow. */
FUNCTION(receive_message) {
  CALL;
  struct span bytes = span_of(&call, 1, napi_uint8_array);
  struct span fds = span_of(&call, 2, napi_int32_array);
  if (fds.length < 1) return result(&call, -EINVAL);
  int32_t *out = fds.data;
  size_t count = 0;
  ssize_t length = sockets_receive(fd_of(&call, 0), bytes.data, bytes.length, out + 1, fds.length - 1, &count);
  out[0] = (int32_t)count;
  return result(&call, length);
}

/* ---- readiness -------------------------------------------------------------------------------- */

#define EVENTS_PER_TURN 64

static void notify(void *argument) {
  struct state *state = argument;
  napi_call_threadsafe_function(state->wake, NULL, napi_tsfn_nonblocking);
}

static void dispatch_one(napi_env env, struct state *state, const struct watcher_event *event) {
  napi_handle_scope scope;
  napi_value function, global, arguments[2];
  napi_open_handle_scope(env, &scope);
  napi_get_reference_value(env, state->dispatch, &function);
  napi_get_global(env, &global);
  napi_create_double(env, (double)event->id, &arguments[0]);
  napi_create_uint32(env, event->events, &arguments[1]);
  if (napi_call_function(env, global, function, 2, arguments, NULL) == napi_pending_exception) {
    napi_value error;
    napi_get_and_clear_last_exception(env, &error);
    napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

static void dispatch(napi_env env, napi_value function, void *context, void *data) {
  (void)function;
  (void)data;
  /* Without an environment the thread is ending: the state may be gone. */
  if (env == NULL) return;
  struct state *state = context;
  struct watcher_event event;
  for (int i = 0; i < EVENTS_PER_TURN; i++) {
    if (state->watcher == NULL || !watcher_take(state->watcher, &event)) return;
    dispatch_one(env, state, &event);
  }
  /* The rest waits for the next turn, so that a flood of events does not starve the loop. */
  notify(state);
}

static void stop_watcher(void *data) {
  struct state *state = data;
  if (state->watcher != NULL) watcher_stop(state->watcher);
  state->watcher = NULL;
}

/* Takes the dispatch function (id, events); once per environment. The loop is not kept alive until ref. */
FUNCTION(watcher_open) {
  CALL;
  struct state *state = call.state;
  if (state->watcher != NULL) return result(&call, -EBUSY);
  napi_value name;
  napi_create_string_utf8(env, "lttng-ts-watcher", NAPI_AUTO_LENGTH, &name);
  if (napi_create_reference(env, call.arguments[0], 1, &state->dispatch) != napi_ok) return result(&call, -EINVAL);
  if (napi_create_threadsafe_function(env, NULL, NULL, name, 0, 1, NULL, NULL, state, dispatch, &state->wake) !=
      napi_ok) {
    return result(&call, -ENOMEM);
  }
  napi_unref_threadsafe_function(env, state->wake);
  int error = watcher_start(notify, state, &state->watcher);
  /* After the function's own hook, so it runs before: nobody may call a function that is being closed. */
  if (error == 0) napi_add_env_cleanup_hook(env, stop_watcher, state);
  return result(&call, error);
}

FUNCTION(watcher_ref) {
  CALL;
  if (flag(&call, 0)) napi_ref_threadsafe_function(env, call.state->wake);
  else napi_unref_threadsafe_function(env, call.state->wake);
  return NULL;
}

static uint32_t interest_of(const struct call *call, size_t readable) {
  return (flag(call, readable) ? EPOLLIN : 0) | (flag(call, readable + 1) ? EPOLLOUT : 0);
}
FUNCTION(watch_add) {
  CALL;
  if (call.state->watcher == NULL) return result(&call, -EINVAL);
  return result(&call, watcher_add(call.state->watcher, fd_of(&call, 0), (uint64_t)number(&call, 1), interest_of(&call, 2)));
}
FUNCTION(watch_arm) {
  CALL;
  if (call.state->watcher == NULL) return result(&call, -EINVAL);
  return result(&call, watcher_arm(call.state->watcher, fd_of(&call, 0), (uint64_t)number(&call, 1), interest_of(&call, 2)));
}
FUNCTION(watch_remove) {
  CALL;
  if (call.state->watcher == NULL) return result(&call, -EINVAL);
  return result(&call, watcher_remove(call.state->watcher, fd_of(&call, 0)));
}

/* ---- readiness in the loop's own turn --------------------------------------------------------- */

/* Of one environment, which it may outlive until its last watch has ended. */
struct loop_state {
  napi_env env;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
  struct loop *loop;
  struct loop_watch *watches;
};

struct loop_watch {
  struct loop_state *owner;
  struct loop_watch *next, *before;
  struct handle *handle;
  struct loop_poll *poll;
  napi_ref callback;
};

/* The handle has let go of it. */
static void loop_watch_end(void *thing) {
  struct loop_watch *watch = thing;
  if (watch->next != NULL) watch->next->before = watch->before;
  if (watch->before != NULL) watch->before->next = watch->next;
  else watch->owner->watches = watch->next;
  napi_delete_reference(watch->owner->env, watch->callback);
  loop_poll_close(watch->poll);
  free(watch);
}

static void loop_watch_ready(void *argument) {
  struct loop_watch *watch = argument;
  napi_env env = watch->owner->env;
  napi_handle_scope scope;
  napi_value function, global;
  napi_open_handle_scope(env, &scope);
  napi_get_reference_value(env, watch->callback, &function);
  napi_get_global(env, &global);
  if (napi_make_callback(env, watch->owner->context, global, function, 0, NULL, NULL) == napi_pending_exception) {
    napi_value error;
    napi_get_and_clear_last_exception(env, &error);
    napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

static void loop_state_gone(void *argument) {
  struct loop_state *state = argument;
  napi_async_cleanup_hook_handle cleanup = state->cleanup;
  free(state);
  napi_remove_async_cleanup_hook(cleanup);
}

/* The environment ends: its loop turns until all is closed. */
static void stop_loop(napi_async_cleanup_hook_handle handle, void *argument) {
  (void)handle;
  struct loop_state *state = argument;
  while (state->watches != NULL) close_handle(state->watches->handle);
  napi_async_destroy(state->env, state->context);
  loop_close(state->loop, loop_state_gone, state);
}

static int open_loop(napi_env env, struct loop_state **out) {
  void *uv_loop = NULL;
  napi_value name;
  if (napi_get_uv_event_loop(env, (struct uv_loop_s **)&uv_loop) != napi_ok) return -ENOSYS;
  struct loop_state *state = calloc(1, sizeof *state);
  if (state == NULL) return -ENOMEM;
  state->env = env;
  int error = loop_open(uv_loop, &state->loop);
  if (error == 0) {
    napi_create_string_utf8(env, "lttng-ts-loop", NAPI_AUTO_LENGTH, &name);
    napi_async_init(env, NULL, name, &state->context);
    napi_add_async_cleanup_hook(env, stop_loop, state, &state->cleanup);
    *out = state;
  } else {
    free(state);
  }
  return error;
}

/* (fd, callback) → handle, or -errno; -ENOSYS: this program's loop cannot. */
FUNCTION(loop_watch) {
  CALL;
  struct state *state = call.state;
  int error = state->loop == NULL ? open_loop(env, &state->loop) : 0;
  if (error < 0) return result(&call, error);
  struct loop_watch *watch = calloc(1, sizeof *watch);
  if (watch == NULL) return result(&call, -ENOMEM);
  watch->owner = state->loop;
  error = napi_create_reference(env, call.arguments[1], 1, &watch->callback) == napi_ok ? 0 : -EINVAL;
  if (error == 0) {
    error = loop_poll_open(state->loop->loop, fd_of(&call, 0), loop_watch_ready, watch, &watch->poll);
    if (error < 0) napi_delete_reference(env, watch->callback);
  }
  if (error < 0) {
    free(watch);
    return result(&call, error);
  }
  watch->next = state->loop->watches;
  if (watch->next != NULL) watch->next->before = watch;
  state->loop->watches = watch;
  napi_value out = new_handle(&call, LOOP_WATCH, watch);
  struct handle *handle = NULL;
  if (napi_get_value_external(env, out, (void **)&handle) == napi_ok) watch->handle = handle;
  return out;
}
FUNCTION(loop_watch_set) {
  CALL;
  struct loop_watch *watch = thing_of(&call, 0, LOOP_WATCH);
  return result(&call, watch == NULL ? -EINVAL : loop_poll_set(watch->poll, flag(&call, 1)));
}

/* (socket, file, offset, length, next, out) → 0 or -errno of the read; out: content, next, errno of the write. */
FUNCTION(receive_to_file) {
  CALL;
  struct state *state = call.state;
  if (state->transfer == NULL) state->transfer = transfer_new();
  if (state->transfer == NULL) return result(&call, -ENOMEM);
  struct span next = span_of(&call, 4, napi_uint8_array), out = span_of(&call, 5, napi_uint32_array);
  int64_t offset = number(&call, 2), length = number(&call, 3);
  if (out.length < 3 || offset < 0 || length <= 0 || length > UINT32_MAX) return result(&call, -EINVAL);
  struct transfer_result done = {0};
  int error = transfer_receive(state->transfer, fd_of(&call, 0), fd_of(&call, 1), (off_t)offset, (size_t)length,
                               next.data, next.length, &done);
  uint32_t *numbers = out.data;
  numbers[0] = (uint32_t)done.content;
  numbers[1] = (uint32_t)done.next;
  numbers[2] = (uint32_t)done.file_error;
  return result(&call, error);
}

/* ---- futexes ---------------------------------------------------------------------------------- */

static bool word_in(const struct mapping *mapping, int64_t offset) {
  return mapping != NULL && offset >= 0 && offset % 4 == 0 && (uint64_t)offset + 4 <= mapping->length;
}

FUNCTION(wake_futex) {
  CALL;
  struct mapping *mapping = thing_of(&call, 0, MAPPING);
  int64_t offset = number(&call, 1);
  return result(&call, word_in(mapping, offset) ? futex_wake(mapping, (size_t)offset, (int)number(&call, 2)) : -EINVAL);
}

/* (mapping, offset, expected, timeoutMs, out) → handle; out[0] is the descriptor to watch, which the caller closes. */
FUNCTION(wait_futex) {
  CALL;
  struct mapping *mapping = thing_of(&call, 0, MAPPING);
  int64_t offset = number(&call, 1);
  struct span out = span_of(&call, 4, napi_int32_array);
  if (!word_in(mapping, offset) || out.length < 1) return result(&call, -EINVAL);
  struct futex_wait *wait;
  int error = futex_wait_start(mapping, (size_t)offset, (uint32_t)number(&call, 2), number(&call, 3), &wait, out.data);
  return error < 0 ? result(&call, error) : new_handle(&call, FUTEX, wait);
}
FUNCTION(cancel_futex) {
  CALL;
  struct futex_wait *wait = thing_of(&call, 0, FUTEX);
  if (wait != NULL) futex_wait_cancel(wait);
  return NULL;
}
FUNCTION(futex_result) {
  CALL;
  struct futex_wait *wait = thing_of(&call, 0, FUTEX);
  return result(&call, wait == NULL ? FUTEX_CANCELLED : futex_wait_result(wait));
}

/* ---- threads and clocks ----------------------------------------------------------------------- */

FUNCTION(get_tid) { CALL; return result(&call, threads_tid()); }
/* [type, config] */
FUNCTION(try_perf_event) {
  CALL;
  struct span event = span_of(&call, 0, napi_biguint64_array);
  return result(&call, event.length < sizeof(struct perf_event) / 8 ? -EINVAL : perf_try(event.data));
}
FUNCTION(pthread_self_value) { CALL; return result_u64(&call, threads_pthread_self()); }
FUNCTION(get_cpu) { CALL; return result(&call, threads_cpu()); }
FUNCTION(monotonic_ns) { CALL; return result_u64(&call, threads_monotonic_ns()); }
FUNCTION(realtime_ns) { CALL; return result_u64(&call, threads_realtime_ns()); }
FUNCTION(death_signal) { CALL; return result(&call, threads_set_death_signal((int)number(&call, 0))); }
FUNCTION(get_name) {
  (void)info;
  char name[THREAD_NAME_BYTES];
  threads_get_name(name);
  napi_value out = NULL;
  napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &out);
  return out;
}
FUNCTION(set_name) {
  CALL;
  char name[THREAD_NAME_BYTES] = "";
  napi_get_value_string_utf8(env, call.arguments[0], name, sizeof name, NULL);
  return result(&call, threads_set_name(name));
}

/* ---- ring ------------------------------------------------------------------------------------- */

/* Order of the numbers before the offsets in a shape. */
static const char *const shape_names[] = {"objectIndex", "cpu", "isOverwrite", "isWakeupByWriter",
                                          "isNaturallyAligned", "recordHeader", "timestampBits", "subbufferSizeBytes",
                                          "subbufferCount", "pageSizeBytes", "blockingTimeoutMs"};
static const char *const offset_names[] = {
#define X(name) #name,
    RING_OFFSETS(X)
#undef X
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool shape_of(const struct call *call, size_t numbers_at, size_t header_at, struct ring_shape *shape) {
  struct span numbers = span_of(call, numbers_at, napi_float64_array);
  struct span header = span_of(call, header_at, napi_uint8_array);
  if (numbers.length != COUNT(shape_names) + COUNT(offset_names) || header.length > RING_MAX_PACKET_HEADER) return false;
  const double *n = numbers.data;
  for (size_t i = 0; i < numbers.length; i++) {
    if (!(n[i] >= -1 && n[i] <= 9007199254740992.0)) return false;
  }
  memset(shape, 0, sizeof *shape);
  shape->object_index = (uint32_t)n[0];
  shape->cpu = (uint32_t)n[1];
  shape->overwrite = n[2] != 0;
  shape->wakeup_by_writer = n[3] != 0;
  shape->naturally_aligned = n[4] != 0;
  shape->record_header = n[5] == RING_COMPACT ? RING_COMPACT : RING_LARGE;
  shape->timestamp_bits = (uint32_t)n[6];
  shape->subbuffer_size = (uint64_t)n[7];
  shape->subbuffer_count = (uint64_t)n[8];
  shape->page_size = (uint64_t)n[9];
  shape->blocking_timeout_ms = (int32_t)n[10];
  uint64_t *offsets = (uint64_t *)(void *)&shape->at;
  for (size_t i = 0; i < COUNT(offset_names); i++) {
    if (n[COUNT(shape_names) + i] < 0) return false;
    offsets[i] = (uint64_t)n[COUNT(shape_names) + i];
  }
  shape->packet_header_size = (uint32_t)header.length;
  if (header.length > 0) memcpy(shape->packet_header, header.data, header.length);
  return true;
}

/* (mapping, shape, packetHeader, wakeupFd, isClockGiven) → handle, or a status. */
FUNCTION(open_ring) {
  CALL;
  struct mapping *mapping = thing_of(&call, 0, MAPPING);
  struct ring_shape shape;
  struct ring *ring;
  if (mapping == NULL || !shape_of(&call, 1, 2, &shape)) return result(&call, -EINVAL);
  if (mapping->unsealed) guard_init();
  volatile enum ring_status status;
  GUARDED(mapping, status = ring_open(mapping, &shape, fd_of(&call, 3), &ring), status = RING_CORRUPT);
  if (status != RING_OK) return result(&call, status);
  napi_value out = new_handle(&call, RING, ring);
  struct handle *handle = NULL;
  if (flag(&call, 4) && napi_get_value_external(env, out, (void **)&handle) == napi_ok) {
    ring_set_clock(ring, &handle->clock);
  }
  return out;
}

/* Runs `statement` on the memory of `ring`; a memory that is gone is a corrupt one. */
#define ON_RING(ring, statement) \
  GUARDED(ring_mapping(ring), statement, { ring_abandon(ring); return result(&call, RING_CORRUPT); })

static napi_value give_packet(const struct call *call, enum ring_status status, const struct ring_packet *packet,
                              struct span out) {
  if (status == RING_OK) memcpy(out.data, packet, sizeof *packet);
  return result(call, status);
}
#define PACKET_WORDS (sizeof(struct ring_packet) / 8)

FUNCTION(next_packet) {
  CALL;
  struct ring *ring = thing_of(&call, 0, RING);
  struct span out = span_of(&call, 1, napi_biguint64_array);
  struct ring_packet packet;
  if (ring == NULL || out.length < PACKET_WORDS) return result(&call, -EINVAL);
  volatile enum ring_status status;
  ON_RING(ring, status = ring_next(ring, &packet));
  return give_packet(&call, status, &packet, out);
}
FUNCTION(get_packet) {
  CALL;
  struct ring *ring = thing_of(&call, 0, RING);
  struct span out = span_of(&call, 1, napi_biguint64_array);
  struct ring_packet packet;
  if (ring == NULL || out.length < PACKET_WORDS) return result(&call, -EINVAL);
  volatile enum ring_status status;
  uint64_t position = (uint64_t)number(&call, 2);
  ON_RING(ring, status = ring_get(ring, position, &packet));
  return give_packet(&call, status, &packet, out);
}

#define RING_FUNCTION(name, expression)             \
  FUNCTION(name) {                                  \
    CALL;                                           \
    struct ring *ring = thing_of(&call, 0, RING);   \
    if (ring == NULL) return result(&call, -EINVAL); \
    volatile int outcome = 0;                       \
    ON_RING(ring, expression);                      \
    return result(&call, outcome);                  \
  }
RING_FUNCTION(put_packet, ring_put(ring))
RING_FUNCTION(put_next_packet, ring_put_next(ring))
RING_FUNCTION(flush_ring, ring_flush(ring, flag(&call, 1)))
RING_FUNCTION(set_packet_discarded, ring_set_discarded(ring, (uint64_t)number(&call, 1)))
RING_FUNCTION(clear_ring, ring_clear(ring))
RING_FUNCTION(deactivate_ring, ring_deactivate(ring))
RING_FUNCTION(activate_ring, outcome = ring_activate(ring) ? 0 : -EBUSY)
RING_FUNCTION(ring_has_packet, outcome = ring_has_data(ring))

/* (ring, out): produced, consumed, lost full, wrap, big. */
FUNCTION(ring_sample) {
  CALL;
  struct ring *ring = thing_of(&call, 0, RING);
  struct span out = span_of(&call, 1, napi_biguint64_array);
  if (ring == NULL || out.length < 5) return result(&call, -EINVAL);
  uint64_t *to = out.data;
  ON_RING(ring, {
    ring_positions(ring, &to[0], &to[1]);
    ring_lost(ring, to + 2);
  });
  return result(&call, 0);
}
FUNCTION(ring_commit_counters) {
  CALL;
  struct ring *ring = thing_of(&call, 0, RING);
  struct span out = span_of(&call, 1, napi_biguint64_array);
  int64_t index = number(&call, 2);
  if (ring == NULL || out.length < 3 || index < 0) return result(&call, -EINVAL);
  volatile enum ring_status status;
  ON_RING(ring, status = ring_counters(ring, (uint64_t)index, out.data));
  return result(&call, status);
}

/* (ring, through, out): completed, truncated, dropped. */
FUNCTION(recover_ring) {
  CALL;
  struct ring *ring = thing_of(&call, 0, RING);
  struct span out = span_of(&call, 2, napi_biguint64_array);
  int64_t through = number(&call, 1);
  if (ring == NULL || out.length < 3 || through < 0) return result(&call, -EINVAL);
  struct ring_recovery recovery;
  volatile enum ring_status status;
  ON_RING(ring, status = ring_recover(ring, (uint64_t)through, &recovery));
  uint64_t *to = out.data;
  to[0] = recovery.completed;
  to[1] = recovery.truncated;
  to[2] = recovery.dropped;
  return result(&call, status);
}
FUNCTION(ring_uncommitted) {
  CALL;
  struct ring *ring = thing_of(&call, 0, RING);
  int64_t through = number(&call, 1);
  if (ring == NULL || through < 0) return result(&call, -EINVAL);
  volatile bool waits;
  ON_RING(ring, waits = ring_has_uncommitted(ring, (uint64_t)through));
  return result(&call, waits);
}

/* (ring, record [eventId, timestamp], payload, out): out becomes position and size. */
FUNCTION(writer_reserve) {
  CALL;
  struct handle *handle = handle_of(&call, 0, RING);
  struct span in = span_of(&call, 1, napi_biguint64_array);
  struct span payload = span_of(&call, 2, napi_uint8_array);
  if (handle == NULL || in.length < 2 || handle->has_slot) return result(&call, -EINVAL);
  uint64_t *words = in.data;
  handle->clock = words[1];
  const struct ring_record record = {
      .event_id = (uint32_t)words[0], .context_align = 1, .payload_align = 1, .payload_size = payload.length};
  enum ring_status status = ring_reserve(handle->thing, &record, &handle->slot);
  if (status != RING_OK) return result(&call, status);
  if (payload.length > 0) memcpy(handle->slot.memory + handle->slot.payload_offset, payload.data, payload.length);
  handle->has_slot = true;
  words[0] = handle->slot.begin;
  words[1] = handle->slot.size;
  return result(&call, RING_OK);
}
FUNCTION(writer_commit) {
  CALL;
  struct handle *handle = handle_of(&call, 0, RING);
  if (handle == NULL || !handle->has_slot) return result(&call, -EINVAL);
  ring_commit(handle->thing, &handle->slot);
  handle->has_slot = false;
  return result(&call, 0);
}
FUNCTION(writer_discard) {
  CALL;
  struct handle *handle = handle_of(&call, 0, RING);
  if (handle == NULL || !handle->has_slot) return result(&call, -EINVAL);
  bool discarded = ring_discard(handle->thing, &handle->slot);
  if (discarded) handle->has_slot = false;
  return result(&call, discarded ? 1 : 0);
}
/* Sets the clock of a ring that was opened with one. */
FUNCTION(set_clock) {
  CALL;
  struct handle *handle = handle_of(&call, 0, RING);
  bool lossless;
  if (handle != NULL) napi_get_value_bigint_uint64(env, call.arguments[1], &handle->clock, &lossless);
  return NULL;
}

/* ---- recorder --------------------------------------------------------------------------------- */

static napi_value external_words(napi_env env, void *data, size_t size) {
  napi_value buffer = NULL;
  if (napi_create_external_arraybuffer(env, data, size, NULL, NULL, &buffer) != napi_ok) return NULL;
  return buffer;
}

FUNCTION(enable_words) { (void)info; return external_words(env, record_words(), RECORD_SLOTS * sizeof(uint32_t)); }
FUNCTION(emit_arguments) {
  CALL;
  return external_words(env, record_thread_arguments(call.state->thread), sizeof(struct record_arguments));
}
FUNCTION(application_values) {
  CALL;
  return external_words(env, record_thread_applications(call.state->thread),
                        RECORD_APPLICATION_CONTEXTS * RECORD_APPLICATION_BYTES);
}
FUNCTION(emit) {
  void *state;
  napi_get_cb_info(env, info, NULL, NULL, NULL, &state);
  record_emit(((struct state *)state)->thread);
  return NULL;
}

static void free_scratch(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  free(data);
}

/* New scratch memory; the caller detaches the buffer before. */
FUNCTION(new_scratch) {
  CALL;
  int64_t size = number(&call, 0);
  if (size <= 0) return result(&call, -EINVAL);
  uint8_t *memory = calloc(1, (size_t)size);
  if (memory == NULL) return result(&call, -ENOMEM);
  napi_value buffer = NULL;
  if (napi_create_external_arraybuffer(env, memory, (size_t)size, free_scratch, NULL, &buffer) != napi_ok) {
    free(memory);
    return result(&call, -ENOTSUP);
  }
  record_thread_scratch(call.state->thread, memory, (size_t)size);
  return buffer;
}

FUNCTION(allocate_slot) { CALL; return result(&call, record_allocate_slot()); }
FUNCTION(free_slot) { CALL; return result(&call, record_free_slot((uint32_t)number(&call, 0))); }

/* (shape, packetHeader, streamCount, contexts, contextAlign, patches [kind, offset]…, perf events [type, config]…) */
FUNCTION(open_channel) {
  CALL;
  struct record_channel_config *config = calloc(1, sizeof *config);
  if (config == NULL) return result(&call, -ENOMEM);
  struct span contexts = span_of(&call, 3, napi_uint8_array);
  struct span patches = span_of(&call, 5, napi_uint32_array);
  struct span perf_events = span_of(&call, 6, napi_biguint64_array);
  int64_t streams = number(&call, 2), align = number(&call, 4);
  int error = -EINVAL;
  if (shape_of(&call, 0, 1, &config->shape) && contexts.length <= sizeof config->contexts && streams > 0 &&
      streams <= 65536 && align > 0 && align <= 8 && patches.length / 2 <= COUNT(config->patches) &&
      perf_events.length / 2 <= COUNT(config->perf_events)) {
    config->stream_count = (uint32_t)streams;
    config->context_size = (uint32_t)contexts.length;
    config->context_align = (uint32_t)align;
    if (contexts.length > 0) memcpy(config->contexts, contexts.data, contexts.length);
    config->patch_count = (uint32_t)(patches.length / 2);
    if (patches.length > 0) memcpy(config->patches, patches.data, config->patch_count * sizeof(struct context_patch));
    config->perf_count = (uint32_t)(perf_events.length / 2);
    if (perf_events.length > 0) {
      memcpy(config->perf_events, perf_events.data, config->perf_count * sizeof(struct perf_event));
    }
    error = record_open_channel(config, call.state);
  }
  free(config);
  return result(&call, error);
}
FUNCTION(add_stream) {
  CALL;
  int64_t length = number(&call, 2);
  if (length <= 0) return result(&call, -EINVAL);
  return result(&call, record_add_stream((uint32_t)number(&call, 0), fd_of(&call, 1), (size_t)length, fd_of(&call, 3)));
}
FUNCTION(enable_channel) { CALL; return result(&call, record_enable_channel((uint32_t)number(&call, 0), flag(&call, 1))); }
FUNCTION(close_channel) { CALL; return result(&call, record_close_channel((uint32_t)number(&call, 0))); }
/* (slot, [bit, channel, eventId, payloadAlign]…, flags) */
FUNCTION(set_recordings) {
  CALL;
  struct span list = span_of(&call, 1, napi_uint32_array);
  return result(&call, record_set((uint32_t)number(&call, 0), list.data, (uint32_t)(list.length / 4),
                                  (uint32_t)number(&call, 2)));
}
FUNCTION(quiesce) { (void)env; (void)info; record_quiesce(); return NULL; }
FUNCTION(statistics) {
  CALL;
  struct span out = span_of(&call, 0, napi_biguint64_array);
  if (out.length >= 3) record_statistics(out.data);
  return NULL;
}

/* ---- module ----------------------------------------------------------------------------------- */

static const struct {
  const char *name;
  napi_callback function;
} functions[] = {
    {"close", close_any},
    {"mmap", mmap_file},
    {"mappingBuffer", mapping_buffer},
    {"detach", detach},
    {"memfdCreate", memfd_create_named},
    {"ftruncate", truncate_file},
    {"allocate", allocate_file},
    {"addSeals", add_seals},
    {"getSeals", get_seals},
    {"fileLength", file_length},
    {"pageSize", page_size},
    {"pipe", make_pipe},
    {"closeFd", close_fd},
    {"closeFdAtEnd", close_fd_at_end},
    {"dup", dup_fd},
    {"setNonblocking", set_nonblocking},
    {"setCloseOnExec", set_cloexec},
    {"read", read_fd},
    {"write", write_fd},
    {"flock", lock_fd},
    {"beginWriteBack", begin_write_back},
    {"dropCached", drop_cached},
    {"listenUnix", listen_unix},
    {"accept", accept_unix},
    {"connectUnix", connect_unix},
    {"sendDatagram", send_datagram},
    {"socketPair", socket_pair},
    {"peerCredentials", peer_credentials},
    {"keepAlive", keep_alive},
    {"lowWater", low_water},
    {"sendMessage", send_message},
    {"receiveMessage", receive_message},
    {"watcherOpen", watcher_open},
    {"watcherRef", watcher_ref},
    {"watchAdd", watch_add},
    {"watchArm", watch_arm},
    {"watchRemove", watch_remove},
    {"loopWatch", loop_watch},
    {"loopWatchSet", loop_watch_set},
    {"receiveToFile", receive_to_file},
    {"futexWake", wake_futex},
    {"futexWait", wait_futex},
    {"futexCancel", cancel_futex},
    {"futexResult", futex_result},
    {"gettid", get_tid},
    {"tryPerfEvent", try_perf_event},
    {"pthreadSelf", pthread_self_value},
    {"getcpu", get_cpu},
    {"clockMonotonicNs", monotonic_ns},
    {"clockRealtimeNs", realtime_ns},
    {"setParentDeathSignal", death_signal},
    {"threadName", get_name},
    {"setThreadName", set_name},
    {"preferNode", prefer_node},
    {"ringOpen", open_ring},
    {"ringNext", next_packet},
    {"ringGet", get_packet},
    {"ringPut", put_packet},
    {"ringPutNext", put_next_packet},
    {"ringFlush", flush_ring},
    {"ringSetDiscarded", set_packet_discarded},
    {"ringClear", clear_ring},
    {"ringActivate", activate_ring},
    {"ringDeactivate", deactivate_ring},
    {"ringHasData", ring_has_packet},
    {"ringSample", ring_sample},
    {"ringCounters", ring_commit_counters},
    {"ringRecover", recover_ring},
    {"ringHasUncommitted", ring_uncommitted},
    {"ringReserve", writer_reserve},
    {"ringCommit", writer_commit},
    {"ringDiscard", writer_discard},
    {"ringSetClock", set_clock},
    {"enableWords", enable_words},
    {"emitArguments", emit_arguments},
    {"applicationValues", application_values},
    {"emit", emit},
    {"newScratch", new_scratch},
    {"allocateSlot", allocate_slot},
    {"freeSlot", free_slot},
    {"openChannel", open_channel},
    {"addStream", add_stream},
    {"enableChannel", enable_channel},
    {"closeChannel", close_channel},
    {"setRecordings", set_recordings},
    {"quiesce", quiesce},
    {"statistics", statistics},
};

static void end_state(void *data) {
  struct state *state = data;
  /* No JavaScript of this environment runs any more, so nothing is inside emit. */
  record_thread_end(state->thread);
  record_close_channels_of(state);
  for (size_t i = 0; i < MAX_OWNED_FDS; i++) {
    if (state->owned_fds[i] >= 0) descriptors_close(state->owned_fds[i]);
  }
  if (state->transfer != NULL) transfer_drop(state->transfer);
  free(state);
}

static napi_value names(napi_env env, const char *const *list, size_t count) {
  napi_value array, name;
  napi_create_array_with_length(env, count, &array);
  for (size_t i = 0; i < count; i++) {
    napi_create_string_utf8(env, list[i], NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, array, (uint32_t)i, name);
  }
  return array;
}

NAPI_MODULE_INIT() {
  record_init();
  struct state *state = calloc(1, sizeof *state);
  if (state == NULL) return NULL;
  for (size_t i = 0; i < MAX_OWNED_FDS; i++) state->owned_fds[i] = -1;
  state->thread = record_thread_new();
  if (state->thread == NULL) {
    free(state);
    return NULL;
  }
  napi_add_env_cleanup_hook(env, end_state, state);
  for (size_t i = 0; i < COUNT(functions); i++) {
    napi_value function;
    napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, state, &function);
    napi_set_named_property(env, exports, functions[i].name, function);
  }
  napi_set_named_property(env, exports, "shapeNames", names(env, shape_names, COUNT(shape_names)));
  napi_set_named_property(env, exports, "offsetNames", names(env, offset_names, COUNT(offset_names)));
  return exports;
}
