/* Shared memory: mmap(2), memfd_create(2), F_ADD_SEALS of fcntl(2), fallocate(2). */
#ifndef LTTNG_TS_MEMORY_H
#define LTTNG_TS_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A shared mapping with several owners: the JavaScript buffer, ring handles, futex waits. */
struct mapping {
  uint8_t *base;
  size_t length;
  bool writable;
  /* The file may be cut while it is mapped: touch it under a guard. */
  bool unsealed;
  atomic_int references;
};

/* Has the memory of `mapping` allocated on `node` from now on if there is room (MPOL_PREFERRED of mbind(2)). */
int memory_prefer_node(const struct mapping *mapping, int node);
/* Maps `length` bytes of `fd`; -EOVERFLOW when the file is shorter. The caller owns one reference. */
int mapping_open(int fd, size_t length, bool writable, struct mapping **out);
void mapping_take(struct mapping *mapping);
/* Drops a reference; the last one unmaps. Safe in any thread. */
void mapping_drop(struct mapping *mapping);

int memory_memfd(const char *name);
int memory_truncate(int fd, int64_t length);
int memory_allocate(int fd, int64_t length);
int memory_add_seals(int fd, int seals);
int memory_get_seals(int fd);
int memory_page_size(void);
/* Length of the file behind `fd`, or -errno. */
int64_t memory_file_length(int fd);

#endif
