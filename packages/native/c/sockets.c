#define _GNU_SOURCE
#include "sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int address_of(const char *path, struct sockaddr_un *address) {
  size_t length = strlen(path);
  if (length >= sizeof address->sun_path) return -ENAMETOOLONG;
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, path, length);
  return 0;
}

static int new_socket(void) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return fd < 0 ? -errno : fd;
}

static int fail(int fd, int error) {
  close(fd);
  return -error;
}

int sockets_listen(const char *path, int backlog) {
  struct sockaddr_un address;
  int error = address_of(path, &address);
  if (error < 0) return error;
  int fd = new_socket();
  if (fd < 0) return fd;
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) return fail(fd, errno);
  if (listen(fd, backlog) < 0) {
    error = errno;
    unlink(path);
    return fail(fd, error);
  }
  return fd;
}

int sockets_accept(int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) return fd;
    /* ECONNABORTED: that client left the queue; there may be others. */
    if (errno != EINTR && errno != ECONNABORTED) return -errno;
  }
}

int sockets_connect(const char *path) {
  struct sockaddr_un address;
  int error = address_of(path, &address);
  if (error < 0) return error;
  int fd = new_socket();
  if (fd < 0) return fd;
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return fail(fd, errno);
  return fd;
}

int sockets_send_datagram(const char *path, const void *bytes, size_t length) {
  struct sockaddr_un address;
  int error = address_of(path, &address);
  if (error < 0) return error;
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
  if (path[0] == '@') address.sun_path[0] = '\0';
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  if (sendto(fd, bytes, length, MSG_NOSIGNAL, (struct sockaddr *)&address, size) < 0) return fail(fd, errno);
  close(fd);
  return 0;
}

int sockets_pair(int ends[2]) {
  return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0 ? -errno : 0;
}

int sockets_peer(int fd, uint32_t credentials[3]) {
  struct ucred peer;
  socklen_t length = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) return -errno;
  credentials[0] = (uint32_t)peer.pid;
  credentials[1] = peer.uid;
  credentials[2] = peer.gid;
  return 0;
}

int sockets_keep_alive(int fd, int idle_s, int interval_s, int probe_count) {
  const int on = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) < 0) return -errno;
  const int names[] = {TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT}, values[] = {idle_s, interval_s, probe_count};
  for (int i = 0; i < 3; i++) {
    if (values[i] <= 0) continue;
    if (setsockopt(fd, IPPROTO_TCP, names[i], &values[i], sizeof values[i]) < 0) return -errno;
  }
  return 0;
}

int sockets_low_water(int fd, int bytes) {
  return setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes) < 0 ? -errno : 0;
}

/* cmsg(3): a control buffer must be aligned like a cmsghdr. */
union control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int) * SOCKETS_MAX_FDS)];
};

ssize_t sockets_send(int fd, const void *bytes, size_t length, const int32_t *fds, size_t fd_count) {
  if (fd_count > SOCKETS_MAX_FDS) return -EMSGSIZE;
  union control control;
  struct iovec part = {(void *)bytes, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (fd_count > 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
    memcpy(CMSG_DATA(header), fds, sizeof(int) * fd_count);
  }
  for (;;) {
    ssize_t count = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) return count;
    if (errno != EINTR) return -errno;
  }
}

static void close_all(const int *fds, size_t count) {
  for (size_t i = 0; i < count; i++) close(fds[i]);
}

ssize_t sockets_receive(int fd, void *into, size_t length, int32_t *fds, size_t max_fds, size_t *fd_count) {
  union control control;
  struct iovec part = {into, length};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control};
  ssize_t count;
  do {
    count = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return -errno;

  int received[SOCKETS_MAX_FDS];
  size_t received_count = 0;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t here = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < here && received_count < SOCKETS_MAX_FDS; i++) {
      memcpy(&received[received_count++], CMSG_DATA(header) + i * sizeof(int), sizeof(int));
    }
  }
  if (received_count > max_fds || (message.msg_flags & MSG_CTRUNC) != 0) {
    close_all(received, received_count);
    return -EMSGSIZE;
  }
  for (size_t i = 0; i < received_count; i++) fds[i] = received[i];
  *fd_count = received_count;
  return count;
}
