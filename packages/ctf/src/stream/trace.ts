/**
 * A trace from the files of its folders. Several folders with one UUID are one trace (the archives of a rotated
 * session, overlapping snapshots): data streams of the same class and id are joined, packets that occur twice
 * are read once.
 */
import { FormatError, LttngError } from '@lttng-ts/base';
import { compileTrace, type TraceOperations } from '../decode/operations.ts';
import { parseMetadata } from '../metadata/parse.ts';
import type { DataStreamClass, TraceClass } from '../model/trace-class.ts';
import type { ByteSource } from './byte-source.ts';
import { DataStream, type FileDamage, type PacketPlace } from './data-stream.ts';
import { indexedPackets } from './indexed-packets.ts';
import { mergeMessages } from './merge.ts';
import type { Message, TraceIdentity } from './messages.ts';
import { type PacketHeader, readPacketHeader } from './packet-header.ts';
import { partInRange, sourceFrom, type TimeRange } from './time-range.ts';
import { WindowBudget } from './window-budget.ts';

/** Metadata is read as a whole. Real ones have some hundred kilobytes. */
const MAX_METADATA_BYTES = 256 << 20;

/** The files of one folder that has a `metadata` file. */
export interface TraceFolder {
  readonly path: string;
  /** Way to it from the folder that the person named; empty for that folder itself. Part of the trace's name. */
  readonly relativePath: string;
  readonly metadata: ByteSource;
  readonly dataStreams: readonly DataStreamFile[];
}

export interface DataStreamFile {
  readonly source: ByteSource;
  readonly index: ByteSource | null;
}

export interface Trace extends TraceIdentity {
  readonly dataStreams: readonly DataStream[];
  /** Files whose first packet says nothing: they are in no data stream. */
  readonly faults: readonly FormatError[];
}

