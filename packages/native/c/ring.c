#define _GNU_SOURCE
#include "ring.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "descriptors.h"

typedef _Atomic uint64_t word;

/* Sub-buffer id in overwrite mode: index, "no writer refers to it", number of the pass. */
#define ID_INDEX UINT64_C(0xffffffff)
#define ID_NOREF (UINT64_C(1) << 32)
#define ID_PASS_SHIFT 33

/* A loop on shared memory that a peer could keep from ending gives up after so many rounds. */
#define MAX_ROUNDS 100000

struct page {
  word *data_size;
  uint8_t *memory;
};

struct ring {
  struct mapping *mapping;
  struct ring_shape shape;
  int wakeup_fd;
  uint32_t subbuffer_order, buffer_order, count_order;
  uint64_t subbuffer_mask, buffer_size, commit_mask;
  uint32_t page_count;
  const uint64_t *test_clock;
  const atomic_bool *go_on; /* writers wait for space while it holds; NULL: never */
  atomic_uint_fast64_t given_up_at; /* write position + 1 at which nobody waits for an unfinished record any more */
  /* words of the control struct */
  word *offset, *consumed, *last_timestamp, *reader_subbuffer, *active_readers, *held_position;
  word *lost_full, *lost_wrap, *lost_big;
  _Atomic uint32_t *record_disabled;
  uint8_t *is_held;
  /* tables */
  uint8_t *hot, *cold, *end_timestamps, *writer_subbuffers, *packet_counters;
  /* reader: our own copy, because the one in shared memory could be damaged */
  uint64_t reader_id;
  uint64_t held;
  bool holding;
  struct page pages[];
};

/* Position arithmetic: docs/ring-buffer.md "Positions". All modulo 2^64. */
static inline uint64_t sub_offset(const struct ring *r, uint64_t at) { return at & r->subbuffer_mask; }
static inline uint64_t sub_trunc(const struct ring *r, uint64_t at) { return at & ~r->subbuffer_mask; }
static inline uint64_t next_sub(const struct ring *r, uint64_t at) {
  return (at + r->shape.subbuffer_size) & ~r->subbuffer_mask;
}
static inline uint64_t sub_index(const struct ring *r, uint64_t at) {
  return (at & (r->buffer_size - 1)) >> r->subbuffer_order;
}
/* What the counters of a position's sub-buffer show when the pass before it is delivered. */
static inline uint64_t expectation(const struct ring *r, uint64_t at) {
  return (at & ~(r->buffer_size - 1)) >> r->count_order;
}
static inline uint64_t pass_bits(const struct ring *r, uint64_t at) {
  return (at >> r->buffer_order) << ID_PASS_SHIFT;
}

static inline word *hot_committed(const struct ring *r, uint64_t index) {
  return (word *)(void *)(r->hot + index * r->shape.at.hotStride + r->shape.at.hotCommitted);
}
static inline word *hot_sequence(const struct ring *r, uint64_t index) {
  return (word *)(void *)(r->hot + index * r->shape.at.hotStride + r->shape.at.hotSequence);
}
static inline word *cold_delivered(const struct ring *r, uint64_t index) {
  return (word *)(void *)(r->cold + index * r->shape.at.coldStride + r->shape.at.coldDelivered);
}
static inline word *end_timestamp(const struct ring *r, uint64_t index) {
  return (word *)(void *)(r->end_timestamps + index * r->shape.at.endTimestampStride);
}
static inline word *writer_subbuffer(const struct ring *r, uint64_t index) {
  return (word *)(void *)(r->writer_subbuffers + index * r->shape.at.writerSubbufferStride);
}
static inline word *packet_counter(const struct ring *r, uint64_t index) {
  return (word *)(void *)(r->packet_counters + index * r->shape.at.packetCounterStride);
}

static inline uint64_t load(const word *at) { return atomic_load_explicit(at, memory_order_relaxed); }
/* Acquire: what the storer wrote before its release store or RMW is visible after. */
static inline uint64_t load_acquire(const word *at) { return atomic_load_explicit(at, memory_order_acquire); }
static inline void store(word *at, uint64_t value) { atomic_store_explicit(at, value, memory_order_relaxed); }
/* Sequentially consistent, as upstream's uatomic_cmpxchg is: pairs with every load_acquire of the word. */
static inline bool swap(word *at, uint64_t old, uint64_t new) {
  return atomic_compare_exchange_strong_explicit(at, &old, new, memory_order_seq_cst, memory_order_relaxed);
}

static inline uint64_t monotonic_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static inline uint64_t clock_now(const struct ring *r) {
  return r->test_clock != NULL ? *r->test_clock : monotonic_ns();
}

static inline uint64_t align_up(uint64_t value, uint64_t align) { return (value + align - 1) & ~(align - 1); }

/* The memory behind a writer's sub-buffer, or NULL when the table is damaged. */
static inline const struct page *page_of(const struct ring *r, uint64_t index) {
  uint64_t id = load(writer_subbuffer(r, index)) & ID_INDEX;
  return id < r->page_count ? &r->pages[id] : NULL;
}

/* ---- opening ---------------------------------------------------------------------------------- */

static bool in_bounds(const struct mapping *m, uint64_t at, uint64_t size) {
  return at <= m->length && size <= m->length - at;
}

