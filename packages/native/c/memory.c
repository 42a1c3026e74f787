#define _GNU_SOURCE
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int mapping_open(int fd, size_t length, bool writable, struct mapping **out) {
  int64_t file_length = memory_file_length(fd);
  if (file_length < 0) return (int)file_length;
  /* A touch beyond the last page of the file would be SIGBUS. */
  if ((uint64_t)file_length < length) return -EOVERFLOW;
  struct mapping *mapping = malloc(sizeof *mapping);
  if (mapping == NULL) return -ENOMEM;
  void *base = mmap(NULL, length, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) {
    int error = errno;
    free(mapping);
    return -error;
  }
  mapping->base = base;
  mapping->length = length;
  mapping->writable = writable;
  int seals = memory_get_seals(fd);
  mapping->unsealed = seals < 0 || (seals & F_SEAL_SHRINK) == 0;
  atomic_init(&mapping->references, 1);
  *out = mapping;
  return 0;
}

void mapping_take(struct mapping *mapping) {
  /* Relaxed: whoever takes a reference holds one already. */
  atomic_fetch_add_explicit(&mapping->references, 1, memory_order_relaxed);
}

void mapping_drop(struct mapping *mapping) {
  /* Acquire-release: accesses of all owners come before the unmapping by the last. */
  if (atomic_fetch_sub_explicit(&mapping->references, 1, memory_order_acq_rel) != 1) return;
  munmap(mapping->base, mapping->length);
  free(mapping);
}

int memory_prefer_node(const struct mapping *mapping, int node) {
  unsigned long mask[16] = {0};
  const unsigned long word_bits = 8 * sizeof mask[0];
  if (node < 0 || (unsigned long)node >= 16 * word_bits) return -EINVAL;
  mask[(unsigned long)node / word_bits] = 1ul << ((unsigned long)node % word_bits);
  /* The kernel takes one bit less than it is told. */
  long outcome = syscall(SYS_mbind, mapping->base, mapping->length, MPOL_PREFERRED, mask, 16 * word_bits + 1, 0);
  return outcome < 0 ? -errno : 0;
}

int memory_memfd(const char *name) {
  int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return fd < 0 ? -errno : fd;
}

int memory_truncate(int fd, int64_t length) { return ftruncate(fd, length) < 0 ? -errno : 0; }

int memory_allocate(int fd, int64_t length) {
  while (fallocate(fd, 0, 0, length) < 0) {
    if (errno != EINTR) return -errno;
  }
  return 0;
}

int memory_add_seals(int fd, int seals) { return fcntl(fd, F_ADD_SEALS, seals) < 0 ? -errno : 0; }

int memory_get_seals(int fd) {
  int seals = fcntl(fd, F_GET_SEALS);
  return seals < 0 ? -errno : seals;
}

int memory_page_size(void) { return (int)sysconf(_SC_PAGESIZE); }

int64_t memory_file_length(int fd) {
  struct stat status;
  return fstat(fd, &status) < 0 ? -errno : (int64_t)status.st_size;
}
