#define _GNU_SOURCE
#include "record.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "descriptors.h"
#include "threads.h"

struct channel {
  struct record_channel_config config;
  const void *owner;
  uint32_t stream_count; /* added so far */
  /* Complete and enabled: read by emit. */
  atomic_bool recording;
  bool enabled;
  uint32_t application_count;
  /* Places in `counters` of each thread. */
  uint8_t perf_numbers[RECORD_MAX_PATCHES];
  int *wakeup_fds;
  struct ring *rings[];
};

struct entry {
  uint32_t mask, event_id, payload_align;
  struct channel *channel;
};

struct list {
  uint32_t count;
  uint32_t flags; /* set in the word beside the entries' masks */
  struct entry entries[];
};

struct record_thread {
  struct record_thread *next;
  /* Odd while the thread is inside emit. */
  _Atomic uint64_t passage;
  struct record_arguments arguments;
  uint8_t *scratch;
  size_t scratch_size;
  uint64_t counts[3];
  bool known;
  uint32_t vtid;
  uint64_t pthread_id;
  char name[THREAD_NAME_BYTES];
  /* Opened by the thread at its first record with them. */
  struct perf_counter counters[RECORD_PERF_COUNTERS];
  uint8_t applications[RECORD_APPLICATION_CONTEXTS][RECORD_APPLICATION_BYTES];
};

static _Alignas(4096) _Atomic uint32_t words[RECORD_SLOTS];
static _Atomic(struct list *) lists[RECORD_SLOTS];
static struct channel *channels[RECORD_MAX_CHANNELS];
static uint32_t slots_used; /* all slots from here on were never taken */
static uint32_t free_slots[RECORD_SLOTS], free_slot_count;
static struct record_thread *threads;
static uint64_t ended_counts[3];
static bool perf_numbers_used[RECORD_PERF_COUNTERS];
/* Set before the first list is published; until then either barrier will do. */
static atomic_bool has_membarrier;
/* Guards everything above but words, lists and what a thread itself writes. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Changes of recordings, one at a time; taken before `lock`. */
static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;

void record_init(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, threads_init);
}

static void register_membarrier(void) {
  bool is_registered = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  atomic_store_explicit(&has_membarrier, is_registered, memory_order_release);
}

/* In a process of several threads the kernel waits for a grace period, some milliseconds: only those who record do. */
static void prepare_barriers(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, register_membarrier);
}

uint32_t *record_words(void) { return (uint32_t *)(void *)words; }

/* ---- quiescence ------------------------------------------------------------------------------- */

/*
 * Orders "store passage, load list" of emit against "store list, load passage" of quiesce (Dekker). With
 * membarrier(2) the rare side pays for both and the event path has only a compiler barrier.
 */
static inline void light_barrier(void) {
  if (atomic_load_explicit(&has_membarrier, memory_order_relaxed)) {
    atomic_signal_fence(memory_order_seq_cst);
  } else {
    atomic_thread_fence(memory_order_seq_cst);
  }
}

static void heavy_barrier(void) {
  if (atomic_load_explicit(&has_membarrier, memory_order_relaxed)) {
    syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  }
  atomic_thread_fence(memory_order_seq_cst);
}

void record_quiesce(void) {
  heavy_barrier();
  pthread_mutex_lock(&lock);
  for (struct record_thread *thread = threads; thread != NULL; thread = thread->next) {
    uint64_t passage = atomic_load_explicit(&thread->passage, memory_order_acquire);
    if ((passage & 1) == 0) continue;
    /* Acquire: pairs with the release at the end of emit; the thread's use of what we free is over. */
    for (int round = 0; atomic_load_explicit(&thread->passage, memory_order_acquire) == passage; round++) {
      const struct timespec pause = {0, 50000};
      if (round < 100) sched_yield();
      else nanosleep(&pause, NULL);
    }
  }
  pthread_mutex_unlock(&lock);
  heavy_barrier();
}

/* ---- channels --------------------------------------------------------------------------------- */

static struct channel *find_channel(uint32_t number) { return number < RECORD_MAX_CHANNELS ? channels[number] : NULL; }

static void refresh(struct channel *channel) {
  bool recording = channel->enabled && channel->stream_count == channel->config.stream_count;
  /* Release: pairs with the acquire in emit; the rings are there. */
  atomic_store_explicit(&channel->recording, recording, memory_order_release);
}