/* Resolves the reference at `at` to memory of `size` bytes; NULL when it leads elsewhere. */
static uint8_t *resolve(const struct ring *r, uint64_t at, uint64_t size, uint64_t align) {
  const struct mapping *m = r->mapping;
  if (!in_bounds(m, at, r->shape.at.referenceStride) || at % 8 != 0) return NULL;
  const word *index = (const word *)(void *)(m->base + at);
  const word *offset = (const word *)(void *)(m->base + at + r->shape.at.referenceOffset);
  uint64_t target = load(offset);
  if (load(index) != r->shape.object_index || target % align != 0 || !in_bounds(m, target, size)) return NULL;
  return m->base + target;
}

static bool is_power_of_two(uint64_t value) { return value != 0 && (value & (value - 1)) == 0; }

static uint32_t order_of(uint64_t power) { return (uint32_t)__builtin_ctzll(power); }

static bool is_sane(const struct mapping *m, const struct ring_shape *s) {
  const uint64_t *offsets = (const uint64_t *)(const void *)&s->at;
  for (size_t i = 0; i < sizeof s->at / sizeof *offsets; i++) {
    if (offsets[i] > (1u << 20)) return false;
  }
  const struct ring_offsets *at = &s->at;
  uint64_t words[] = {at->offset, at->consumed, at->lastTimestamp, at->readerSubbuffer, at->activeReaders,
                      at->lostFull, at->lostWrap, at->lostBig, at->heldPosition};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (words[i] % 8 != 0 || !in_bounds(m, words[i], 8)) return false;
  }
  uint64_t strides[] = {at->hotStride, at->coldStride, at->endTimestampStride, at->writerSubbufferStride,
                        at->packetCounterStride, at->referenceStride, at->pageStride};
  for (size_t i = 0; i < sizeof strides / sizeof *strides; i++) {
    if (strides[i] % 8 != 0 || strides[i] == 0) return false;
  }
  if (at->hotCommitted + 8 > at->hotStride || at->hotSequence + 8 > at->hotStride ||
      at->coldDelivered + 8 > at->coldStride || at->referenceOffset + 8 > at->referenceStride ||
      at->pageDataSize + 8 > at->pageStride || at->pageMemoryReference + at->referenceStride > at->pageStride ||
      (at->hotCommitted | at->hotSequence | at->coldDelivered | at->referenceOffset | at->pageDataSize |
       at->pageMemoryReference) % 8 != 0) {
    return false;
  }
  uint64_t header[] = {at->headerTimestampBegin, at->headerTimestampEnd, at->headerContentSize, at->headerPacketSize,
                       at->headerSequenceNumber, at->headerEventsDiscarded, at->headerStreamInstanceId};
  for (size_t i = 0; i < sizeof header / sizeof *header; i++) {
    if (header[i] + 8 > s->packet_header_size) return false;
  }
  return at->headerCpu + 4 <= s->packet_header_size && at->headerStreamId + 4 <= s->packet_header_size &&
         at->recordDisabled % 4 == 0 && in_bounds(m, at->recordDisabled, 4) && in_bounds(m, at->isHeld, 1) &&
         is_power_of_two(s->subbuffer_size) && is_power_of_two(s->subbuffer_count) &&
         s->subbuffer_count <= RING_MAX_SUBBUFFERS && is_power_of_two(s->page_size) &&
         s->subbuffer_size <= m->length && s->packet_header_size < s->subbuffer_size &&
         s->packet_header_size <= RING_MAX_PACKET_HEADER && s->timestamp_bits > 0 && s->timestamp_bits <= 32 &&
         (s->subbuffer_count > 1 || !s->overwrite);
}

enum ring_status ring_open(struct mapping *mapping, const struct ring_shape *shape, int wakeup_fd,
                           struct ring **out) {
  if (!mapping->writable || !is_sane(mapping, shape)) return RING_CORRUPT;
  uint32_t page_count = (uint32_t)shape->subbuffer_count + (shape->overwrite ? 1 : 0);
  struct ring *r = calloc(1, sizeof *r + page_count * sizeof(struct page));
  if (r == NULL) return RING_CORRUPT;
  r->mapping = mapping;
  r->shape = *shape;
  r->wakeup_fd = wakeup_fd;
  r->page_count = page_count;
  r->subbuffer_order = order_of(shape->subbuffer_size);
  r->count_order = order_of(shape->subbuffer_count);
  r->buffer_order = r->subbuffer_order + r->count_order;
  r->subbuffer_mask = shape->subbuffer_size - 1;
  r->buffer_size = shape->subbuffer_size * shape->subbuffer_count;
  r->commit_mask = UINT64_MAX >> r->count_order;

  const struct ring_offsets *at = &shape->at;
  uint8_t *base = mapping->base;
  r->offset = (word *)(void *)(base + at->offset);
  r->consumed = (word *)(void *)(base + at->consumed);
  r->last_timestamp = (word *)(void *)(base + at->lastTimestamp);
  r->reader_subbuffer = (word *)(void *)(base + at->readerSubbuffer);
  r->active_readers = (word *)(void *)(base + at->activeReaders);
  r->held_position = (word *)(void *)(base + at->heldPosition);
  r->lost_full = (word *)(void *)(base + at->lostFull);
  r->lost_wrap = (word *)(void *)(base + at->lostWrap);
  r->lost_big = (word *)(void *)(base + at->lostBig);
  r->record_disabled = (_Atomic uint32_t *)(void *)(base + at->recordDisabled);
  r->is_held = base + at->isHeld;

  uint64_t n = shape->subbuffer_count;
  r->hot = resolve(r, at->hotReference, n * at->hotStride, 8);
  r->cold = resolve(r, at->coldReference, n * at->coldStride, 8);
  r->end_timestamps = resolve(r, at->endTimestampsReference, n * at->endTimestampStride, 8);
  r->writer_subbuffers = resolve(r, at->writerSubbuffersReference, n * at->writerSubbufferStride, 8);
  r->packet_counters = resolve(r, at->packetCountersReference, n * at->packetCounterStride, 8);
  uint8_t *references = resolve(r, at->pageReferencesReference, page_count * at->referenceStride, 8);
  bool fits = r->hot != NULL && r->cold != NULL && r->end_timestamps != NULL && r->writer_subbuffers != NULL &&
              r->packet_counters != NULL && references != NULL;
  for (uint32_t i = 0; fits && i < page_count; i++) {
    uint64_t reference = (uint64_t)(references - base) + i * at->referenceStride;
    uint8_t *page = resolve(r, reference, at->pageStride, 8);
    if (page == NULL) {
      fits = false;
      break;
    }
    r->pages[i].data_size = (word *)(void *)(page + at->pageDataSize);
    r->pages[i].memory =
        resolve(r, (uint64_t)(page - base) + at->pageMemoryReference, shape->subbuffer_size, 8);
    fits = r->pages[i].memory != NULL;
  }
  r->reader_id = load(r->reader_subbuffer);
  if (!fits || (r->reader_id & ID_INDEX) >= page_count) {
    free(r);
    return RING_CORRUPT;
  }
  mapping_take(mapping);
  *out = r;
  return RING_OK;
}