/** Reads the metadata of each folder and puts folders of one UUID together. Throws `FormatError`. */
export function openTraces(
  folders: readonly TraceFolder[],
  budget: WindowBudget = new WindowBudget(),
): readonly Trace[] {
  const groups = new Map<string, { folder: TraceFolder; traceClass: TraceClass }[]>();
  for (const folder of folders) {
    const traceClass = readTraceClass(folder);
    const key = traceKey(traceClass) ?? `path ${folder.path}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [{ folder, traceClass }]);
    else group.push({ folder, traceClass });
  }
  return [...groups.values()].map((members) => openTrace(members, budget));
}

/**
 * What two folders of one trace have in common: its UUID, or in CTF 2 its unique id with namespace and name. `null`:
 * each folder is a trace.
 */
export function traceKey({ format, namespace, name, uid, uuid }: TraceClass): string | null {
  if (format === 'ctf-1.8') return uuid;
  return uid === null ? null : JSON.stringify([namespace, name, uid]);
}

function readTraceClass({ path, metadata }: TraceFolder): TraceClass {
  if (metadata.sizeBytes > MAX_METADATA_BYTES) {
    throw new FormatError(`Metadata too large: size=${metadata.sizeBytes}, limit=${MAX_METADATA_BYTES}`);
  }
  try {
    return parseMetadata(metadata.read(0, metadata.sizeBytes)).traceClass;
  } catch (error) {
    if (error instanceof LttngError) throw error.within('Trace', { path });
    throw error;
  }
}

/** Packets of one data stream, gathered from its files. */
interface Gathered {
  readonly dataStreamClass: DataStreamClass;
  readonly id: bigint | null;
  packets: PacketPlace[];
  files: { readonly path: string; readonly beginCycles: bigint | null }[];
  damage: FileDamage | null;
}

function openTrace(
  members: readonly { folder: TraceFolder; traceClass: TraceClass }[],
  budget: WindowBudget,
): Trace {
  // Chunks of a rotation have metadata of different lengths; the largest knows every class of the others.
  const [first, ...others] = members;
  if (first === undefined) throw new FormatError('Trace without folders');
  const { traceClass } = others.reduce(
    (largest, member) => (classCount(member.traceClass) > classCount(largest.traceClass) ? member : largest),
    first,
  );
  const hostname = traceClass.environment.get('hostname');
  // Babeltrace 2 names a trace after its folder only when that is its only one.
  const names = [
    typeof hostname === 'string' ? hostname : '',
    others.length === 0 ? first.folder.relativePath : '',
  ];
  const identity: TraceIdentity = { traceClass, name: names.filter((name) => name !== '').join('/') };
  const operations = compileTrace(traceClass);
  const gathered: Gathered[] = [];
  const faults: FormatError[] = [];
  for (const { folder } of members) {
    for (const file of folder.dataStreams) {
      if (file.source.sizeBytes === 0) continue;
      try {
        gather(indexFile(file, operations), gathered);
      } catch (error) {
        // The other files are read all the same.
        if (!(error instanceof FormatError)) throw error;
        faults.push(error.within('Trace', { path: folder.path }));
      }
    }
  }
  gathered.sort((a, b) => compareText(a.files[0]!.path, b.files[0]!.path));
  budget.add(gathered.length);
  let unnumbered = 0n;
  const dataStreams = gathered.map(
    ({ dataStreamClass, id, packets, files, damage }) =>
      new DataStream({
        identity: {
          trace: identity,
          dataStreamClass,
          id: id ?? unnumbered++,
          isNumbered: id !== null,
          name: files[0]!.path,
        },
        operations,
        packets,
        damage,
        budget,
      }),
  );
  return { ...identity, dataStreams, faults };
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function classCount({ dataStreamClasses }: TraceClass): number {
  let count = dataStreamClasses.size;
  for (const { eventRecordClasses } of dataStreamClasses.values()) count += eventRecordClasses.size;
  return count;
}

function gather(file: Gathered, all: Gathered[]): void {
  const known =
    file.id === null || file.packets[0]?.beginCycles === null
      ? undefined
      : all.find(({ dataStreamClass, id }) => dataStreamClass === file.dataStreamClass && id === file.id);
  if (known === undefined) {
    all.push(file);
    return;
  }
  known.packets = mergePackets(known.packets, file.packets);
  known.files = [...known.files, ...file.files].sort((a, b) => compareCycles(a.beginCycles, b.beginCycles));
  known.damage ??= file.damage;
}

function compareCycles(a: bigint | null, b: bigint | null): number {
  return a === null || b === null || a === b ? 0 : a < b ? -1 : 1;
}

/** Packets of both in order of time; of two equal ones, one. */
function mergePackets(a: readonly PacketPlace[], b: readonly PacketPlace[]): PacketPlace[] {
  const sorted = [...a, ...b].sort((left, right) => compareCycles(left.beginCycles, right.beginCycles));
  return sorted.filter((packet, i) => {
    const before = sorted[i - 1];
    return (
      before === undefined ||
      before.packetSizeBytes !== packet.packetSizeBytes ||
      before.beginCycles !== packet.beginCycles ||
      before.endCycles !== packet.endCycles ||
      before.sequenceNumber !== packet.sequenceNumber
    );
  });
}

/** Finds the packets of a file: from its index when that fits the file, else by walking them. */
function indexFile(file: DataStreamFile, operations: TraceOperations): Gathered {
  const { source } = file;
  let header: PacketHeader;
  try {
    header = readPacketHeader(source, 0, operations);
  } catch (error) {
    if (error instanceof LttngError)
      throw error.within('Data stream', { file: source.path, packet: 0, offsetBytes: 0 });
    throw error;
  }
  const { dataStreamClass } = header.operations;
  const found = readIndex(file, dataStreamClass) ?? walkPackets(source, header, operations);
  return {
    dataStreamClass,
    id: header.dataStreamId,
    files: [{ path: source.path, beginCycles: header.beginCycles }],
    ...found,
  };
}

function readIndex(
  { source, index }: DataStreamFile,
  { defaultClockClass }: DataStreamClass,
): { packets: PacketPlace[]; damage: null } | null {
  const packets = index === null || defaultClockClass === null ? null : indexedPackets(source, index);
  return packets === null ? null : { packets, damage: null };
}

/** `first` is the header of the first packet. */
function walkPackets(
  source: ByteSource,
  first: PacketHeader,
  operations: TraceOperations,
): { packets: PacketPlace[]; damage: FileDamage | null } {
  const packets: PacketPlace[] = [];
  for (let offsetBytes = 0; offsetBytes < source.sizeBytes; ) {
    let header: PacketHeader;
    try {
      header = offsetBytes === 0 ? first : readPacketHeader(source, offsetBytes, operations);
    } catch (error) {
      // Packets before this one are good and shall be read; the fault comes after them.
      if (error instanceof FormatError)
        return { packets, damage: { path: source.path, offsetBytes, reason: error.message } };
      throw error;
    }
    const packetSizeBytes = header.packetSizeBits / 8;
    const { beginCycles, endCycles, sequenceNumber } = header;
    packets.push({ source, offsetBytes, packetSizeBytes, beginCycles, endCycles, sequenceNumber });
    const endBytes = offsetBytes + packetSizeBytes;
    if (endBytes > source.sizeBytes) {
      const reason = `Packet exceeds its file: packet-end=${endBytes}, file-size=${source.sizeBytes}`;
      return { packets, damage: { path: source.path, offsetBytes, reason } };
    }
    offsetBytes = endBytes;
  }
  return { packets, damage: null };
}

/**
 * Reads traces as one flow in order of time: all, or what is in `range`, for which packets before it are passed over. What is
 * damaged is reported last: everything that can be read is given before the first fault is thrown.
 */
export function* readMessages(
  traces: readonly Trace[],
  range: TimeRange | null = null,
): Generator<Message, void> {
  const dataStreams = traces.flatMap((trace) => trace.dataStreams);
  if (range === null) yield* mergeMessages(dataStreams);
  else yield* messagesInRange(dataStreams, range);
  const [fault] = traces.flatMap(({ faults }) => faults);
  if (fault !== undefined) throw fault;
}

function* messagesInRange(dataStreams: readonly DataStream[], range: TimeRange): Generator<Message, void> {
  const { beginNs, endNs } = range;
  const sources =
    beginNs === null ? dataStreams : dataStreams.map((dataStream) => sourceFrom(dataStream, beginNs));
  for (const message of mergeMessages(sources, endNs)) {
    const part = partInRange(message, range);
    if (part !== null) yield part;
  }
}