/* Needs `lock`. */
static bool take_perf_numbers(struct channel *channel) {
  uint32_t taken = 0;
  for (uint32_t number = 0; number < RECORD_PERF_COUNTERS && taken < channel->config.perf_count; number++) {
    if (!perf_numbers_used[number]) channel->perf_numbers[taken++] = (uint8_t)number;
  }
  if (taken < channel->config.perf_count) return false;
  for (uint32_t i = 0; i < taken; i++) perf_numbers_used[channel->perf_numbers[i]] = true;
  return true;
}

/* Needs `lock`, and that no thread records into the channel any more. */
static void give_perf_numbers_back(const struct channel *channel) {
  for (uint32_t i = 0; i < channel->config.perf_count; i++) {
    uint8_t number = channel->perf_numbers[i];
    for (struct record_thread *thread = threads; thread != NULL; thread = thread->next) {
      perf_close(&thread->counters[number]);
    }
    perf_numbers_used[number] = false;
  }
}

int record_open_channel(const struct record_channel_config *config, const void *owner) {
  if (config->stream_count == 0 || config->stream_count > 65536) return -EINVAL;
  uint32_t perf_patches = 0;
  for (uint32_t i = 0; i < config->patch_count; i++) perf_patches += config->patches[i].kind == CONTEXT_PERF;
  if (perf_patches != config->perf_count) return -EINVAL;
  struct channel *channel = calloc(1, sizeof *channel + config->stream_count * sizeof(struct ring *));
  int *wakeup_fds = calloc(config->stream_count, sizeof *wakeup_fds);
  if (channel == NULL || wakeup_fds == NULL) {
    free(channel);
    free(wakeup_fds);
    return -ENOMEM;
  }
  channel->config = *config;
  channel->owner = owner;
  channel->wakeup_fds = wakeup_fds;
  channel->enabled = true;
  for (uint32_t i = 0; i < config->patch_count; i++) {
    if (config->patches[i].kind >= CONTEXT_APPLICATION) channel->application_count++;
  }
  pthread_mutex_lock(&lock);
  int number = 0;
  while (number < RECORD_MAX_CHANNELS && channels[number] != NULL) number++;
  bool has_place = number < RECORD_MAX_CHANNELS && take_perf_numbers(channel);
  if (has_place) channels[number] = channel;
  pthread_mutex_unlock(&lock);
  if (has_place) return number;
  free(wakeup_fds);
  free(channel);
  return -ENOSPC;
}

int record_add_stream(uint32_t number, int memory_fd, size_t length, int wakeup_fd) {
  pthread_mutex_lock(&lock);
  struct channel *channel = find_channel(number);
  int error = 0;
  if (channel == NULL || channel->stream_count == channel->config.stream_count) error = -EINVAL;
  struct mapping *mapping = NULL;
  if (error == 0) error = mapping_open(memory_fd, length, true, &mapping);
  if (error == 0) {
    uint32_t cpu = channel->stream_count;
    struct ring_shape shape = channel->config.shape;
    shape.cpu = cpu;
    shape.object_index = cpu + 1;
    /* The packet header tells the stream's instance, which is the CPU. */
    uint64_t instance = cpu;
    if (shape.at.headerStreamInstanceId + 8 <= RING_MAX_PACKET_HEADER) {
      memcpy(shape.packet_header + shape.at.headerStreamInstanceId, &instance, 8);
    }
    if (ring_open(mapping, &shape, wakeup_fd, &channel->rings[cpu]) != RING_OK) error = -EBADMSG;
    mapping_drop(mapping); /* the ring has its own reference */
  }
  if (error == 0) {
    ring_allow_waiting(channel->rings[channel->stream_count], &channel->recording);
    descriptors_close(memory_fd);
    channel->wakeup_fds[channel->stream_count++] = wakeup_fd;
    refresh(channel);
  }
  pthread_mutex_unlock(&lock);
  return error;
}

int record_enable_channel(uint32_t number, bool enabled) {
  pthread_mutex_lock(&lock);
  struct channel *channel = find_channel(number);
  if (channel != NULL) {
    channel->enabled = enabled;
    refresh(channel);
  }
  pthread_mutex_unlock(&lock);
  return channel == NULL ? -EINVAL : 0;
}

/* ---- slots ------------------------------------------------------------------------------------ */

