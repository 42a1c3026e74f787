/* Pipes, plain reads and writes, locks. All results are >= 0 or -errno; -EAGAIN means "would block". */
#ifndef LTTNG_TS_DESCRIPTORS_H
#define LTTNG_TS_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* pipe2(2), close-on-exec; ends[0] reads, ends[1] writes. */
int descriptors_pipe(int ends[2], bool nonblocking_read, bool nonblocking_write);
int descriptors_close(int fd);
int descriptors_dup(int fd);
int descriptors_set_nonblocking(int fd);
int descriptors_set_cloexec(int fd, bool cloexec);
ssize_t descriptors_read(int fd, void *into, size_t length);
/* write(2) that never raises SIGPIPE, whatever the process does with that signal. */
ssize_t descriptors_write(int fd, const void *bytes, size_t length);
/* flock(2) with LOCK_NB. */
int descriptors_flock(int fd, int operation);
/* Begins to write a part of a file to its disk, without waiting for it (sync_file_range(2)). */
int descriptors_begin_write_back(int fd, off_t offset, off_t length);
/* Takes what is on the disk of a part of a file out of the page cache (posix_fadvise(2)). */
int descriptors_drop_cached(int fd, off_t offset, off_t length);

#endif
