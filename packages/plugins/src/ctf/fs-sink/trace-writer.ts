/** Writes one trace: its data stream files while messages come, its metadata at the end. */
import { FormatError } from '@lttng-ts/base';
import {
  compileTrace,
  type GeneratedStream,
  PacketWriter,
  type RecordCopy,
  type TraceOperations,
  writeCtf2Metadata,
  writeTsdl,
} from '@lttng-ts/ctf';
import type {
  DiscardedMessage,
  EventColumns,
  EventMessage,
  PacketBoundaryMessage,
  Stream,
  Trace,
} from '@lttng-ts/graph';
import { CtfColumns } from '../fs-source/ctf-columns.ts';
import type { PacketFile, PacketFiles } from './packet-files.ts';
import { convertStructure } from './to-ctf-field-class.ts';
import { type SinkOptions, type StreamWriting, type TraceWriting, toCtfTrace } from './to-ctf-trace.ts';

/** Streams without packets are cut into packets of at least this size. */
const ARTIFICIAL_PACKET_BITS = 4 * 1024 * 1024 * 8;

const utf8 = new TextEncoder();

export class TraceWriter {
  readonly path: string;
  readonly #trace: Trace;
  readonly #options: SinkOptions;
  readonly #files: PacketFiles;
  readonly #streams = new Map<Stream, StreamWriter>();
  readonly #fileNames = new Set<string>(['metadata']);
  #writing: TraceWriting;
  #operations: TraceOperations;
  #classCount: number;

  /** Makes the folder at `path`. Throws `UsageError` when the format cannot express the trace. */
  constructor(trace: Trace, path: string, options: SinkOptions, files: PacketFiles) {
    this.path = path;
    this.#trace = trace;
    this.#options = options;
    this.#files = files;
    this.#writing = toCtfTrace(trace, options);
    // Nothing is written when the metadata could not be.
    this.#metadata();
    this.#operations = compileTrace(this.#writing.traceClass);
    this.#classCount = countClasses(trace);
    files.output.makeFolder(path);
  }