int record_allocate_slot(void) {
  pthread_mutex_lock(&lock);
  int slot = -ENOSPC;
  if (free_slot_count > 0) slot = (int)free_slots[--free_slot_count];
  else if (slots_used < RECORD_SLOTS) slot = (int)slots_used++;
  pthread_mutex_unlock(&lock);
  return slot;
}

/* Publishes a list; returns the old one, which may be freed after record_quiesce. Needs `changing`. */
static struct list *publish(uint32_t slot, struct list *list) {
  uint32_t word = list == NULL ? 0 : list->flags;
  for (uint32_t i = 0; list != NULL && i < list->count; i++) word |= list->entries[i].mask;
  /* Release: pairs with the acquire in emit. The word is only a hint and may change before or after. */
  struct list *old = atomic_exchange_explicit(&lists[slot], list, memory_order_acq_rel);
  atomic_store_explicit(&words[slot], word, memory_order_release);
  return old;
}

int record_free_slot(uint32_t slot) {
  if (slot >= slots_used) return -EINVAL;
  int error = record_set(slot, NULL, 0, 0);
  if (error != 0) return error;
  pthread_mutex_lock(&lock);
  free_slots[free_slot_count++ % RECORD_SLOTS] = slot;
  pthread_mutex_unlock(&lock);
  return 0;
}

int record_set(uint32_t slot, const struct recording *recordings, uint32_t count, uint32_t flags) {
  if (slot >= RECORD_SLOTS || count > RECORD_MAX_RECORDINGS) return -EINVAL;
  prepare_barriers();
  struct list *list = NULL;
  if (count > 0 || flags != 0) {
    list = malloc(sizeof *list + count * sizeof(struct entry));
    if (list == NULL) return -ENOMEM;
    list->count = count;
    list->flags = flags;
  }
  pthread_mutex_lock(&changing);
  pthread_mutex_lock(&lock);
  int error = 0;
  for (uint32_t i = 0; i < count; i++) {
    struct channel *channel = find_channel(recordings[i].channel);
    if (channel == NULL || recordings[i].bit > 31) {
      error = -EINVAL;
      break;
    }
    list->entries[i] = (struct entry){.mask = UINT32_C(1) << recordings[i].bit,
                                      .event_id = recordings[i].event_id,
                                      .payload_align = recordings[i].payload_align,
                                      .channel = channel};
  }
  pthread_mutex_unlock(&lock);
  struct list *old = error == 0 ? publish(slot, list) : list;
  if (error == 0 && old != NULL) record_quiesce();
  pthread_mutex_unlock(&changing);
  free(old);
  return error;
}

/* The list without the entries of a channel; NULL when nothing is left. */
static struct list *without(const struct list *list, const struct channel *channel) {
  struct list *copy = malloc(sizeof *copy + list->count * sizeof(struct entry));
  if (copy == NULL) return NULL;
  copy->count = 0;
  copy->flags = list->flags;
  for (uint32_t i = 0; i < list->count; i++) {
    if (list->entries[i].channel != channel) copy->entries[copy->count++] = list->entries[i];
  }
  if (copy->count > 0 || copy->flags != 0) return copy;
  free(copy);
  return NULL;
}

static bool mentions(const struct list *list, const struct channel *channel) {
  for (uint32_t i = 0; list != NULL && i < list->count; i++) {
    if (list->entries[i].channel == channel) return true;
  }
  return false;
}

int record_close_channel(uint32_t number) {
  pthread_mutex_lock(&changing);
  pthread_mutex_lock(&lock);
  struct channel *channel = find_channel(number);
  uint32_t used = slots_used;
  pthread_mutex_unlock(&lock);
  if (channel == NULL) {
    pthread_mutex_unlock(&changing);
    return -EINVAL;
  }
  atomic_store_explicit(&channel->recording, false, memory_order_release);
  for (uint32_t slot = 0; slot < used; slot++) {
    struct list *list = atomic_load_explicit(&lists[slot], memory_order_acquire);
    if (!mentions(list, channel)) continue;
    struct list *old = publish(slot, without(list, channel));
    record_quiesce();
    free(old);
  }
  record_quiesce();
  pthread_mutex_lock(&lock);
  give_perf_numbers_back(channel);
  channels[number] = NULL;
  pthread_mutex_unlock(&lock);
  pthread_mutex_unlock(&changing);
  for (uint32_t i = 0; i < channel->stream_count; i++) {
    ring_close(channel->rings[i]);
    descriptors_close(channel->wakeup_fds[i]);
  }
  free(channel->wakeup_fds);
  free(channel);
  return 0;
}