void ring_close(struct ring *r) {
  /* Memory that may be gone is left as it is. */
  if (r->holding && !r->mapping->unsealed) ring_put(r);
  mapping_drop(r->mapping);
  free(r);
}

void ring_set_clock(struct ring *r, const uint64_t *clock_ns) { r->test_clock = clock_ns; }

/* ---- delivery --------------------------------------------------------------------------------- */

static void put64(uint8_t *memory, uint64_t offset, uint64_t value) { memcpy(memory + offset, &value, 8); }
static uint64_t get64(const uint8_t *memory, uint64_t offset) {
  uint64_t value;
  memcpy(&value, memory + offset, 8);
  return value;
}
static void put32(uint8_t *memory, uint64_t offset, uint32_t value) { memcpy(memory + offset, &value, 4); }
static uint32_t get32(const uint8_t *memory, uint64_t offset) {
  uint32_t value;
  memcpy(&value, memory + offset, 4);
  return value;
}

static uint64_t lost_total(const struct ring *r) { return load(r->lost_full) + load(r->lost_wrap) + load(r->lost_big); }

/* Whether the packet at the read position is delivered and not the writers' current one. */
bool ring_has_data(const struct ring *r) {
  uint64_t consumed = load_acquire(r->consumed);
  uint64_t delivered = load_acquire(cold_delivered(r, sub_index(r, consumed)));
  uint64_t produced = load_acquire(r->offset);
  if (((delivered - r->shape.subbuffer_size) & r->commit_mask) != expectation(r, consumed)) return false;
  return sub_trunc(r, produced) != sub_trunc(r, consumed);
}

/* Upstream's rule: contiguous commits are marked in the counters for crash extraction. */
static void update_sequence(struct ring *r, uint64_t index, uint64_t end, uint64_t committed) {
  if (sub_offset(r, end - committed) != 0) return;
  word *sequence = hot_sequence(r, index);
  if ((int64_t)(load(sequence) - committed) < 0) store(sequence, committed);
}

/* Completes the header of a packet whose bytes are all there, and lets the reader take it. */
static void deliver(struct ring *r, uint64_t position, const struct page *page, uint64_t discarded) {
  uint64_t index = sub_index(r, position);
  const struct ring_offsets *at = &r->shape.at;
  uint64_t data_size = load(page->data_size);
  put64(page->memory, at->headerTimestampEnd, load(end_timestamp(r, index)));
  put64(page->memory, at->headerContentSize, data_size * 8);
  put64(page->memory, at->headerPacketSize, align_up(data_size, r->shape.page_size) * 8);
  put64(page->memory, at->headerEventsDiscarded, discarded);
  store(packet_counter(r, index), load(packet_counter(r, index)) + 1);
  if (r->shape.overwrite) {
    /* Release: header and records come before the id that lets the reader take the sub-buffer. */
    uint64_t id = (load(writer_subbuffer(r, index)) & ID_INDEX) | ID_NOREF | pass_bits(r, position);
    atomic_store_explicit(writer_subbuffer(r, index), id, memory_order_seq_cst);
  }
}

/*
 * Delivers the sub-buffer of `position` when `committed` says that the pass is complete. `lost_sample` is the
 * count of lost records when the packet was closed, if this writer closed it.
 */
static void check_deliver(struct ring *r, uint64_t position, uint64_t committed, bool has_sample, uint64_t sample) {
  uint64_t index = sub_index(r, position);
  uint64_t before = committed - r->shape.subbuffer_size;
  if (expectation(r, position) != (before & r->commit_mask)) return;
  word *delivered = cold_delivered(r, index);
  /* Only one of the writers that see the complete pass may deliver it; the others find another value. */
  if (!swap(delivered, before, before + 1)) return;

  const struct page *page = page_of(r, index);
  if (page != NULL) {
    /* A writer that closed the packet but did not deliver it has left its sample in the header. */
    uint64_t left = get64(page->memory, r->shape.at.headerEventsDiscarded);
    deliver(r, position, page, has_sample ? sample : left != 0 ? left : lost_total(r));
  }
  /* Sequentially consistent: pairs with load_acquire of the reader, and orders the store before the loads below. */
  atomic_store_explicit(delivered, committed, memory_order_seq_cst);
  /* Release: a crash reader that sees the sequence sees what was committed. */
  atomic_store_explicit(hot_sequence(r, index), committed, memory_order_release);
  if (r->shape.wakeup_by_writer && r->wakeup_fd >= 0 && load(r->active_readers) != 0 && ring_has_data(r)) {
    /* A hint: a full pipe holds hints enough, and a reader that left needs none. */
    (void)descriptors_write(r->wakeup_fd, "", 1);
  }
}

