/**
 * A trace from the files of its folders. Several folders with one UUID are one trace (the archives of a rotated
 * session, overlapping snapshots): data streams of the same class and id are joined, packets that occur twice
 * are read once.
 */
import { FormatError, LttngError } from '@lttng-ts/base';
import { compileTrace } from '../decode/operations.ts';
import { parseMetadata } from '../metadata/parse.ts';
import type { DataStreamClass, TraceClass } from '../model/trace-class.ts';
import { type ByteSource, isEmpty, readWhole } from './byte-source.ts';
import { DataStream, type FileDamage, type PacketPlace } from './data-stream.ts';
import { type IndexedFile, indexedPackets } from './indexed-packets.ts';
import { damagesOf } from './late-damage.ts';
import { mergeMessages } from './merge.ts';
import type { Message, TraceIdentity } from './messages.ts';
import type { Notice, Tell } from './notice.ts';
import { type KnownHeader, type PacketHeader, PacketHeaderReader } from './packet-header.ts';
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
  /** What is not in order besides: what was found when it was opened, then what reading came to. */
  readonly notices: readonly Notice[];
}

export interface OpenOptions {
  /**
   * Damage ends its packet, not its data stream: what was passed over is told, reading goes on with the next packet by the
   * index, or by the size that the damaged packet tells.
   */
  readonly continuesAfterDamage?: boolean;
  /** Told of each notice when it is found. */
  readonly tell?: Tell;
}

