/*
 * The algorithms of LTTng-UST's shared-memory ring buffer, for writers and readers alike.
 *
 * Where things lie in memory comes from a descriptor that TypeScript fills from its layout tables; no struct of
 * upstream is here. 64-bit words only. Other processes can write the memory: every offset and index that is read
 * from it is checked, and every loop on it is bounded, so that damaged memory gives an error and never a
 * crash. docs/ring-buffer.md has the vocabulary; packages/ring-buffer/src/model.ts is the specification.
 */
#ifndef LTTNG_TS_RING_H
#define LTTNG_TS_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"

#define RING_MAX_PACKET_HEADER 256
/* Sub-buffers of one stream; upstream's id word has 32 bits, but no machine has memory for more than this. */
#define RING_MAX_SUBBUFFERS (1u << 20)

/* Offsets and strides, in bytes. The binding exports these names, and TypeScript fills them by name. */
#define RING_OFFSETS(X)                                                                            \
  /* words and references of the control struct, from the start of the memory */                  \
  X(offset) X(consumed) X(recordDisabled) X(lastTimestamp) X(readerSubbuffer) X(activeReaders)     \
  X(lostFull) X(lostWrap) X(lostBig) X(heldPosition) X(isHeld)                                     \
  X(hotReference) X(coldReference) X(endTimestampsReference) X(pageReferencesReference)            \
  X(writerSubbuffersReference) X(packetCountersReference)                                          \
  /* tables */                                                                                     \
  X(hotStride) X(hotCommitted) X(hotSequence) X(coldStride) X(coldDelivered) X(endTimestampStride) \
  X(referenceStride) X(referenceOffset) X(pageStride) X(pageDataSize) X(pageMemoryReference)       \
  X(writerSubbufferStride) X(packetCounterStride)                                                  \
  /* packet header */                                                                              \
  X(headerStreamId) X(headerStreamInstanceId) X(headerTimestampBegin) X(headerTimestampEnd)        \
  X(headerContentSize) X(headerPacketSize) X(headerSequenceNumber) X(headerEventsDiscarded) X(headerCpu)

struct ring_offsets {
#define X(name) uint64_t name;
  RING_OFFSETS(X)
#undef X
};

enum ring_record_header { RING_COMPACT = 1, RING_LARGE = 2 };

struct ring_shape {
  uint32_t object_index;
  uint32_t cpu;
  bool overwrite;
  bool wakeup_by_writer;
  bool naturally_aligned;
  enum ring_record_header record_header;
  uint32_t timestamp_bits;
  uint32_t packet_header_size;
  uint64_t subbuffer_size;
  uint64_t subbuffer_count;
  uint64_t page_size;
  /* How long a writer with a stop flag may wait for space, in ms: 0 never, -1 for ever. */
  int32_t blocking_timeout_ms;
  uint8_t packet_header[RING_MAX_PACKET_HEADER];
  struct ring_offsets at;
};

struct ring;

/* Why an operation gave nothing. The order is that of tables in addon.ts. */
enum ring_status {
  RING_OK = 0,
  RING_NO_DATA = 1,
  RING_UNCOMMITTED = 2,
  RING_CORRUPT = 3,
  RING_FULL = 4,
  RING_WRAP = 5,
  RING_BIG = 6,
  RING_DISABLED = 7,
};

/* Checks every reference; RING_CORRUPT when one does not fit. Takes a reference on the mapping. */
enum ring_status ring_open(struct mapping *mapping, const struct ring_shape *shape, int wakeup_fd, struct ring **out);
void ring_close(struct ring *ring);
/* Tests: a clock that stands at *clock_ns instead of CLOCK_MONOTONIC. */
void ring_set_clock(struct ring *ring, const uint64_t *clock_ns);

/* Writer. */

/* Lets writers wait for space as long as the shape says; while `*go_on` holds, and somebody reads. */
void ring_allow_waiting(struct ring *ring, const atomic_bool *go_on);

struct ring_record {
  uint32_t event_id;
  uint32_t context_align;
  uint32_t context_size;
  uint32_t payload_align;
  uint64_t payload_size;
};

/* A reserved record. `memory` is the sub-buffer; offsets are in it. */
struct ring_slot {
  uint8_t *memory;
  uint64_t begin;          /* position */
  uint64_t end;            /* position */
  uint64_t size;           /* what commit adds: end - begin */
  uint64_t timestamp;
  uint64_t lost_sample;
  bool extended;           /* extended record header */
  bool has_lost_sample;
  uint32_t context_offset; /* from `memory` */
  uint32_t payload_offset;
};

/* Reserves space and writes the record header; the caller copies contexts and payload, then commits. */
enum ring_status ring_reserve(struct ring *ring, const struct ring_record *record, struct ring_slot *slot);
void ring_commit(struct ring *ring, const struct ring_slot *slot);
/* Takes the record back; `false`: something followed it, so it must be committed. */
bool ring_discard(struct ring *ring, const struct ring_slot *slot);

/* Both sides. */

/* Closes the current packet; `final` also makes an empty one. */
void ring_flush(struct ring *ring, bool final);

/* Reader. */

struct ring_packet {
  uint64_t position, memory_offset, data_size, padded_size;
  uint64_t timestamp_begin, timestamp_end, content_bits, packet_bits, sequence, discarded;
  uint64_t stream_id, stream_instance_id, cpu;
};

bool ring_activate(struct ring *ring);
void ring_deactivate(struct ring *ring);
enum ring_status ring_next(struct ring *ring, struct ring_packet *packet);
enum ring_status ring_get(struct ring *ring, uint64_t position, struct ring_packet *packet);
void ring_put(struct ring *ring);
void ring_put_next(struct ring *ring);
bool ring_has_data(const struct ring *ring);
void ring_clear(struct ring *ring);
void ring_positions(const struct ring *ring, uint64_t *produced, uint64_t *consumed);
void ring_lost(const struct ring *ring, uint64_t lost[3]);

struct ring_recovery {
  uint64_t completed; /* sub-buffers that are delivered now */
  uint64_t truncated; /* of these, how many lost content */
  uint64_t dropped;   /* bytes behind what is known to be whole, free space included */
};
/*
 * Delivers the sub-buffers before `through` that writers who are gone left uncommitted. The caller knows that no
 * living writer has a reservation there: docs/robustness.md "Dead writers". What was committed without a gap from
 * the beginning is kept, the rest is dropped, and one lost record is counted. RING_UNCOMMITTED: somebody is in there all the same,
 * or a packet is held.
 */
enum ring_status ring_recover(struct ring *ring, uint64_t through, struct ring_recovery *recovery);
/* Whether a sub-buffer before `through` waits for its writers. */
bool ring_has_uncommitted(const struct ring *ring, uint64_t through);
/* The count of discarded records in the header of the packet that is held. */
void ring_set_discarded(struct ring *ring, uint64_t discarded);
struct mapping *ring_mapping(const struct ring *ring);
/* The memory is gone: nothing is held any more. */
void ring_abandon(struct ring *ring);
/* hot committed, hot sequence, cold delivered of one sub-buffer; RING_CORRUPT for a bad index. */
enum ring_status ring_counters(const struct ring *ring, uint64_t index, uint64_t counters[3]);

#endif