/* Adds committed bytes to the sub-buffer of `position`, its last byte, and delivers it if that completes it. */
static void commit_bytes(struct ring *r, uint64_t position, uint64_t size, uint64_t end, bool has_sample,
                         uint64_t sample) {
  uint64_t index = sub_index(r, position);
  /* Acquire-release: the bytes come before the count; and the one who completes the count sees all of them. */
  uint64_t committed = atomic_fetch_add_explicit(hot_committed(r, index), size, memory_order_acq_rel) + size;
  check_deliver(r, position, committed, has_sample, sample);
  update_sequence(r, index, end, committed);
}

/* ---- writer ----------------------------------------------------------------------------------- */

/* Overwrite: moves the read position out of the sub-buffer that a writer is about to enter. */
static void push_reader(struct ring *r, uint64_t position) {
  if (!r->shape.overwrite) return;
  for (int round = 0; round < MAX_ROUNDS; round++) {
    uint64_t consumed = load(r->consumed);
    if (sub_trunc(r, position) - sub_trunc(r, consumed) < r->buffer_size) return;
    swap(r->consumed, consumed, next_sub(r, consumed));
  }
}

/* Overwrite: tells the reader that a writer refers to the sub-buffer. Comes before any data. */
static void clear_noref(struct ring *r, uint64_t position) {
  if (!r->shape.overwrite) return;
  word *slot = writer_subbuffer(r, sub_index(r, position));
  for (int round = 0; round < MAX_ROUNDS; round++) {
    uint64_t id = load(slot);
    if ((id & ID_NOREF) == 0 || swap(slot, id, id & ~ID_NOREF)) return;
  }
}

/* Where the parts of a record lie that starts at `at` in its sub-buffer; returns where it ends. */
static uint64_t lay_out(const struct ring *r, const struct ring_record *record, uint64_t at, bool full_timestamp,
                        struct ring_slot *slot) {
  bool compact = r->shape.record_header == RING_COMPACT;
  slot->extended = full_timestamp || record->event_id > (compact ? 30u : 65534u);
  if (!r->shape.naturally_aligned) {
    at += compact ? (slot->extended ? 13 : 4) : (slot->extended ? 14 : 6);
    slot->context_offset = (uint32_t)at;
    slot->payload_offset = (uint32_t)at + record->context_size;
    return at + record->context_size + record->payload_size;
  }
  if (compact) {
    at = align_up(at, 4);
    at = slot->extended ? align_up(align_up(at + 1, 4) + 4, 8) + 8 : at + 4;
  } else {
    at = align_up(at, 2) + 2;
    at = slot->extended ? align_up(align_up(at, 4) + 4, 8) + 8 : align_up(at, 4) + 4;
  }
  if (record->context_size > 0) at = align_up(at, record->context_align);
  slot->context_offset = (uint32_t)at;
  at += record->context_size;
  if (record->payload_size > 0) at = align_up(at, record->payload_align);
  slot->payload_offset = (uint32_t)at;
  return at + record->payload_size;
}

static void write_record_header(const struct ring *r, const struct ring_record *record, const struct ring_slot *slot) {
  uint8_t *m = slot->memory;
  uint64_t at = sub_offset(r, slot->begin);
  bool natural = r->shape.naturally_aligned;
  if (r->shape.record_header == RING_COMPACT) {
    if (natural) at = align_up(at, 4);
    if (!slot->extended) {
      put32(m, at, (record->event_id & 31) | ((uint32_t)slot->timestamp << 5));
      return;
    }
    m[at++] = 31;
  } else {
    if (natural) at = align_up(at, 2);
    uint16_t id = slot->extended ? 65535 : (uint16_t)record->event_id;
    memcpy(m + at, &id, 2);
    at += 2;
    if (!slot->extended) {
      put32(m, natural ? align_up(at, 4) : at, (uint32_t)slot->timestamp);
      return;
    }
  }
  if (natural) at = align_up(at, 4);
  put32(m, at, record->event_id);
  at += 4;
  if (natural) at = align_up(at, 8);
  put64(m, at, slot->timestamp);
}

static void write_packet_header(struct ring *r, uint64_t position, uint64_t timestamp) {
  uint64_t index = sub_index(r, position);
  const struct page *page = page_of(r, index);
  if (page == NULL) return;
  const struct ring_offsets *at = &r->shape.at;
  memcpy(page->memory, r->shape.packet_header, r->shape.packet_header_size);
  put64(page->memory, at->headerTimestampBegin, timestamp);
  put64(page->memory, at->headerTimestampEnd, 0);
  put64(page->memory, at->headerContentSize, UINT64_MAX);
  put64(page->memory, at->headerPacketSize, UINT64_MAX);
  put64(page->memory, at->headerSequenceNumber, r->shape.subbuffer_count * load(packet_counter(r, index)) + index);
  put64(page->memory, at->headerEventsDiscarded, 0);
  put32(page->memory, at->headerCpu, r->shape.cpu);
}

