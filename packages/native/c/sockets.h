/* Unix sockets, of streams unless they say otherwise: unix(7), SCM_RIGHTS, SO_PEERCRED. All are close-on-exec and non-blocking. */
#ifndef LTTNG_TS_SOCKETS_H
#define LTTNG_TS_SOCKETS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* SCM_MAX_FD of the kernel is 253; no protocol of ours sends nearly as many. */
#define SOCKETS_MAX_FDS 64

int sockets_listen(const char *path, int backlog);
int sockets_accept(int listener);
int sockets_connect(const char *path);
/* One datagram to whoever reads at `path`, `@` for the first byte of an abstract name. Never waits. */
int sockets_send_datagram(const char *path, const void *bytes, size_t length);
int sockets_pair(int ends[2]);
/* credentials: pid, uid, gid. */
int sockets_peer(int fd, uint32_t credentials[3]);
/* tcp(7): probes of an idle connection; a number that is not positive stays as the system has it. */
int sockets_keep_alive(int fd, int idle_s, int interval_s, int probe_count);
/* SO_RCVLOWAT of socket(7). 0 or -errno. */
int sockets_low_water(int fd, int bytes);
ssize_t sockets_send(int fd, const void *bytes, size_t length, const int32_t *fds, size_t fd_count);
/* On success *fd_count descriptors are in `fds`. -EMSGSIZE: more than `max_fds` came; all are closed. */
ssize_t sockets_receive(int fd, void *into, size_t length, int32_t *fds, size_t max_fds, size_t *fd_count);

#endif
