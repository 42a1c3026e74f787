#define _GNU_SOURCE
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

int descriptors_pipe(int ends[2], bool nonblocking_read, bool nonblocking_write) {
  if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
  int error = nonblocking_read ? descriptors_set_nonblocking(ends[0]) : 0;
  if (error == 0 && nonblocking_write) error = descriptors_set_nonblocking(ends[1]);
  if (error != 0) {
    close(ends[0]);
    close(ends[1]);
  }
  return error;
}

/* close(2): after EINTR the descriptor is closed on Linux; trying again could close another thread's. */
int descriptors_close(int fd) { return close(fd) < 0 && errno != EINTR ? -errno : 0; }

int descriptors_dup(int fd) {
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  return copy < 0 ? -errno : copy;
}

int descriptors_set_nonblocking(int fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return -errno;
  if ((flags & O_NONBLOCK) != 0) return 0;
  return fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int descriptors_set_cloexec(int fd, bool cloexec) {
  return fcntl(fd, F_SETFD, cloexec ? FD_CLOEXEC : 0) < 0 ? -errno : 0;
}

ssize_t descriptors_read(int fd, void *into, size_t length) {
  for (;;) {
    ssize_t count = read(fd, into, length);
    if (count >= 0) return count;
    if (errno != EINTR) return -errno;
  }
}

ssize_t descriptors_write(int fd, const void *bytes, size_t length) {
  sigset_t sigpipe, pending, old;
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  /* A SIGPIPE that waits already belongs to somebody else and is left alone. */
  sigemptyset(&pending);
  sigpending(&pending);
  int was_pending = sigismember(&pending, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &sigpipe, &old);
  ssize_t count;
  do {
    count = write(fd, bytes, length);
  } while (count < 0 && errno == EINTR);
  ssize_t result = count < 0 ? -errno : count;
  if (result == -EPIPE && !was_pending) {
    /* SIGPIPE of write(2) is directed at this thread: take it away before unblocking. */
    const struct timespec now = {0, 0};
    while (sigtimedwait(&sigpipe, NULL, &now) < 0 && errno == EINTR) continue;
  }
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  return result;
}

int descriptors_flock(int fd, int operation) { return flock(fd, operation | LOCK_NB) < 0 ? -errno : 0; }

int descriptors_begin_write_back(int fd, off_t offset, off_t length) {
  return sync_file_range(fd, offset, length, SYNC_FILE_RANGE_WRITE) < 0 ? -errno : 0;
}

int descriptors_drop_cached(int fd, off_t offset, off_t length) {
  return -posix_fadvise(fd, offset, length, POSIX_FADV_DONTNEED);
}