/* Notes size and end of the packet whose last byte is at `last`. Comes before its bytes are counted. */
static void note_end(struct ring *r, uint64_t last, uint64_t timestamp, uint64_t sample) {
  uint64_t index = sub_index(r, last);
  const struct page *page = page_of(r, index);
  if (page != NULL) {
    store(page->data_size, sub_offset(r, last) + 1);
    /* Differs from upstream: the sample also waits in the header, because another writer may deliver. */
    put64(page->memory, r->shape.at.headerEventsDiscarded, sample);
  }
  store(end_timestamp(r, index), timestamp);
}

static void close_packet(struct ring *r, uint64_t end, uint64_t timestamp, uint64_t sample) {
  note_end(r, end - 1, timestamp, sample);
  uint64_t padding = r->shape.subbuffer_size - (sub_offset(r, end - 1) + 1);
  commit_bytes(r, end - 1, padding, end + padding, true, sample);
}

static void open_packet(struct ring *r, uint64_t after_header, uint64_t timestamp, bool has_sample, uint64_t sample) {
  write_packet_header(r, after_header - 1, timestamp);
  commit_bytes(r, after_header - 1, r->shape.packet_header_size, after_header, has_sample, sample);
}

/* Whether the sub-buffer of `position` (any in it) may be entered. RING_OK, RING_FULL, RING_WRAP. */
static enum ring_status check_free(const struct ring *r, uint64_t position) {
  uint64_t delivered = load_acquire(cold_delivered(r, sub_index(r, position)));
  if (expectation(r, position) != (delivered & r->commit_mask)) return RING_WRAP;
  if (r->shape.overwrite) return RING_OK;
  return sub_trunc(r, position) - sub_trunc(r, load_acquire(r->consumed)) < r->buffer_size ? RING_OK : RING_FULL;
}

static inline bool needs_full_timestamp(const struct ring *r, uint64_t timestamp) {
  return ((timestamp - load(r->last_timestamp)) >> r->shape.timestamp_bits) != 0;
}

static enum ring_status lose(word *counter, enum ring_status why) {
  atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
  return why;
}

void ring_allow_waiting(struct ring *r, const atomic_bool *go_on) { r->go_on = go_on; }

/* The longest step of a wait: also how late a writer sees that there is space. */
#define MAX_STEP_MS 10

/* How long to wait for another writer that has not finished its record: it may have died in it. */
#define MAX_UNFINISHED_MS 1000

struct wait {
  uint64_t began_ns;
  uint64_t unfinished_since_ns; /* 0: the last wait was not for another writer */
  int step_ms;
};

/* Waits a moment for the reader to make room; `false` when it is no use, or has been long enough. */
static bool wait_for_space(const struct ring *r, struct wait *wait) {
  if (r->go_on == NULL || r->shape.blocking_timeout_ms == 0) return false;
  uint64_t now = monotonic_ns();
  if (wait->step_ms == 0) {
    wait->began_ns = now;
    wait->step_ms = 1;
  }
  int64_t step = wait->step_ms;
  if (r->shape.blocking_timeout_ms > 0) {
    int64_t left = r->shape.blocking_timeout_ms - (int64_t)((now - wait->began_ns) / 1000000u);
    if (left <= 0) return false;
    if (step > left) step = left;
  }
  if (wait->step_ms < MAX_STEP_MS) wait->step_ms *= 2;
  /* Differs from upstream: nobody waits for a reader that is gone; the read end of its pipe is closed then. */
  struct pollfd reader = {.fd = r->wakeup_fd, .events = 0};
  if (poll(&reader, 1, (int)step) > 0) return false;
  return atomic_load_explicit(r->go_on, memory_order_acquire);
}

/* Waits a moment for another writer to finish its record in the sub-buffer that comes next; `false` as above.
 * Differs from upstream: it discards at once. There a writer that has lost its processor in the middle of a record
 * costs the others every record of a whole round of the buffer, though the channel says that they wait. */
static bool wait_for_writer(struct ring *r, uint64_t old, struct wait *wait) {
  if (atomic_load_explicit(&r->given_up_at, memory_order_relaxed) == old + 1) return false;
  if (wait->unfinished_since_ns == 0) wait->unfinished_since_ns = monotonic_ns();
  if (!wait_for_space(r, wait)) return false;
  if (monotonic_ns() - wait->unfinished_since_ns < MAX_UNFINISHED_MS * UINT64_C(1000000)) return true;
  atomic_store_explicit(&r->given_up_at, old + 1, memory_order_relaxed);
  return false;
}

