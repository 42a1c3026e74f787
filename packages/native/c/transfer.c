#define _GNU_SOURCE
#include "transfer.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* As large as the processor's cache keeps until the bytes are written. */
#define BUFFER_BYTES (256 << 10)

struct transfer {
  uint8_t buffer[BUFFER_BYTES];
};

struct transfer *transfer_new(void) { return malloc(sizeof(struct transfer)); }
void transfer_drop(struct transfer *transfer) { free(transfer); }

static int write_all(int file, const uint8_t *bytes, size_t length, off_t offset, size_t *written) {
  while (*written < length) {
    ssize_t count = pwrite(file, bytes + *written, length - *written, offset + (off_t)*written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count < 0 ? errno : EIO;
    *written += (size_t)count;
  }
  return 0;
}

int transfer_receive(struct transfer *transfer, int socket, int file, off_t offset, size_t length, void *next,
                     size_t next_size, struct transfer_result *result) {
  if (length > BUFFER_BYTES) {
    length = BUFFER_BYTES;
    next_size = 0;
  }
  struct iovec parts[] = {{transfer->buffer, length}, {next, next_size}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = next_size == 0 ? 1 : 2};
  ssize_t count;
  do {
    count = recvmsg(socket, &message, MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return -errno;
  if (count == 0) return -ENODATA;
  size_t content = (size_t)count < length ? (size_t)count : length;
  result->next = (size_t)count - content;
  result->file_error = write_all(file, transfer->buffer, content, offset, &result->content);
  return 0;
}
