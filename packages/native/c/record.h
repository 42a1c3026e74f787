/*
 * The recorder: the state of an application that records, shared by all threads of the process (statics), and the
 * one function that its threads call per event. Nobody's code runs between reserve and commit.
 */
#ifndef LTTNG_TS_RECORD_H
#define LTTNG_TS_RECORD_H

#include "perf.h"
#include "ring.h"

#define RECORD_SLOTS 65536
#define RECORD_MAX_CONTEXT_BYTES 8192
#define RECORD_MAX_CHANNELS 4096
#define RECORD_MAX_RECORDINGS RECORD_MAX_CHANNELS
#define RECORD_MAX_PATCHES 64
/* Perf counters of all channels of the process. */
#define RECORD_PERF_COUNTERS 256

/* Application contexts of the process, and what the value of one may take with its length before it. */
#define RECORD_APPLICATION_CONTEXTS 32
#define RECORD_APPLICATION_BYTES 512

enum context_kind {
  CONTEXT_CONSTANT = 0,
  CONTEXT_VTID,
  CONTEXT_PTHREAD_ID,
  CONTEXT_PROCNAME,
  CONTEXT_CPU,
  /* The n-th patch of this kind is the n-th of `perf_events`. */
  CONTEXT_PERF,
  /* And the number of the application context: its value stands between the bytes before and after `offset`. */
  CONTEXT_APPLICATION = 16
};

/* A value in the context block that is not constant. */
struct context_patch {
  uint32_t kind; /* enum context_kind */
  uint32_t offset;
};

struct record_channel_config {
  struct ring_shape shape;
  uint32_t stream_count;
  uint32_t context_size, context_align;
  uint8_t contexts[RECORD_MAX_CONTEXT_BYTES];
  uint32_t patch_count;
  struct context_patch patches[RECORD_MAX_PATCHES];
  uint32_t perf_count;
  struct perf_event perf_events[RECORD_MAX_PATCHES];
};

struct recording {
  uint32_t bit;
  uint32_t channel;
  uint32_t event_id;
  uint32_t payload_align;
};

/* What a thread has of its own; made by the thread, freed by it when it ends. */
struct record_thread;

/* Arguments of record_emit, in memory that JavaScript writes: cheaper than arguments of a call. */
struct record_arguments {
  uint32_t slot, payload_length, accept_mask;
};

/* Once per process, any thread, repeatable. */
void record_init(void);
uint32_t *record_words(void);
/* A slot, or -ENOSPC. */
int record_allocate_slot(void);
int record_free_slot(uint32_t slot);
/* A channel's number, or -errno (-ENOSPC: no channel or no perf counter is left). `owner`: any address, for record_close_channels_of. */
int record_open_channel(const struct record_channel_config *config, const void *owner);
/* On success the channel owns both descriptors. -EBADMSG: the memory is no ring buffer of that shape. */
int record_add_stream(uint32_t channel, int memory_fd, size_t length, int wakeup_fd);
int record_enable_channel(uint32_t channel, bool enabled);
int record_close_channel(uint32_t channel);
/* Closes what an owner that ends has opened: nobody else would know of it. */
void record_close_channels_of(const void *owner);
/* `flags`: bits of the slot's word that mean no recording. */
int record_set(uint32_t slot, const struct recording *recordings, uint32_t count, uint32_t flags);
void record_quiesce(void);
/* recorded, lost, refused. */
void record_statistics(uint64_t counts[3]);

struct record_thread *record_thread_new(void);
void record_thread_end(struct record_thread *thread);
struct record_arguments *record_thread_arguments(struct record_thread *thread);
/* RECORD_APPLICATION_CONTEXTS values that the thread writes: a length of 16 bits, then tag and value; length 0: none. */
uint8_t *record_thread_applications(struct record_thread *thread);
/* Replaces the scratch memory, which the caller owns and must keep until the next call or the thread's end. */
void record_thread_scratch(struct record_thread *thread, uint8_t *scratch, size_t size);
void record_emit(struct record_thread *thread);

#endif