static enum ring_status reserve_slow(struct ring *r, const struct ring_record *record, struct ring_slot *slot) {
  uint64_t capacity = r->shape.subbuffer_size;
  struct wait wait = {0};
  for (int round = 0; round < MAX_ROUNDS; round++) {
    uint64_t old = load_acquire(r->offset);
    uint64_t timestamp = clock_now(r);
    bool full_timestamp = needs_full_timestamp(r, timestamp);
    uint64_t begin = old;
    bool old_end = false, new_start = false;
    uint64_t end_in_sub = lay_out(r, record, sub_offset(r, begin), full_timestamp, slot);
    if (sub_offset(r, begin) == 0) {
      new_start = true;
    } else if (end_in_sub > capacity) {
      old_end = new_start = true;
    }
    if (new_start) {
      uint64_t start = old_end ? next_sub(r, begin) : begin;
      enum ring_status status = check_free(r, start);
      /* The counters belong to the position only if nobody moved on meanwhile. */
      if (load_acquire(r->offset) != old) continue;
      if (status == RING_FULL) wait.unfinished_since_ns = 0;
      if (status == RING_FULL ? wait_for_space(r, &wait) : status == RING_WRAP && wait_for_writer(r, old, &wait)) {
        /* A wait is no sign of a loop that others keep from ending. */
        round = 0;
        continue;
      }
      if (status != RING_OK) return lose(status == RING_FULL ? r->lost_full : r->lost_wrap, status);
      begin = start + r->shape.packet_header_size;
      end_in_sub = lay_out(r, record, r->shape.packet_header_size, full_timestamp, slot);
      if (end_in_sub > capacity) return lose(r->lost_big, RING_BIG);
    }
    uint64_t end = sub_trunc(r, begin) + end_in_sub;
    bool new_end = sub_offset(r, end) == 0;
    uint64_t sample = lost_total(r);
    if (!swap(r->offset, old, end)) continue;

    store(r->last_timestamp, timestamp);
    push_reader(r, end - 1);
    clear_noref(r, end - 1);
    if (old_end) {
      clear_noref(r, old - 1);
      close_packet(r, old, timestamp, sample);
    }
    if (new_start) open_packet(r, begin, timestamp, new_end, sample);
    if (new_end) note_end(r, end - 1, timestamp, sample);
    slot->begin = begin;
    slot->end = end;
    slot->timestamp = timestamp;
    slot->has_lost_sample = new_end;
    slot->lost_sample = sample;
    return RING_OK;
  }
  return RING_CORRUPT;
}

static inline enum ring_status reserve_fast(struct ring *r, const struct ring_record *record, struct ring_slot *slot) {
  uint64_t old = load_acquire(r->offset);
  uint64_t timestamp = clock_now(r);
  uint64_t in_sub = sub_offset(r, old);
  if (in_sub == 0) return reserve_slow(r, record, slot);
  uint64_t end_in_sub = lay_out(r, record, in_sub, needs_full_timestamp(r, timestamp), slot);
  if (end_in_sub >= r->shape.subbuffer_size) return reserve_slow(r, record, slot);
  uint64_t end = old - in_sub + end_in_sub;
  if (!swap(r->offset, old, end)) return reserve_slow(r, record, slot);
  store(r->last_timestamp, timestamp);
  push_reader(r, end - 1);
  clear_noref(r, end - 1);
  slot->begin = old;
  slot->end = end;
  slot->timestamp = timestamp;
  slot->has_lost_sample = false;
  return RING_OK;
}

enum ring_status ring_reserve(struct ring *r, const struct ring_record *record, struct ring_slot *slot) {
  if (atomic_load_explicit(r->record_disabled, memory_order_relaxed) != 0) return RING_DISABLED;
  /* Larger than any sub-buffer: also keeps the sums below from wrapping around. */
  if (record->payload_size > r->shape.subbuffer_size || record->context_size > r->shape.subbuffer_size) {
    return lose(r->lost_big, RING_BIG);
  }
  enum ring_status status = reserve_fast(r, record, slot);
  if (status != RING_OK) return status;
  slot->size = slot->end - slot->begin;
  const struct page *page = page_of(r, sub_index(r, slot->begin));
  if (page == NULL) {
    /* The id table is damaged: keep the counters whole, so that others are not stuck, and write nowhere. */
    ring_commit(r, slot);
    return RING_CORRUPT;
  }
  slot->memory = page->memory;
  write_record_header(r, record, slot);
  return RING_OK;
}

void ring_commit(struct ring *r, const struct ring_slot *slot) {
  commit_bytes(r, slot->end - 1, slot->size, slot->end, slot->has_lost_sample, slot->lost_sample);
}

bool ring_discard(struct ring *r, const struct ring_slot *slot) {
  /* Zero makes the next record carry a full timestamp, whoever writes it. */
  store(r->last_timestamp, 0);
  return swap(r->offset, slot->end, slot->begin);
}

/* ---- flush ------------------------------------------------------------------------------------ */

void ring_flush(struct ring *r, bool final) {
  for (int round = 0; round < MAX_ROUNDS; round++) {
    uint64_t old = load_acquire(r->offset);
    uint64_t timestamp = clock_now(r);
    bool empty = sub_offset(r, old) == 0;
    if (empty) {
      if (!final) return;
      enum ring_status status = check_free(r, old);
      if (load_acquire(r->offset) != old) continue;
      if (status != RING_OK) return;
    }
    uint64_t sample = lost_total(r);
    if (!swap(r->offset, old, next_sub(r, old))) continue;
    store(r->last_timestamp, timestamp);
    push_reader(r, old);
    uint64_t end = old;
    if (empty) {
      clear_noref(r, old);
      end = old + r->shape.packet_header_size;
      open_packet(r, end, timestamp, true, sample);
    } else {
      clear_noref(r, old - 1);
    }
    close_packet(r, end, timestamp, sample);
    return;
  }
}

/* ---- dead writers ----------------------------------------------------------------------------- */

/* Bytes of the sub-buffer at `position` that are committed without a gap, of this pass. */
static uint64_t contiguous_bytes(const struct ring *r, uint64_t position) {
  int64_t bytes = (int64_t)(load_acquire(hot_sequence(r, sub_index(r, position))) - expectation(r, position));
  if (bytes <= 0) return 0;
  return (uint64_t)bytes < r->shape.subbuffer_size ? (uint64_t)bytes : r->shape.subbuffer_size;
}

