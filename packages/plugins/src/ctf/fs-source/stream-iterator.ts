/** Event records of one data stream to messages of one stream. What is not looked at is not converted. */
import { FormatError } from '@lttng-ts/base';
import {
  type Message as CtfMessage,
  type Packet as CtfPacket,
  type DataStream,
  findStart,
  ReadingMemory,
  type ReadingStart,
  type RecordRun,
} from '@lttng-ts/ctf';
import {
  type ClockClass,
  cyclesToNs,
  END,
  EventRun,
  type FlowItem,
  type FlowIteratorBehaviour,
  type FlowResult,
  type Message,
  nsToCycles,
  type Packet,
  packetBeginning,
  packetEnd,
  type Stream,
  streamBeginning,
  streamEnd,
} from '@lttng-ts/graph';
import { CtfColumns, CtfEvent } from './ctf-columns.ts';
import { applyToStructure } from './translate-field-class.ts';
import type { StreamTranslation } from './translate-trace.ts';

/** Messages given at once. */
const BATCH_LENGTH = 128;

export interface StreamReading {
  /** Event records come in runs, which end a batch. */
  readonly takesRuns: boolean;
  /** What is wrong besides; told when the data stream has ended. */
  readonly faults: readonly FormatError[];
}

export class StreamIterator implements FlowIteratorBehaviour {
  readonly canSeekForward: boolean;
  readonly #dataStream: DataStream;
  readonly #stream: Stream;
  readonly #translation: StreamTranslation;
  readonly #takesRuns: boolean;
  readonly #faults: readonly FormatError[];
  /** Used again after seeking. */
  readonly #memory = new ReadingMemory();
  #items: Iterator<FlowItem, void>;
  #pendingError: unknown = null;
  #damage: FormatError | null = null;

  constructor(
    dataStream: DataStream,
    stream: Stream,
    translation: StreamTranslation,
    { takesRuns, faults }: StreamReading,
  ) {
    this.#faults = faults;
    this.#dataStream = dataStream;
    this.#stream = stream;
    this.#translation = translation;
    this.#takesRuns = takesRuns;
    this.canSeekForward = stream.class.defaultClockClass !== null;
    this.#items = this.#generate(null);
  }

  next(): FlowResult {
    if (this.#pendingError !== null) throw this.#pendingError;
    const messages: FlowItem[] = [];
    try {
      while (messages.length < BATCH_LENGTH) {
        const { value, done } = this.#items.next();
        if (done === true) break;
        messages.push(value);
        // It is good until the data stream is asked for more.
        if (value.kind === 'event-run') break;
      }
    } catch (error) {
      if (error instanceof FormatError) this.#damage = error;
      // What came before the damage is delivered first; the next call fails.
      if (messages.length === 0) throw error;
      this.#pendingError = error;
    }
    return messages.length === 0 ? END : { kind: 'messages', messages };
  }

  get damage(): FormatError | null {
    return this.#damage;
  }

  seekBeginning(): 'ok' {
    return this.#begin(null);
  }

  // Differs from upstream: packets before `ns` are passed over by their times, not read, because that takes as long as
  // reading the whole trace. Damage in them is not told.
  seekBefore(ns: bigint): 'ok' {
    return this.#begin(this.#startBefore(ns));
  }

  #begin(start: ReadingStart | null): 'ok' {
    this.#items = this.#generate(start);
    this.#pendingError = null;
    this.#damage = null;
    return 'ok';
  }

