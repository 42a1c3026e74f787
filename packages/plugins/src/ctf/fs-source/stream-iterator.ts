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
  END,
  EventRun,
  type FlowItem,
  type FlowIteratorBehaviour,
  type FlowResult,
  findNs,
  type Message,
  nsToCycles,
  type Packet,
  packetBeginning,
  packetEnd,
  SEGMENT_LENGTH,
  type Stream,
  streamBeginning,
  streamEnd,
} from '@lttng-ts/graph';
import { CtfColumns, CtfEvent } from './ctf-columns.ts';
import { applyToStructure } from './translate-field-class.ts';
import type { StreamTranslation } from './translate-trace.ts';

/** Messages given at once. */
const BATCH_LENGTH = 128;
/** In a segment: the number behind the last event's. */
const SEGMENT_END = 2;

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
  /** Where reading begins, or began. */
  #start: ReadingStart | null = null;
  /** `null`: not begun. */
  #reading: StreamReadingState | null = null;
  #isEnded = false;
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
  }

  next(): FlowResult {
    if (this.#pendingError !== null) throw this.#pendingError;
    const messages: FlowItem[] = [];
    try {
      while (messages.length < BATCH_LENGTH && this.#read(messages));
    } catch (error) {
      if (error instanceof FormatError) this.#damage = error;
      // What came before the damage is delivered first; the next call fails.
      if (messages.length === 0) throw error;
      this.#pendingError = error;
    }
    return messages.length === 0 ? END : { kind: 'messages', messages };
  }

  nextFrom(event: number): readonly FlowItem[] | null {
    const reading = this.#reading;
    const run = reading?.run ?? null;
    if (reading === null || run === null || !run.readOn(event)) return null;
    return reading.state.eventsOf(run);
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
    this.#start = start;
    this.#reading = null;
    this.#isEnded = false;
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
    // A loss is cut by clock values, which may differ where nanoseconds do not.
    const first = nsToCycles(defaultClockClass, ns) ?? 0n;
    return findStart(this.#dataStream, (cycles) => {
      if (first !== 0n && cycles >= first) return false;
      const time = findNs(defaultClockClass, cycles);
      // Of a time beyond 64 bits whoever reads up to it is told.
      return time !== null && time < ns;
    });
  }

  /** Adds what comes next to `messages`; `false` at the end, and where that must be delivered before more is read. */
  #read(messages: FlowItem[]): boolean {
    if (this.#isEnded) return false;
    const reading = this.#reading;
    if (reading === null) {
      messages.push(streamBeginning(this.#stream, this.#start?.previous.endCycles ?? null));
      this.#reading = this.#open(this.#start);
      return true;
    }
    reading.run = null;
    const next = reading.items.next();
    if (next.done === true) {
      this.#isEnded = true;
      messages.push(streamEnd(this.#stream));
      const [fault] = this.#faults;
      if (fault !== undefined) throw fault;
      return false;
    }
    const item = next.value;
    if (item.kind === 'event-record-run') {
      messages.push(...reading.state.eventsOf(item));
      reading.run = item;
      // It is good until the data stream is asked for more.
      return false;
    }
    reading.state.add(item, messages);
    return true;
  }

  #open(start: ReadingStart | null): StreamReadingState {
    return {
      items: this.#takesRuns ? this.#dataStream.runs(start, this.#memory) : this.#dataStream.messages(start),
      state: new PacketState(this.#stream, this.#translation, start?.previous ?? null),
      run: null,
    };
  }
}

interface StreamReadingState {
  readonly items: Iterator<CtfMessage | RecordRun, void>;
  readonly state: PacketState;
  /** What was given last, if it is one. */
  run: RecordRun | null;
}

/** An array, of messages or of more. */
interface MessageTaker {
  push(message: Message): unknown;
}

/** Messages of one stream from what its data stream gives. */
export class PacketState {
  readonly #stream: Stream;
  #translation: StreamTranslation;
  #packet: Packet | null = null;
  #previous: CtfPacket | null;
  #columns: CtfColumns | null = null;
  /** Of the run at hand: {@link #columns}, and which of its events. */
  #parts: readonly CtfColumns[] = [];
  readonly #segments = new Int32Array(SEGMENT_LENGTH);
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

  /** Adds what `message` becomes to `messages`. */
  add(message: CtfMessage, messages: MessageTaker): void {
    const { packetsHaveEndClockSnapshot } = this.#stream.class;
    switch (message.kind) {
      case 'event-record':
        messages.push(new CtfEvent(this.#stream, this.#packet, message, this.#translation));
        break;
      case 'packet-beginning':
        this.#addLosses(message.packet, messages);
        messages.push(this.#begin(message.packet));
        break;
      case 'packet-end':
        messages.push(
          packetEnd(this.#packet!, packetsHaveEndClockSnapshot ? message.packet.endCycles : null),
        );
        this.#previous = message.packet;
        break;
      case 'discarded-event-records':
      case 'discarded-packets':
        this.#losses.push(message);
        break;
    }
  }

  /** The events of a run, in one that is good as long as that is. */
  eventsOf(run: RecordRun): readonly FlowItem[] {
    const clock = this.#stream.class.defaultClockClass;
    if (clock === null || this.#areTimesInRange(clock, run)) {
      this.#setColumns(run);
      this.#segments[SEGMENT_END] = run.count;
      return [new EventRun(this.#parts, this.#segments, run.count)];
    }
    // A time may exceed 64 bits, which whoever asks for it must be told. Messages outlive the run.
    const records = run.withOwnBytes().eventRecords();
    return records.map((record) => new CtfEvent(this.#stream, this.#packet, record, this.#translation));
  }

  /** All runs of a packet are in the same columns. */
  #setColumns(run: RecordRun): void {
    const known = this.#columns;
    if (known !== null && known.run === run && known.packet === this.#packet) return;
    this.#columns = new CtfColumns(run, this.#stream, this.#packet, this.#translation);
    this.#parts = [this.#columns];
  }

  /** Whether the nanoseconds of the largest clock value of `run` fit 64 bits. */
  #areTimesInRange(clock: ClockClass, { columns: { maxClockHigh } }: RecordRun): boolean {
    if (maxClockHigh <= this.#highInRange) return true;
    const last = (BigInt(maxClockHigh) << 32n) | 0xffff_ffffn;
    if (findNs(clock, last) === null || findNs(clock, 0n) === null) return false;
    this.#highInRange = maxClockHigh;
    return true;
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

  #addLosses(packet: CtfPacket, messages: MessageTaker): void {
    if (this.#losses.length === 0) return;
    const { class: streamClass } = this.#stream;
    for (const { kind, count } of this.#losses) {
      const isEvents = kind === 'discarded-event-records';
      const hasTimes = isEvents
        ? streamClass.discardedEventsHaveClockSnapshots
        : streamClass.discardedPacketsHaveClockSnapshots;
      const begin = this.#previous === null ? packet.beginCycles : this.#previous.endCycles;
      const end = isEvents ? packet.endCycles : packet.beginCycles;
      messages.push({
        kind: isEvents ? 'discarded-events' : 'discarded-packets',
        stream: this.#stream,
        count,
        beginCycles: hasTimes ? begin : null,
        endCycles: hasTimes ? end : null,
      });
    }
    this.#losses = [];
  }
}