/* The positions of the sub-buffers that a ring holds: from `first`, before `end`; closed ones before `open`. */
struct held_range {
  uint64_t first, open, end;
};

static struct held_range held_range(const struct ring *r, uint64_t produced) {
  uint64_t open = sub_trunc(r, produced);
  uint64_t end = open == produced ? open : open + r->shape.subbuffer_size;
  return (struct held_range){.first = end > r->buffer_size ? end - r->buffer_size : 0, .open = open, .end = end};
}

bool ring_has_uncommitted(const struct ring *r, uint64_t through) {
  struct held_range range = held_range(r, load_acquire(r->offset));
  for (uint64_t at = range.first; at < range.open && at < through; at += r->shape.subbuffer_size) {
    uint64_t delivered = load_acquire(cold_delivered(r, sub_index(r, at)));
    if (delivered != expectation(r, at) + r->shape.subbuffer_size) return true;
  }
  return false;
}

/* Makes what is whole of a sub-buffer a packet of its own, which ends at `bound` at the latest. */
static void truncate_packet(struct ring *r, uint64_t position, const struct page *page, uint64_t bound) {
  uint64_t index = sub_index(r, position);
  uint64_t kept = contiguous_bytes(r, position);
  if (kept < r->shape.packet_header_size) {
    write_packet_header(r, position, bound);
    kept = r->shape.packet_header_size;
  }
  store(page->data_size, kept);
  uint64_t begin = get64(page->memory, r->shape.at.headerTimestampBegin);
  uint64_t end = load(end_timestamp(r, index));
  /* One that is not of this pass comes before the beginning. */
  if (end <= begin || end > bound) store(end_timestamp(r, index), bound > begin ? bound : begin);
}

static enum ring_status recover_one(struct ring *r, uint64_t position, uint64_t bound, struct ring_recovery *recovery) {
  uint64_t index = sub_index(r, position);
  uint64_t before = expectation(r, position);
  uint64_t complete = before + r->shape.subbuffer_size;
  word *delivered = cold_delivered(r, index);
  uint64_t seen = load_acquire(delivered);
  if (seen == complete) return RING_OK;
  uint64_t committed = load_acquire(hot_committed(r, index));
  const struct page *page = page_of(r, index);
  /* "+ 1": its last writer died while it delivered. */
  if ((seen != before && seen != before + 1) || committed < before || committed > complete || page == NULL) {
    return RING_CORRUPT;
  }
  /* Each pass is delivered once. */
  uint64_t pass = position >> r->buffer_order;
  store(packet_counter(r, index), pass);
  if (committed != complete) {
    if (seen != before) return RING_CORRUPT;
    if (!swap(hot_committed(r, index), committed, complete)) return RING_UNCOMMITTED;
    truncate_packet(r, position, page, bound);
    recovery->truncated++;
    recovery->dropped += r->shape.subbuffer_size - load(page->data_size);
  }
  if (seen == before && !swap(delivered, before, before + 1)) return RING_UNCOMMITTED;
  /* The count of lost records that the header has stays: a dead writer's sample is gone, the next packet has the sum. */
  deliver(r, position, page, get64(page->memory, r->shape.at.headerEventsDiscarded));
  atomic_store_explicit(delivered, complete, memory_order_seq_cst);
  atomic_store_explicit(hot_sequence(r, index), complete, memory_order_release);
  recovery->completed++;
  return RING_OK;
}

enum ring_status ring_recover(struct ring *r, uint64_t through, struct ring_recovery *recovery) {
  *recovery = (struct ring_recovery){0};
  if (r->holding) return RING_UNCOMMITTED;
  uint64_t produced = load_acquire(r->offset);
  struct held_range range = held_range(r, produced);
  /* No packet ends after a later one begins: from the newest to the oldest. */
  uint64_t bound = clock_now(r);
  enum ring_status status = RING_OK;
  for (uint64_t at = range.end; status == RING_OK && at > range.first;) {
    at -= r->shape.subbuffer_size;
    if (at < range.open && at < through) status = recover_one(r, at, bound, recovery);
    const struct page *page = page_of(r, sub_index(r, at));
    if (page == NULL || contiguous_bytes(r, at) < r->shape.packet_header_size) continue;
    uint64_t begin = get64(page->memory, r->shape.at.headerTimestampBegin);
    if (begin < bound) bound = begin;
  }
  if (recovery->truncated > 0) lose(r->lost_wrap, RING_WRAP);
  /* A dead writer may not have moved the read position out of what it entered. */
  if (load(r->consumed) < produced) push_reader(r, produced - 1);
  return status;
}

/* ---- reader ----------------------------------------------------------------------------------- */

bool ring_activate(struct ring *r) { return swap(r->active_readers, 0, 1); }

void ring_deactivate(struct ring *r) { swap(r->active_readers, 1, 0); }

static void set_reader_id(struct ring *r, uint64_t id) {
  r->reader_id = id;
  store(r->reader_subbuffer, id);
}