  stream(stream: Stream): StreamWriter {
    let writer = this.#streams.get(stream);
    if (writer === undefined) {
      this.#update();
      const file = this.#files.create(`${this.path}/${this.#fileName(stream)}`);
      writer = new StreamWriter(stream, file, this.#options, (last) => this.#packetWriter(stream, last));
      this.#streams.set(stream, writer);
    }
    return writer;
  }

  /** Learns of classes that came since. */
  #update(): void {
    const count = countClasses(this.#trace);
    if (count === this.#classCount) return;
    this.#classCount = count;
    this.#writing = toCtfTrace(this.#trace, this.#options);
    this.#operations = compileTrace(this.#writing.traceClass);
  }

  #packetWriter(stream: Stream, last: Packets | null): Packets {
    this.#update();
    const { traceClass, streams } = this.#writing;
    const writing = streams.get(stream.class)!;
    if (last?.writing === writing) return last;
    const writer = new PacketWriter(traceClass, this.#operations, stream.class.id);
    return { writer, writing };
  }

  /** The last part of the stream's name, without what a file name cannot have; one that is not taken. */
  #fileName({ name }: Stream): string {
    const last = (name ?? '').split('/').at(-1)!;
    const base = last === '' || last === '.' || last === '..' ? 'stream' : last.replaceAll('\0', '_');
    let unique = base;
    for (let suffix = 0; this.#fileNames.has(unique); suffix++) unique = `${base}-${suffix}`;
    this.#fileNames.add(unique);
    return unique;
  }

  #metadata(): string {
    const { traceClass } = this.#writing;
    return this.#options.version === 2 ? writeCtf2Metadata(traceClass) : writeTsdl(traceClass);
  }

  /** Ends streams that are open and writes the metadata. */
  close(): void {
    this.#update();
    for (const stream of this.#streams.values()) stream.close();
    const file = this.#files.output.create(`${this.path}/metadata`);
    file.write(utf8.encode(this.#metadata()));
    file.close();
  }
}

function countClasses({ class: { streamClasses } }: Trace): number {
  return streamClasses.reduce((count, { eventClasses }) => count + 1 + eventClasses.size, 0);
}

interface Packets {
  readonly writer: PacketWriter;
  readonly writing: StreamWriting;
}

/** Writes the packets of one stream to its file. */
export class StreamWriter {
  readonly #stream: Stream;
  readonly #file: PacketFile;
  readonly #options: SinkOptions;
  readonly #makePackets: (last: Packets | null) => Packets;
  #packets: Packets | null = null;
  /** By the number of the event record class in runs of `#copiesOf`. */
  #copies: (RecordCopy | null)[] = [];
  #copiesOf: GeneratedStream | null = null;
  #isOpen = false;
  #isClosed = false;
  #discardedEvents = 0n;
  #sequenceNumber = 0n;
  #lastCycles: bigint | null = null;

  /** `makePackets` may give what it gave last. */
  constructor(
    stream: Stream,
    file: PacketFile,
    options: SinkOptions,
    makePackets: (last: Packets | null) => Packets,
  ) {
    this.#stream = stream;
    this.#file = file;
    this.#options = options;
    this.#makePackets = makePackets;
  }

  beginPacket({
    packet,
    cycles,
  }: Pick<PacketBoundaryMessage, 'cycles'> & { packet: PacketBoundaryMessage['packet'] | null }): void {
    const packets = this.#makePackets(this.#packets);
    // Copies are good for the writer that made them.
    if (packets !== this.#packets) this.#copiesOf = null;
    this.#packets = packets;
    this.#isOpen = true;
    packets.writer.begin({
      ...(cycles === null ? {} : { beginCycles: cycles }),
      context: convertStructure(packets.writing.packetContext, packet?.context ?? []),
      dataStreamId: this.#stream.id,
    });
  }

  event(message: EventMessage): void {
    if (!this.#stream.class.supportsPackets) this.#artificialPacket();
    const packets = this.#packets;
    if (packets === null || !this.#isOpen) throw new FormatError('Event outside of a packet');
    const event = packets.writing.events.get(message.eventClass);
    if (event === undefined) {
      throw new FormatError(`Event class came after its packet began: id=${message.eventClass.id}`);
    }
    this.#lastCycles = message.cycles;
    packets.writer.add({
      eventRecordClassId: message.eventClass.id,
      ...(message.cycles === null ? {} : { cycles: message.cycles }),
      commonContext: convertStructure(packets.writing.commonContext, message.commonContext),
      specificContext: convertStructure(event.specificContext, message.specificContext),
      payload: convertStructure(event.payload, message.payload),
    });
    this.#file.relieve(packets.writer);
  }

  /** Writes events `first` to `end` - 1 of `columns`, by copying where their bytes say the same in both traces. */
  events(columns: EventColumns, first: number, end: number): void {
    const packets = this.#packets;
    const isCopied = columns instanceof CtfColumns && this.#stream.class.supportsPackets;
    if (!isCopied || packets === null || !this.#isOpen || first >= end) {
      for (let i = first; i < end; i++) this.event(columns.eventAt(i));
      return;
    }
    const { run, clockHigh, clockLow, classes } = columns;
    if (this.#copiesOf !== run.stream) {
      this.#copiesOf = run.stream;
      this.#copies = [];
    }
    for (let i = first; i < end; ) {
      i = packets.writer.addCopies(this.#copies, run, i, end);
      this.#file.relieve(packets.writer);
      if (i === end) break;
      const copy = this.#copies[classes[i]!];
      if (copy === null) this.event(columns.eventAt(i++));
      else this.#copies[classes[i]!] = packets.writer.makeCopy(run.recordAt(i), columns.eventClassAt(i).id);
    }
    if (this.#stream.class.defaultClockClass !== null) {
      this.#lastCycles = (BigInt(clockHigh[end - 1]!) << 32n) | BigInt(clockLow[end - 1]!);
    }
  }

  #artificialPacket(): void {
    if (this.#isOpen && this.#packets!.writer.contentSizeBits >= ARTIFICIAL_PACKET_BITS) this.endPacket(null);
    if (!this.#isOpen) this.beginPacket({ packet: null, cycles: null });
  }

  endPacket(cycles: bigint | null): void {
    const packets = this.#packets;
    if (packets === null || !this.#isOpen) throw new FormatError('Packet ends that did not begin');
    this.#isOpen = false;
    const endCycles = cycles ?? this.#lastCycles;
    this.#file.endPacket(packets.writer, {
      ...(endCycles === null ? {} : { endCycles }),
      discardedEvents: this.#discardedEvents,
      sequenceNumber: this.#sequenceNumber,
    });
    this.#sequenceNumber++;
  }

  /** Counts a loss: the next packet tells it. One whose size is not known counts as one. */
  discarded({ kind, count }: DiscardedMessage): void {
    if (kind === 'discarded-events') {
      if (!this.#options.ignoresDiscardedEvents) this.#discardedEvents += count ?? 1n;
    } else if (!this.#options.ignoresDiscardedPackets) this.#sequenceNumber += count ?? 1n;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#isOpen) this.endPacket(this.#lastCycles);
    this.#file.close();
  }
}
