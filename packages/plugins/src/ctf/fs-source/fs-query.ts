/** Questions to `source.ctf.fs`: what is in a folder, when its streams begin and end, its metadata as text. */
import { FormatError, LttngError, cycles as toCycles, UsageError } from '@lttng-ts/base';
import { cyclesToNs, type DataStream, findStart, parseMetadata, unpackMetadata } from '@lttng-ts/ctf';
import { type Value, type ValueMap, valueMap } from '@lttng-ts/graph';
import type { InputFiles } from '../../host.ts';
import { hasMetadata, readMetadata } from './open-trace.ts';
import type { OpenedTrace } from './opened-trace.ts';
import { formatIdentity, isKnown, traceIdentity } from './trace-identity.ts';

/** How sure we are of a folder whose metadata we understand. */
const SUPPORT_WEIGHT = 0.75;
const CTF_1_SIGNATURE = '/* CTF 1.8';

/** `babeltrace.support-info`: whether `input` is a trace, and which folders belong to it. */
export function supportInfo(params: ValueMap, files: InputFiles): Value {
  const [type, input] = [params.get('type'), params.get('input')];
  if (typeof type !== 'string') throw new UsageError('Missing or invalid parameter: name="type"');
  if (type !== 'directory') return valueMap({ weight: 0 });
  if (typeof input !== 'string') throw new UsageError('Missing or invalid parameter: name="input"');
  if (!hasMetadata(input, files)) return valueMap({ weight: 0 });
  const identity = traceIdentity(parseMetadata(readMetadata(input, files)).traceClass);
  if (!isKnown(identity)) return valueMap({ weight: SUPPORT_WEIGHT });
  return valueMap({ weight: SUPPORT_WEIGHT, group: formatIdentity(identity, '') });
}

/** `metadata-info`: the text of the metadata stream, without packets. */
export function metadataInfo(params: ValueMap, files: InputFiles): Value {
  const path = params.get('path');
  if (path === undefined) throw new UsageError('Mandatory `path` parameter missing');
  if (typeof path !== 'string') throw new UsageError('`path` parameter is required to be a string value');
  const { text, isPacketized } = unpackText(path, files);
  const isSigned = text.startsWith(CTF_1_SIGNATURE) || text.startsWith('\x1e');
  return valueMap({
    text: isSigned ? text : `${CTF_1_SIGNATURE} */\n\n${text}`,
    'is-packetized': isPacketized,
  });
}

function unpackText(path: string, files: InputFiles): { text: string; isPacketized: boolean } {
  try {
    const bytes = readMetadata(path, files);
    const { text, packets } = unpackMetadata(bytes);
    return { text, isPacketized: packets !== null };
  } catch (error) {
    if (!(error instanceof LttngError)) throw error;
    throw error.within(`Cannot open trace metadata: path="${path}".`);
  }
}

/**
 * `babeltrace.trace-infos`: the streams of a trace by the names of their ports, and their times, which parameters shift
 * by `shiftNs`.
 */
export function traceInfos(trace: OpenedTrace, path: string, shiftNs: bigint): Value {
  if (trace.streams.length === 0) throw new FormatError(`Trace has no streams: trace-path=${path}`);
  const streams = trace.streams.map(({ dataStream, portName }) => {
    const range = timeRange(dataStream, trace)?.map((ns) => ns + shiftNs);
    return range === undefined
      ? valueMap({ 'port-name': portName })
      : valueMap({ 'port-name': portName, 'range-ns': valueMap({ begin: range[0]!, end: range[1]! }) });
  });
  return [valueMap({ 'stream-infos': streams })];
}

/** From the first packet's beginning to the last one's end, put right where the tracer is known to be wrong. */
function timeRange(dataStream: DataStream, { faults }: OpenedTrace): readonly [bigint, bigint] | null {
  const { defaultClockClass } = dataStream.identity.dataStreamClass;
  const first = dataStream.packets[0];
  const last = dataStream.packets.at(-1);
  if (defaultClockClass === null || first === undefined || last === undefined) return null;
  const { beginCycles } = first;
  let { endCycles } = last;
  if (beginCycles === null || endCycles === null) return null;
  const isUnended = faults.hasUnendedPackets && endCycles === 0n && last.beginCycles !== 0n;
  if (faults.hasEventsAfterPacket || isUnended)
    endCycles = lastEventCycles(dataStream, last.beginCycles!) ?? last.beginCycles!;
  return [
    cyclesToNs(defaultClockClass, toCycles(beginCycles)),
    cyclesToNs(defaultClockClass, toCycles(endCycles)),
  ];
}

/** The time of the last event record of the last packet, which begins at `beginCycles`. */
function lastEventCycles(dataStream: DataStream, beginCycles: bigint): bigint | null {
  let last: bigint | null = null;
  for (const message of dataStream.messages(findStart(dataStream, (cycles) => cycles < beginCycles))) {
    if (message.kind === 'packet-beginning') last = null;
    if (message.kind === 'event-record') last = message.cycles;
  }
  return last;
}