/* Exchanges the reader's sub-buffer with the writers' one at `position`. */
static enum ring_status exchange(struct ring *r, uint64_t position) {
  word *slot = writer_subbuffer(r, sub_index(r, position));
  uint64_t id = load_acquire(slot);
  if ((id & ID_INDEX) >= r->page_count) return RING_CORRUPT;
  if (!r->shape.overwrite) {
    set_reader_id(r, id & ID_INDEX);
    return RING_OK;
  }
  /* A writer has the sub-buffer, or a later pass is in it. */
  uint64_t pass = pass_bits(r, position);
  if ((id & ID_NOREF) == 0 || (id >> ID_PASS_SHIFT) != (pass >> ID_PASS_SHIFT)) return RING_UNCOMMITTED;
  uint64_t ours = (r->reader_id & ID_INDEX) | ID_NOREF | pass;
  if (!swap(slot, id, ours)) return RING_UNCOMMITTED;
  set_reader_id(r, id);
  return RING_OK;
}

enum ring_status ring_get(struct ring *r, uint64_t position, struct ring_packet *packet) {
  if (r->holding) return RING_UNCOMMITTED;
  uint64_t index = sub_index(r, position);
  uint64_t consumed = load_acquire(r->consumed);
  uint64_t delivered = load_acquire(cold_delivered(r, index));
  uint64_t produced = load_acquire(r->offset);
  if ((int64_t)(sub_trunc(r, position) - sub_trunc(r, consumed)) < 0) return RING_NO_DATA;
  if ((int64_t)(sub_trunc(r, produced) - sub_trunc(r, position)) <= 0) return RING_NO_DATA;
  if (((delivered - r->shape.subbuffer_size) & r->commit_mask) != expectation(r, position)) return RING_UNCOMMITTED;
  enum ring_status status = exchange(r, position);
  if (status != RING_OK) return status;
  if (r->shape.overwrite) set_reader_id(r, r->reader_id & ~ID_NOREF);
  r->holding = true;
  r->held = position;
  store(r->held_position, position);
  *r->is_held |= 1;

  const struct page *page = &r->pages[r->reader_id & ID_INDEX];
  uint64_t data_size = load(page->data_size);
  uint64_t padded_size = align_up(data_size, r->shape.page_size);
  if (data_size < r->shape.packet_header_size || data_size > r->shape.subbuffer_size ||
      padded_size > r->shape.subbuffer_size) {
    ring_put(r);
    return RING_CORRUPT;
  }
  const struct ring_offsets *at = &r->shape.at;
  const uint8_t *m = page->memory;
  *packet = (struct ring_packet){
      .position = position,
      .memory_offset = (uint64_t)(m - r->mapping->base),
      .data_size = data_size,
      .padded_size = padded_size,
      .timestamp_begin = get64(m, at->headerTimestampBegin),
      .timestamp_end = get64(m, at->headerTimestampEnd),
      .content_bits = get64(m, at->headerContentSize),
      .packet_bits = get64(m, at->headerPacketSize),
      .sequence = get64(m, at->headerSequenceNumber),
      .discarded = get64(m, at->headerEventsDiscarded),
      .stream_id = get32(m, at->headerStreamId),
      .stream_instance_id = get64(m, at->headerStreamInstanceId),
      .cpu = get32(m, at->headerCpu),
  };
  return RING_OK;
}

enum ring_status ring_next(struct ring *r, struct ring_packet *packet) {
  uint64_t consumed = load_acquire(r->consumed);
  uint64_t produced = load_acquire(r->offset);
  if (sub_trunc(r, consumed) == sub_trunc(r, produced)) return RING_NO_DATA;
  return ring_get(r, consumed, packet);
}

void ring_put(struct ring *r) {
  if (!r->holding) return;
  r->holding = false;
  *r->is_held &= (uint8_t)~1u;
  if (r->shape.overwrite) set_reader_id(r, r->reader_id | ID_NOREF);
  /* Fails when a writer took the place meanwhile: then the sub-buffer stays the reader's spare one. */
  (void)exchange(r, r->held);
}

static void consume_up_to(struct ring *r, uint64_t target) {
  for (int round = 0; round < MAX_ROUNDS; round++) {
    uint64_t consumed = load(r->consumed);
    if ((int64_t)(consumed - target) >= 0 || swap(r->consumed, consumed, target)) return;
  }
}

void ring_put_next(struct ring *r) {
  if (!r->holding) return;
  ring_put(r);
  consume_up_to(r, next_sub(r, r->held));
}

void ring_clear(struct ring *r) {
  ring_flush(r, false);
  consume_up_to(r, sub_trunc(r, load_acquire(r->offset)));
}

void ring_set_discarded(struct ring *r, uint64_t discarded) {
  if (!r->holding) return;
  put64(r->pages[r->reader_id & ID_INDEX].memory, r->shape.at.headerEventsDiscarded, discarded);
}

struct mapping *ring_mapping(const struct ring *r) { return r->mapping; }

void ring_abandon(struct ring *r) { r->holding = false; }

void ring_positions(const struct ring *r, uint64_t *produced, uint64_t *consumed) {
  *consumed = load_acquire(r->consumed);
  *produced = load_acquire(r->offset);
}

void ring_lost(const struct ring *r, uint64_t lost[3]) {
  lost[0] = load(r->lost_full);
  lost[1] = load(r->lost_wrap);
  lost[2] = load(r->lost_big);
}

enum ring_status ring_counters(const struct ring *r, uint64_t index, uint64_t counters[3]) {
  if (index >= r->shape.subbuffer_count) return RING_CORRUPT;
  counters[0] = load_acquire(hot_committed(r, index));
  counters[1] = load(hot_sequence(r, index));
  counters[2] = load(cold_delivered(r, index));
  return RING_OK;
}
