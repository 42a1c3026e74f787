/*
 * Memory that its file may lose: a file that cannot be sealed can be cut by whoever has it open, and a touch behind its
 * end is SIGBUS. Code that runs under a guard comes back from it instead of ending the process.
 */
#ifndef LTTNG_TS_GUARD_H
#define LTTNG_TS_GUARD_H

#include <setjmp.h>

#if defined(__GNUC__) && !defined(__clang__)
/* What is read after a jump was not changed since the guard began. */
#pragma GCC diagnostic ignored "-Wclobbered"
#endif

/* Where SIGBUS of this thread goes, or NULL. */
extern _Thread_local sigjmp_buf *guard_target;

/* Takes SIGBUS over, once per process; signals of threads without a guard go where they went before. */
void guard_init(void);

/* Runs `statement` on `mapping`, and `failure` when the memory was gone. Must not be left by return or jump. */
#define GUARDED(mapping, statement, failure)   \
  do {                                         \
    if (!(mapping)->unsealed) {                \
      statement;                               \
      break;                                   \
    }                                          \
    sigjmp_buf guard_here;                     \
    guard_target = &guard_here;                \
    /* The handler leaves the mask as it is. */ \
    if (sigsetjmp(guard_here, 0) == 0) {       \
      statement;                               \
      guard_target = NULL;                     \
    } else {                                   \
      guard_target = NULL;                     \
      failure;                                 \
    }                                          \
  } while (0)

#endif