/** Reads the metadata of each folder and puts folders of one UUID together. Throws `FormatError`. */
export function openTraces(
  folders: readonly TraceFolder[],
  budget: WindowBudget = new WindowBudget(),
  options: OpenOptions = {},
): readonly Trace[] {
  const groups = new Map<string, { folder: TraceFolder; traceClass: TraceClass }[]>();
  for (const folder of folders) {
    const traceClass = readTraceClass(folder);
    const key = traceKey(traceClass) ?? `path ${folder.path}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [{ folder, traceClass }]);
    else group.push({ folder, traceClass });
  }
  return [...groups.values()].map((members) => openTrace(members, budget, options));
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
    return parseMetadata(readWhole(metadata)).traceClass;
  } catch (error) {
    if (error instanceof LttngError) throw error.within('Trace', { path });
    throw error;
  }
}

/** Packets of one data stream, gathered from its files. */
interface Gathered {
  readonly dataStreamClass: DataStreamClass;
  readonly id: bigint | null;
  /** That of the file from which they come, or of the first of several. */
  readonly firstHeader: KnownHeader;
  packets: readonly PacketPlace[];
  files: { readonly source: ByteSource; readonly beginCycles: bigint | null }[];
  damages: readonly FileDamage[];
}

function openTrace(
  members: readonly { folder: TraceFolder; traceClass: TraceClass }[],
  budget: WindowBudget,
  { continuesAfterDamage = false, tell: tellReader }: OpenOptions,
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
  const headers = new PacketHeaderReader(operations);
  const gathering = new Gathering();
  const faults: FormatError[] = [];
  const notices: Notice[] = [];
  const tell = (notice: Notice): void => {
    notices.push(notice);
    tellReader?.(notice);
  };
  for (const { folder } of members) {
    for (const file of folder.dataStreams) {
      if (isEmpty(file.source)) continue;
      try {
        gathering.add(indexFile(file, headers, { continuesAfterDamage, tell }));
      } catch (error) {
        // The other files are read all the same.
        if (!(error instanceof FormatError)) throw error;
        if (continuesAfterDamage) tell(passedOverFile(file, error));
        else faults.push(error.within('Trace', { path: folder.path }));
      }
    }
  }
  const gathered = [...gathering.all].sort((a, b) =>
    compareText(a.files[0]!.source.path, b.files[0]!.source.path),
  );
  budget.add(gathered.length);
  let unnumbered = 0n;
  const dataStreams = gathered.map(({ dataStreamClass, id, firstHeader, packets, files, damages: known }) => {
    const sources = files.map(({ source }) => source);
    const clockClass = dataStreamClass.defaultClockClass;
    const { damages, telling } = damagesOf({ sources, packets, known, clockClass });
    return new DataStream({
      identity: {
        trace: identity,
        dataStreamClass,
        id: id ?? unnumbered++,
        isNumbered: id !== null,
        name: files[0]!.source.path,
      },
      operations,
      packets,
      firstHeader,
      damages,
      budget,
      tell: telling(tell),
      continuesAfterDamage,
    });
  });
  return { ...identity, dataStreams, faults, notices };
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function classCount({ dataStreamClasses }: TraceClass): number {
  let count = dataStreamClasses.size;
  for (const { eventRecordClasses } of dataStreamClasses.values()) count += eventRecordClasses.size;
  return count;
}

/** Puts files of one data stream together. */
class Gathering {
  readonly all: Gathered[] = [];
  /** The first of each class and id: there may be thousands of files. */
  readonly #byId = new Map<DataStreamClass, Map<bigint, Gathered>>();

  add(file: Gathered): void {
    const known = this.#findKnown(file);
    if (known === null) {
      this.all.push(file);
      return;
    }
    known.packets = mergePackets(known.packets, file.packets);
    known.files = [...known.files, ...file.files].sort((a, b) => compareCycles(a.beginCycles, b.beginCycles));
    known.damages = [...known.damages, ...file.damages];
  }

  /** The data stream to which the packets of `file` belong; `null`: they are one of their own. */
  #findKnown(file: Gathered): Gathered | null {
    const { dataStreamClass, id, packets } = file;
    if (id === null) return null;
    const ofClass = this.#byId.get(dataStreamClass) ?? new Map<bigint, Gathered>();
    this.#byId.set(dataStreamClass, ofClass);
    const known = ofClass.get(id) ?? null;
    if (known === null) ofClass.set(id, file);
    // Without times nothing says how their packets go together.
    return packets[0]?.beginCycles === null ? null : known;
  }
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

const passedOverFile = (
  { source: { path, sizeBytes } }: DataStreamFile,
  { message }: FormatError,
): Notice => ({
  kind: 'passed-over',
  path,
  packet: null,
  offsetBytes: 0,
  sizeBytes,
  eventsRead: 0,
  durationNs: null,
  reason: message,
});

/** Finds the packets of a file: from its index when that fits the file, else by walking them. */
function indexFile(
  { source, index }: DataStreamFile,
  headers: PacketHeaderReader,
  { continuesAfterDamage, tell }: Required<OpenOptions>,
): Gathered {
  const indexed = index === null ? NO_INDEX : indexedPackets(source, index);
  // Who does not go on after damage does not ask an index that may be wrong.
  const others = continuesAfterDamage ? indexed.packets : [];
  const firstHeader = findFirstHeader(source, headers, others);
  const { header } = firstHeader;
  const { dataStreamClass } = header.operations;
  const { path } = source;
  if (indexed.misfit !== null) tell({ kind: 'unfit-index', path, reason: indexed.misfit });
  const isUsed = index !== null && indexed.misfit === null && dataStreamClass.defaultClockClass !== null;
  const found = isUsed
    ? { packets: indexed.packets, damages: [] }
    : walkPackets(source, firstHeader, headers, others);
  return {
    dataStreamClass,
    id: header.dataStreamId,
    firstHeader,
    files: [{ source, beginCycles: header.beginCycles }],
    ...found,
  };
}

const NO_INDEX: IndexedFile = { packets: [], misfit: null };

/** The header of the first packet, or of the first of `others` that has one. */
function findFirstHeader(
  source: ByteSource,
  headers: PacketHeaderReader,
  others: readonly PacketPlace[],
): KnownHeader {
  const found = attempt(() => headers.known(source, 0));
  if (!(found instanceof FormatError)) return found;
  for (const { offsetBytes } of others) {
    const other = attempt(() => headers.known(source, offsetBytes));
    if (!(other instanceof FormatError)) return other;
  }
  const error = (source.fault ?? null) === null ? found : new FormatError(source.fault!);
  throw error.within('Data stream', { file: source.path, packet: 0, offsetBytes: 0 });
}

/**
 * Packets from the beginning of a file on. Where one has no header, or a size that cannot be, the one of `indexed` counts.
 * `first` is a header that is known.
 */
function walkPackets(
  source: ByteSource,
  first: KnownHeader,
  headers: PacketHeaderReader,
  indexed: readonly PacketPlace[],
): Pick<Gathered, 'packets' | 'damages'> {
  const { path, sizeBytes: fileBytes } = source;
  const packets: PacketPlace[] = [];
  for (let offsetBytes = 0; offsetBytes < fileBytes; ) {
    const found =
      offsetBytes === first.offsetBytes ? first.header : attempt(() => headers.read(source, offsetBytes));
    const place = found instanceof FormatError ? null : placeOf(source, offsetBytes, found);
    const whole =
      place !== null && isInFile(place)
        ? place
        : indexed.find((one) => one.offsetBytes === offsetBytes && isInFile(one));
    if (whole === undefined) {
      // Packets before this one are good and shall be read; the fault comes after them.
      if (place !== null) packets.push(place);
      const reason =
        source.fault ??
        (found instanceof FormatError
          ? found.message
          : `Packet exceeds its file: packet-end=${offsetBytes + found.packetSizeBits / 8}, file-size=${fileBytes}`);
      return { packets, damages: [{ path, offsetBytes, sizeBytes: fileBytes - offsetBytes, reason }] };
    }
    packets.push(whole);
    offsetBytes += whole.packetSizeBytes;
  }
  const reason = source.fault ?? null;
  const damages = reason === null ? [] : [{ path, offsetBytes: fileBytes, sizeBytes: 0, reason }];
  return { packets, damages };
}

const isInFile = ({ source, offsetBytes, packetSizeBytes }: PacketPlace): boolean =>
  offsetBytes + packetSizeBytes <= source.sizeBytes;

function attempt<T>(action: () => T): T | FormatError {
  try {
    return action();
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}

function placeOf(source: ByteSource, offsetBytes: number, header: PacketHeader): PacketPlace {
  const { packetSizeBits, beginCycles, endCycles, sequenceNumber } = header;
  const packetSizeBytes = packetSizeBits / 8;
  return { source, offsetBytes, packetSizeBytes, beginCycles, endCycles, sequenceNumber };
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