void record_close_channels_of(const void *owner) {
  for (uint32_t number = 0; number < RECORD_MAX_CHANNELS; number++) {
    pthread_mutex_lock(&lock);
    bool is_owned = channels[number] != NULL && channels[number]->owner == owner;
    pthread_mutex_unlock(&lock);
    if (is_owned) record_close_channel(number);
  }
}

/* ---- threads ---------------------------------------------------------------------------------- */

struct record_thread *record_thread_new(void) {
  struct record_thread *thread = calloc(1, sizeof *thread);
  if (thread == NULL) return NULL;
  pthread_mutex_lock(&lock);
  thread->next = threads;
  threads = thread;
  pthread_mutex_unlock(&lock);
  return thread;
}

void record_thread_end(struct record_thread *thread) {
  pthread_mutex_lock(&lock);
  struct record_thread **at = &threads;
  while (*at != thread) at = &(*at)->next;
  *at = thread->next;
  for (int i = 0; i < 3; i++) ended_counts[i] += thread->counts[i];
  pthread_mutex_unlock(&lock);
  for (int i = 0; i < RECORD_PERF_COUNTERS; i++) perf_close(&thread->counters[i]);
  free(thread);
}

struct record_arguments *record_thread_arguments(struct record_thread *thread) { return &thread->arguments; }

uint8_t *record_thread_applications(struct record_thread *thread) { return &thread->applications[0][0]; }

void record_thread_scratch(struct record_thread *thread, uint8_t *scratch, size_t size) {
  thread->scratch = scratch;
  thread->scratch_size = size;
}

void record_statistics(uint64_t counts[3]) {
  pthread_mutex_lock(&lock);
  memcpy(counts, ended_counts, sizeof ended_counts);
  for (struct record_thread *thread = threads; thread != NULL; thread = thread->next) {
    for (int i = 0; i < 3; i++) counts[i] += thread->counts[i];
  }
  pthread_mutex_unlock(&lock);
}

/* ---- the event path --------------------------------------------------------------------------- */

static void learn(struct record_thread *thread) {
  thread->known = true;
  thread->vtid = (uint32_t)threads_tid();
  thread->pthread_id = threads_pthread_self();
  threads_get_name(thread->name);
}

/* Tag `_none`, which has no value. */
static const uint8_t no_value[1] = {0};

/* The value of an application context as it is recorded. */
static const uint8_t *application_value(const struct record_thread *thread, uint32_t kind, size_t *size) {
  uint32_t number = kind - CONTEXT_APPLICATION;
  const uint8_t *value = no_value;
  uint16_t length = 0;
  if (number < RECORD_APPLICATION_CONTEXTS) {
    value = thread->applications[number];
    memcpy(&length, value, 2);
  }
  bool has_value = length > 0 && length <= RECORD_APPLICATION_BYTES - 2;
  *size = has_value ? length : sizeof no_value;
  return has_value ? value + 2 : no_value;
}

static size_t application_bytes(const struct channel *channel, const struct record_thread *thread) {
  size_t sum = 0, size;
  for (uint32_t i = 0; i < channel->config.patch_count; i++) {
    if (channel->config.patches[i].kind < CONTEXT_APPLICATION) continue;
    application_value(thread, channel->config.patches[i].kind, &size);
    sum += size;
  }
  return sum;
}

/* Patches are in the order of their offsets; each value moves what comes after it. */
static void insert_applications(const struct channel *channel, const struct record_thread *thread,
                                const uint8_t *fixed, uint8_t *to) {
  const struct record_channel_config *config = &channel->config;
  uint32_t from = 0;
  for (uint32_t i = 0; i < config->patch_count; i++) {
    if (config->patches[i].kind < CONTEXT_APPLICATION) continue;
    size_t size;
    const uint8_t *value = application_value(thread, config->patches[i].kind, &size);
    uint32_t offset = config->patches[i].offset;
    memcpy(to, fixed + from, offset - from);
    to += offset - from;
    memcpy(to, value, size);
    to += size;
    from = offset;
  }
  memcpy(to, fixed + from, config->context_size - from);
}

