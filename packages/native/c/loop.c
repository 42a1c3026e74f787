#define _GNU_SOURCE
#include "loop.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* uv_handle_type and uv_poll_event of libuv 1, whose ABI does not change. */
#define UV_POLL 8
#define UV_READABLE 1

typedef void (*poll_callback)(void *handle, int status, int events);

/* The functions of libuv, as docs.libuv.org has them. */
static struct {
  const char *(*handle_type_name)(int type);
  size_t (*handle_size)(int type);
  void (*handle_set_data)(void *handle, void *data);
  void *(*handle_get_data)(const void *handle);
  int (*poll_init)(void *loop, void *handle, int fd);
  int (*poll_start)(void *handle, int events, poll_callback callback);
  int (*poll_stop)(void *handle);
  void (*close)(void *handle, void (*callback)(void *handle));
} uv;

static const struct {
  const char *name;
  size_t offset;
} functions[] = {
    {"uv_handle_type_name", offsetof(__typeof__(uv), handle_type_name)},
    {"uv_handle_size", offsetof(__typeof__(uv), handle_size)},
    {"uv_handle_set_data", offsetof(__typeof__(uv), handle_set_data)},
    {"uv_handle_get_data", offsetof(__typeof__(uv), handle_get_data)},
    {"uv_poll_init", offsetof(__typeof__(uv), poll_init)},
    {"uv_poll_start", offsetof(__typeof__(uv), poll_start)},
    {"uv_poll_stop", offsetof(__typeof__(uv), poll_stop)},
    {"uv_close", offsetof(__typeof__(uv), close)},
};

struct loop_poll {
  struct loop *loop;
  struct loop_poll *next, *before;
  void *handle; /* uv_poll_t */
  void (*ready)(void *);
  void *argument;
  bool is_closing;
};

struct loop {
  void *uv_loop;
  struct loop_poll *polls; /* those that are closing too */
  void (*done)(void *);
  void *argument;
};

/* dlsym(3) gives the same addresses to each thread that asks. */
static bool find_functions(void) {
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    void *found = dlsym(RTLD_DEFAULT, functions[i].name);
    if (found == NULL) return false;
    memcpy((char *)&uv + functions[i].offset, &found, sizeof found);
  }
  const char *name = uv.handle_type_name(UV_POLL);
  return name != NULL && strcmp(name, "poll") == 0;
}

int loop_open(void *uv_loop, struct loop **out) {
  if (uv_loop == NULL || !find_functions()) return -ENOSYS;
  struct loop *loop = calloc(1, sizeof *loop);
  if (loop == NULL) return -ENOMEM;
  loop->uv_loop = uv_loop;
  *out = loop;
  return 0;
}

static void finish_if_empty(struct loop *loop) {
  if (loop->done == NULL || loop->polls != NULL) return;
  void (*done)(void *) = loop->done;
  void *argument = loop->argument;
  free(loop);
  done(argument);
}

void loop_close(struct loop *loop, void (*done)(void *), void *argument) {
  loop->done = done;
  loop->argument = argument;
  for (struct loop_poll *poll = loop->polls; poll != NULL; poll = poll->next) loop_poll_close(poll);
  finish_if_empty(loop);
}

/* A failed descriptor (status below 0) is one that can be read: the read tells the errno. */
static void on_ready(void *handle, int status, int events) {
  (void)status;
  (void)events;
  struct loop_poll *poll = uv.handle_get_data(handle);
  if (!poll->is_closing) poll->ready(poll->argument);
}

int loop_poll_open(struct loop *loop, int fd, void (*ready)(void *), void *argument, struct loop_poll **out) {
  struct loop_poll *poll = calloc(1, sizeof *poll);
  if (poll == NULL) return -ENOMEM;
  poll->handle = calloc(1, uv.handle_size(UV_POLL));
  int error = poll->handle == NULL ? -ENOMEM : uv.poll_init(loop->uv_loop, poll->handle, fd);
  if (error < 0) {
    free(poll->handle);
    free(poll);
    return error;
  }
  uv.handle_set_data(poll->handle, poll);
  poll->loop = loop;
  poll->ready = ready;
  poll->argument = argument;
  poll->next = loop->polls;
  if (poll->next != NULL) poll->next->before = poll;
  loop->polls = poll;
  error = loop_poll_set(poll, true);
  if (error < 0) {
    loop_poll_close(poll);
    return error;
  }
  *out = poll;
  return 0;
}

int loop_poll_set(struct loop_poll *poll, bool is_on) {
  return is_on ? uv.poll_start(poll->handle, UV_READABLE, on_ready) : uv.poll_stop(poll->handle);
}

static void on_closed(void *handle) {
  struct loop_poll *poll = uv.handle_get_data(handle);
  struct loop *loop = poll->loop;
  if (poll->next != NULL) poll->next->before = poll->before;
  if (poll->before != NULL) poll->before->next = poll->next;
  else loop->polls = poll->next;
  free(handle);
  free(poll);
  finish_if_empty(loop);
}

void loop_poll_close(struct loop_poll *poll) {
  if (poll->is_closing) return;
  poll->is_closing = true;
  uv.close(poll->handle, on_closed);
}
