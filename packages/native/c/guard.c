#define _GNU_SOURCE
#include "guard.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

_Thread_local sigjmp_buf *guard_target;

static struct sigaction before;

static void on_sigbus(int number, siginfo_t *info, void *context) {
  sigjmp_buf *target = guard_target;
  if (target != NULL) siglongjmp(*target, 1);
  if ((before.sa_flags & SA_SIGINFO) != 0) {
    before.sa_sigaction(number, info, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(number);
  } else {
    /* The fault comes again when this returns, and ends the process as if nobody had been here. */
    signal(SIGBUS, SIG_DFL);
  }
}

static void take_over(void) {
  /* Not blocked meanwhile: the handler does not return. */
  struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
  sigaction(SIGBUS, &action, &before);
}

void guard_init(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, take_over);
}
