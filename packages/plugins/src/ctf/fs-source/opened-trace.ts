/** An opened trace with what Babeltrace makes of it: numbered data streams in order, and the names of their ports. */
import type { DataStream, Trace } from '@lttng-ts/ctf';
import { formatIdentity, isKnown, traceIdentity } from './trace-identity.ts';
import { type TracerFaults, tracerFaults } from './tracer-faults.ts';

export interface OpenedStream {
  readonly dataStream: DataStream;
  /** The one in the packets, else a number that is counted. */
  readonly id: bigint;
  readonly portName: string;
}

export interface OpenedTrace {
  readonly ctf: Trace;
  readonly faults: TracerFaults;
  readonly streams: readonly OpenedStream[];
}

/** `path` is that of its first folder: it stands for the trace when nothing else does. */
export function describeTrace(ctf: Trace, path: string): OpenedTrace {
  const identity = traceIdentity(ctf.traceClass);
  const traceName = !isKnown(identity) ? path : `{${formatIdentity(identity, '`')}}`;
  const streams = ctf.dataStreams.map((dataStream): OpenedStream => {
    const { dataStreamClass, id, isNumbered, name } = dataStream.identity;
    return {
      dataStream,
      id,
      portName: [traceName, dataStreamClass.id, isNumbered ? id : name].join(' | '),
    };
  });
  return { ctf, faults: tracerFaults(ctf.traceClass), streams };
}