  /** Where to begin reading for what is at or after `ns`; `null`: at the beginning. */
  #startBefore(ns: bigint): ReadingStart | null {
    const { defaultClockClass, packetsHaveBeginningClockSnapshot, packetsHaveEndClockSnapshot } =
      this.#stream.class;
    if (defaultClockClass === null) return null;
    if (!packetsHaveBeginningClockSnapshot || !packetsHaveEndClockSnapshot) return null;
    try {
      // A loss is cut by clock values, which may differ where nanoseconds do not.
      const first = nsToCycles(defaultClockClass, ns) ?? 0n;
      const isBefore = (cycles: bigint): boolean =>
        (first === 0n || cycles < first) && cyclesToNs(defaultClockClass, cycles) < ns;
      return findStart(this.#dataStream, isBefore);
    } catch (error) {
      // A time beyond 64 bits: whoever reads up to it is told.
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  *#generate(start: ReadingStart | null): Generator<FlowItem, void> {
    yield streamBeginning(this.#stream, start === null ? null : start.previous.endCycles);
    const state = new PacketState(this.#stream, this.#translation, start?.previous ?? null);
    const items = this.#takesRuns
      ? this.#dataStream.runs(start, this.#memory)
      : this.#dataStream.messages(start);
    for (const item of items) {
      // By far most items are runs: one step less for each.
      const run = item.kind === 'event-record-run' ? state.runOf(item) : null;
      if (run === null) yield* state.translate(item);
      else yield run;
    }
    yield streamEnd(this.#stream);
    const [fault] = this.#faults;
    if (fault !== undefined) throw fault;
  }
}

/** Messages of one stream from what its data stream gives. */
export class PacketState {
  readonly #stream: Stream;
  #translation: StreamTranslation;
  #packet: Packet | null = null;
  #previous: CtfPacket | null;
  #columns: CtfColumns | null = null;
  /** Clock values whose upper half is not larger are known to be in range. */
  #highInRange = -1;
  /** Losses before a packet: their times are known when it begins. */
  #losses: (CtfMessage & { count: bigint | null })[] = [];

  /** `previous`: the packet before the first one that will be translated. */
  constructor(stream: Stream, translation: StreamTranslation, previous: CtfPacket | null = null) {
    this.#stream = stream;
    this.#translation = translation;
    this.#previous = previous;
  }

  /** Between two packets: classes have grown, and `translation` knows them all. */
  grow(translation: StreamTranslation): void {
    this.#translation = translation;
    this.#columns = null;
  }

  *translate(message: CtfMessage | RecordRun): Generator<FlowItem, void> {
    const { packetsHaveEndClockSnapshot } = this.#stream.class;
    switch (message.kind) {
      case 'event-record-run':
        yield* this.#run(message);
        break;
      case 'event-record':
        yield new CtfEvent(this.#stream, this.#packet, message, this.#translation);
        break;
      case 'packet-beginning':
        yield* this.#takeLosses(message.packet);
        yield this.#begin(message.packet);
        break;
      case 'packet-end':
        yield packetEnd(this.#packet!, packetsHaveEndClockSnapshot ? message.packet.endCycles : null);
        this.#previous = message.packet;
        break;
      case 'discarded-event-records':
      case 'discarded-packets':
        this.#losses.push(message);
        break;
    }
  }

  /** Events of a run; `null` where a time may exceed 64 bits, which whoever asks for it must be told. */
  runOf(run: RecordRun): EventRun | null {
    const clock = this.#stream.class.defaultClockClass;
    if (clock !== null && !this.#areTimesInRange(clock, run)) return null;
    return EventRun.of(this.#columnsOf(run), run.count);
  }

  *#run(run: RecordRun): Generator<FlowItem, void> {
    const events = this.runOf(run);
    if (events !== null) {
      yield events;
      return;
    }
    const columns = this.#columnsOf(run);
    for (let i = 0; i < run.count; i++) yield columns.eventAt(i);
  }

  /** All runs of a packet are in the same columns. */
  #columnsOf(run: RecordRun): CtfColumns {
    const isKnown = this.#columns?.run === run && this.#columns.packet === this.#packet;
    if (!isKnown) this.#columns = new CtfColumns(run, this.#stream, this.#packet, this.#translation);
    return this.#columns!;
  }

  /** Whether the nanoseconds of the largest clock value of `run` fit 64 bits. */
  #areTimesInRange(clock: ClockClass, { columns: { maxClockHigh } }: RecordRun): boolean {
    if (maxClockHigh <= this.#highInRange) return true;
    try {
      cyclesToNs(clock, (BigInt(maxClockHigh) << 32n) | 0xffff_ffffn);
      cyclesToNs(clock, 0n);
      this.#highInRange = maxClockHigh;
      return true;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }

  #begin({ context, beginCycles }: CtfPacket): Message {
    const { packetContext, packetsHaveBeginningClockSnapshot } = this.#stream.class;
    this.#packet = {
      stream: this.#stream,
      context:
        context === null || packetContext === null
          ? null
          : applyToStructure(this.#translation.packetContext, context),
    };
    return packetBeginning(this.#packet, packetsHaveBeginningClockSnapshot ? beginCycles : null);
  }

  *#takeLosses(packet: CtfPacket): Generator<Message, void> {
    const { class: streamClass } = this.#stream;
    for (const { kind, count } of this.#losses) {
      const isEvents = kind === 'discarded-event-records';
      const hasTimes = isEvents
        ? streamClass.discardedEventsHaveClockSnapshots
        : streamClass.discardedPacketsHaveClockSnapshots;
      const begin = this.#previous === null ? packet.beginCycles : this.#previous.endCycles;
      const end = isEvents ? packet.endCycles : packet.beginCycles;
      yield {
        kind: isEvents ? 'discarded-events' : 'discarded-packets',
        stream: this.#stream,
        count,
        beginCycles: hasTimes ? begin : null,
        endCycles: hasTimes ? end : null,
      };
    }
    this.#losses = [];
  }
}
