/*
 * Bytes from a socket to a file, in one call. Neither end waits: the socket is non-blocking, and a file of a disk is what a
 * write(2) makes of it.
 */
#ifndef LTTNG_TS_TRANSFER_H
#define LTTNG_TS_TRANSFER_H

#include <stddef.h>
#include <sys/types.h>

struct transfer; /* memory for what is on its way */

struct transfer *transfer_new(void);
void transfer_drop(struct transfer *transfer);

struct transfer_result {
  size_t content; /* bytes that are in the file now */
  size_t next;    /* bytes that came behind them */
  int file_error; /* errno of the write; what was read and not written is lost */
};

/*
 * Reads what has come, at most `length` bytes, and writes it to `file` at `offset`. When all `length` bytes came, what
 * follows them goes to `next`, at most `next_size` bytes. 0, -errno of the read (-EAGAIN: nothing has come), or -ENODATA: the end.
 */
int transfer_receive(struct transfer *transfer, int socket, int file, off_t offset, size_t length, void *next,
                     size_t next_size, struct transfer_result *result);

#endif
