/**
 * What `source.ctf.fs` answers: `metadata-info`, `babeltrace.trace-infos` (streams and their time ranges) and
 * `babeltrace.support-info` (whether it reads an input).
 */
import { FormatError, cycles as toCycles, UsageError } from '@lttng-ts/base';
import { cyclesToNs, type DataStream, parseMetadata, unpackMetadata } from '@lttng-ts/ctf';
import { type Value, type ValueMap, valueMap } from '@lttng-ts/graph';
import type { InputFiles } from '../../host.ts';
import { hasMetadata, openTrace } from './open-trace.ts';
import { identityOf, portName } from './port-names.ts';

/** How sure the source is of a folder whose metadata it can parse. */
const TRACE_WEIGHT = 0.75;
const CTF_1_8_MARK = '/* CTF 1.8';
const RECORD_SEPARATOR = '\x1e';

/** `metadata-info`: the metadata's text, and whether it is in packets. */
export function metadataInfo(params: ValueMap, files: InputFiles): Value {
  const path = params.get('path');
  if (path === undefined) throw new UsageError('Mandatory `path` parameter missing');
  if (typeof path !== 'string') throw new UsageError('`path` parameter is required to be a string value');
  const { text, packets } = unpackMetadata(readMetadata(path, files));
  const isMarked = text.startsWith(CTF_1_8_MARK) || text.startsWith(RECORD_SEPARATOR);
  return valueMap({
    text: isMarked ? text : `${CTF_1_8_MARK} */\n\n${text}`,
    'is-packetized': packets !== null,
  });
}

/** `babeltrace.support-info`: only folders with metadata are read. Traces of one identity belong together. */
export function supportInfo(params: ValueMap, files: InputFiles): Value {
  const [input, type] = [params.get('input'), params.get('type')];
  if (typeof input !== 'string' || type !== 'directory' || !hasMetadata(input, files)) {
    return valueMap({ weight: 0 });
  }
  const identity = identityOf(parseMetadata(readMetadata(input, files)).traceClass);
  const group = identity?.map(([key, value]) => `${key}: ${value}`).join(', ');
  return valueMap({ weight: TRACE_WEIGHT, ...(group === undefined ? {} : { group }) });
}

function readMetadata(path: string, files: InputFiles): Uint8Array {
  const source = files.open(`${path}/metadata`);
  return source.read(0, source.sizeBytes);
}

/**
 * `babeltrace.trace-infos`: the data streams of the trace with their ports and, where packets tell, time ranges.
 * Parameters shift the clock by `shiftNs`.
 */
export function traceInfos(params: ValueMap, files: InputFiles, shiftNs: bigint): Value {
  const inputs = params.get('inputs') as readonly string[];
  const trace = openTrace(inputs, files);
  const path = files.normalize([...inputs].sort()[0]!);
  if (trace.dataStreams.length === 0) throw new FormatError(`Trace has no streams: trace-path=${path}`);
  const streams = trace.dataStreams.map((dataStream) => {
    const range = rangeOf(dataStream, shiftNs);
    const name = { 'port-name': portName(trace, path, dataStream) };
    return valueMap(range === null ? name : { ...name, 'range-ns': range });
  });
  return [valueMap({ 'stream-infos': streams })];
}

/** From the beginning of the first packet to the end of the last one; `null` when they do not tell both. */
function rangeOf(
  { identity, packets }: DataStream,
  shiftNs: bigint,
): { readonly begin: bigint; readonly end: bigint } | null {
  const { defaultClockClass } = identity.dataStreamClass;
  const [beginCycles, endCycles] = [packets[0]?.beginCycles, packets.at(-1)?.endCycles];
  if (defaultClockClass === null || beginCycles == null || endCycles == null) return null;
  const ns = (value: bigint): bigint => cyclesToNs(defaultClockClass, toCycles(value)) + shiftNs;
  return { begin: ns(beginCycles), end: ns(endCycles) };
}
