/**
 * `source.ctf.fs`: reads a CTF trace from the file system. One component is one trace; each of its data streams has an
 * output port.
 */
import type { DataStream, TraceClass } from '@lttng-ts/ctf';
import {
  type MipVersion,
  type SourceClass,
  type Stream,
  Trace,
  type TraceProperties,
  UnknownObjectError,
  type ValueMap,
} from '@lttng-ts/graph';
import type { Host } from '../../host.ts';
import {
  booleanParam,
  integerParam,
  type Parameters,
  requireMap,
  stringParam,
  validateParams,
} from '../../params/validate.ts';
import { openTrace } from './open-trace.ts';
import { namespaceOf, portName } from './port-names.ts';
import { metadataInfo, supportInfo, traceInfos } from './queries.ts';
import { StreamIterator } from './stream-iterator.ts';
import { type ClockChanges, type StreamTranslation, translateTraceClass } from './translate-trace.ts';

const PARAMETERS: Parameters = {
  inputs: { shape: { kind: 'array', element: { kind: 'string' }, minimumLength: 1 }, isMandatory: true },
  'trace-name': { shape: { kind: 'string' } },
  'clock-class-offset-s': { shape: { kind: 'integer' } },
  'clock-class-offset-ns': { shape: { kind: 'integer' } },
  'force-clock-class-origin-unix-epoch': { shape: { kind: 'boolean' } },
};

interface PortData {
  readonly dataStream: DataStream;
  readonly stream: Stream;
  readonly translation: StreamTranslation;
}

export const fsSource = (host: Host): SourceClass => ({
  kind: 'source',
  name: 'fs',
  description: 'Read CTF traces from the file system.',
  help: 'See the babeltrace2-source.ctf.fs(7) manual page.',
  query(object, params) {
    switch (object) {
      case 'metadata-info':
        return metadataInfo(requireMap(params), host.input);
      case 'babeltrace.trace-infos':
        validateParams(requireMap(params), PARAMETERS);
        return traceInfos(requireMap(params), host.input, shiftNs(requireMap(params)));
      case 'babeltrace.support-info':
        return supportInfo(requireMap(params), host.input);
      default:
        throw new UnknownObjectError(this, object);
    }
  },
  initialize(self, params) {
    validateParams(params, PARAMETERS);
    const opened = openFromParams(params, host, self.mipVersion);
    for (const [name, port] of opened) self.addOutputPort(name, port);
    return {
      createMessageIterator({ port }) {
        const { dataStream, stream, translation } = port.data as PortData;
        return new StreamIterator(dataStream, stream, translation);
      },
    };
  },
});

function openFromParams(params: ValueMap, host: Host, mipVersion: MipVersion): readonly [string, PortData][] {
  const inputs = params.get('inputs') as readonly string[];
  const ctf = openTrace(inputs, host.input);
  const { traceClass, streams } = translateTraceClass(ctf.traceClass, mipVersion, clockChanges(params));
  const trace = new Trace(traceClass, {
    ...traceIdentity(ctf.traceClass, stringParam(params, 'trace-name'), mipVersion),
    environment: ctf.traceClass.environment,
  });
  const path = host.input.normalize([...inputs].sort()[0]!);
  return ctf.dataStreams.map((dataStream): [string, PortData] => {
    const { id, name, dataStreamClass } = dataStream.identity;
    const translation = streams.get(dataStreamClass)!;
    const stream = trace.addStream(translation.streamClass, { id, name });
    return [portName(ctf, path, dataStream), { dataStream, stream, translation }];
  });
}

function traceIdentity(
  traceClass: TraceClass,
  nameParam: string | null,
  mipVersion: MipVersion,
): Pick<TraceProperties, 'namespace' | 'name' | 'uid' | 'uuid'> {
  const { format, namespace, name, uid, uuid, environment } = traceClass;
  if (format === 'ctf-2') return { namespace, name: nameParam ?? name, uid, uuid: null };
  const prefixed = [environment.get('hostname'), nameParam].filter((part) => typeof part === 'string');
  if (mipVersion === 0) return { namespace: null, name: prefixed.join('/'), uid: null, uuid };
  return { namespace: namespaceOf(traceClass), name: prefixed.join('/'), uid: uuid, uuid: null };
}

/** What the clock parameters add. */
function shiftNs(params: ValueMap): bigint {
  const { offsetSeconds, offsetNs } = clockChanges(params);
  return offsetSeconds * 1_000_000_000n + offsetNs;
}

function clockChanges(params: ValueMap): ClockChanges {
  return {
    offsetSeconds: integerParam(params, 'clock-class-offset-s') ?? 0n,
    offsetNs: integerParam(params, 'clock-class-offset-ns') ?? 0n,
    forcesUnixEpoch: booleanParam(params, 'force-clock-class-origin-unix-epoch', false),
  };
}