/* System calls, so before the record is reserved. */
static void read_perf_counters(const struct channel *channel, struct record_thread *thread,
                               uint64_t values[RECORD_MAX_PATCHES]) {
  for (uint32_t i = 0; i < channel->config.perf_count; i++) {
    struct perf_counter *counter = &thread->counters[channel->perf_numbers[i]];
    if (!counter->opened) perf_open(counter, &channel->config.perf_events[i]);
    values[i] = perf_read(counter);
  }
}

static void write_contexts(const struct channel *channel, struct record_thread *thread, uint32_t cpu,
                           const uint64_t *perf_values, uint8_t *to) {
  const struct record_channel_config *config = &channel->config;
  memcpy(to, config->contexts, config->context_size);
  if (config->patch_count == 0) return;
  if (!thread->known) learn(thread);
  for (uint32_t i = 0; i < config->patch_count; i++) {
    uint8_t *at = to + config->patches[i].offset;
    switch (config->patches[i].kind) {
      case CONTEXT_VTID:
        memcpy(at, &thread->vtid, 4);
        break;
      case CONTEXT_PTHREAD_ID:
        memcpy(at, &thread->pthread_id, 8);
        break;
      case CONTEXT_PROCNAME:
        memcpy(at, thread->name, THREAD_NAME_BYTES);
        break;
      case CONTEXT_CPU:
        memcpy(at, &cpu, 4);
        break;
      case CONTEXT_PERF:
        memcpy(at, perf_values++, 8);
        break;
    }
  }
}

static enum ring_status record_one(const struct entry *entry, struct record_thread *thread, size_t length) {
  struct channel *channel = entry->channel;
  /* Acquire: pairs with the release in refresh. */
  if (!atomic_load_explicit(&channel->recording, memory_order_acquire)) return RING_DISABLED;
  uint32_t cpu = (uint32_t)threads_cpu();
  /* A CPU beyond the possible ones cannot be; any stream is right, because writers of all CPUs may share one. */
  if (cpu >= channel->config.stream_count) cpu = 0;
  struct ring *ring = channel->rings[cpu];
  size_t context_size = channel->config.context_size;
  if (channel->application_count > 0) context_size += application_bytes(channel, thread);
  const struct ring_record record = {.event_id = entry->event_id,
                                     .context_align = channel->config.context_align,
                                     .context_size = context_size,
                                     .payload_align = entry->payload_align,
                                     .payload_size = length};
  uint64_t perf_values[RECORD_MAX_PATCHES];
  if (channel->config.perf_count > 0) read_perf_counters(channel, thread, perf_values);
  struct ring_slot slot;
  enum ring_status status = ring_reserve(ring, &record, &slot);
  if (status != RING_OK) return status;
  if (channel->application_count > 0) {
    uint8_t fixed[RECORD_MAX_CONTEXT_BYTES];
    write_contexts(channel, thread, cpu, perf_values, fixed);
    insert_applications(channel, thread, fixed, slot.memory + slot.context_offset);
  } else if (record.context_size > 0) {
    write_contexts(channel, thread, cpu, perf_values, slot.memory + slot.context_offset);
  }
  memcpy(slot.memory + slot.payload_offset, thread->scratch, length);
  ring_commit(ring, &slot);
  return RING_OK;
}

void record_emit(struct record_thread *thread) {
  const struct record_arguments arguments = thread->arguments;
  if (arguments.slot >= RECORD_SLOTS || arguments.payload_length > thread->scratch_size) return;
  uint64_t passage = atomic_load_explicit(&thread->passage, memory_order_relaxed);
  atomic_store_explicit(&thread->passage, passage + 1, memory_order_relaxed);
  light_barrier();
  /* Acquire: pairs with publish. */
  const struct list *list = atomic_load_explicit(&lists[arguments.slot], memory_order_acquire);
  for (uint32_t i = 0; list != NULL && i < list->count; i++) {
    if ((list->entries[i].mask & arguments.accept_mask) == 0) continue;
    enum ring_status status = record_one(&list->entries[i], thread, arguments.payload_length);
    thread->counts[status == RING_OK ? 0 : status == RING_DISABLED || status == RING_CORRUPT ? 2 : 1]++;
  }
  /* Release: all uses of the list come before. */
  atomic_store_explicit(&thread->passage, passage + 2, memory_order_release);
}
