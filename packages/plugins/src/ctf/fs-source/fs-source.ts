/**
 * `source.ctf.fs`: reads a CTF trace from the file system. One component is one trace; each of its data streams has an
 * output port.
 */
import type { FormatError } from '@lttng-ts/base';
import {
  type DataStream,
  noticeText,
  type OpenOptions,
  type TraceClass,
  unpackMetadata,
  WindowBudget,
} from '@lttng-ts/ctf';
import {
  isArray,
  isMap,
  type MessageIteratorBehaviour,
  MIP_VERSIONS,
  type MipVersion,
  type SelfMessageIterator,
  type SelfSource,
  type SourceClass,
  type Stream,
  Trace,
  type TraceProperties,
  UnknownObjectError,
  type Value,
  type ValueMap,
} from '@lttng-ts/graph';
import type { Host, InputFiles } from '../../host.ts';
import {
  booleanParam,
  integerParam,
  type Parameters,
  requireMap,
  stringParam,
  validateParams,
} from '../../params/validate.ts';
import { metadataInfo, supportInfo, traceInfos } from './fs-query.ts';
import { hasMetadata, openTrace, readMetadata } from './open-trace.ts';
import type { OpenedTrace } from './opened-trace.ts';
import { StreamIterator } from './stream-iterator.ts';
import { traceIdentity } from './trace-identity.ts';
import { type ClockChanges, type StreamTranslation, translateTraceClass } from './translate-trace.ts';

/** Ours. */
const CONTINUE = 'continue-after-damage';

const PARAMETERS: Parameters = {
  inputs: { shape: { kind: 'array', element: { kind: 'string' }, minimumLength: 1 }, isMandatory: true },
  'trace-name': { shape: { kind: 'string' } },
  'clock-class-offset-s': { shape: { kind: 'integer' } },
  'clock-class-offset-ns': { shape: { kind: 'integer' } },
  'force-clock-class-origin-unix-epoch': { shape: { kind: 'boolean' } },
  [CONTINUE]: { shape: { kind: 'boolean' } },
};

interface PortData {
  readonly dataStream: DataStream;
  readonly stream: Stream;
  readonly translation: StreamTranslation;
  /** What is wrong with files that are in no data stream: told when this one has ended. */
  readonly faults: readonly FormatError[];
}

export const fsSource = (host: Host): SourceClass => ({
  kind: 'source',
  name: 'fs',
  description: 'Read CTF traces from the file system.',
  help: 'See the babeltrace2-source.ctf.fs(7) manual page.',
  supportedMipVersions: (params) => supportedMipVersions(params, host),
  query(object, params) {
    const map = requireMap(params);
    switch (object) {
      case 'babeltrace.support-info':
        return supportInfo(map, host.input);
      case 'babeltrace.trace-infos':
        return traceInfos(
          openFromParams(map, host, new WindowBudget()),
          inputsOf(map)[0]!,
          shiftNs(clockChanges(map)),
        );
      case 'metadata-info':
        return metadataInfo(map, host.input);
      default:
        throw new UnknownObjectError(fsSource(host), object);
    }
  },
  initialize(self, params) {
    const ports = makeStreams(params, host, self);
    for (const [name, port] of ports) self.addOutputPort(name, port);
    const iterate = ({ port }: SelfMessageIterator, takesRuns: boolean): StreamIterator => {
      const { dataStream, stream, translation, faults } = port.data as PortData;
      return new StreamIterator(dataStream, stream, translation, { takesRuns, faults });
    };
    return {
      // Without runs, messages are all that it gives.
      createMessageIterator: (iterator) => iterate(iterator, false) as MessageIteratorBehaviour,
      createFlowIterator: (iterator) => iterate(iterator, true),
      finalize: () => budgetOf(host).remove(ports.length),
    };
  },
});

const inputsOf = (params: ValueMap): readonly string[] => params.get('inputs') as readonly string[];

function openFromParams(
  params: ValueMap,
  { input }: Host,
  budget: WindowBudget,
  tell?: OpenOptions['tell'],
): OpenedTrace {
  validateParams(params, PARAMETERS);
  const continuesAfterDamage = booleanParam(params, CONTINUE, false);
  return openTrace(inputsOf(params), input, budget, {
    continuesAfterDamage,
    ...(tell === undefined ? {} : { tell }),
  });
}

/** What all that reads with this host share. */
const budgets = new WeakMap<InputFiles, WindowBudget>();

function budgetOf({ input, windowBytes }: Host): WindowBudget {
  const budget = budgets.get(input) ?? new WindowBudget(windowBytes ?? null);
  budgets.set(input, budget);
  return budget;
}

/** CTF 2 can say what MIP 0 cannot. Parameters that are wrong are told later. */
function supportedMipVersions(params: Value, host: Host): readonly MipVersion[] {
  const inputs = isMap(params) ? params.get('inputs') : null;
  const [first] = inputs !== undefined && inputs !== null && isArray(inputs) ? inputs : [];
  if (typeof first !== 'string' || !hasMetadata(first, host.input)) return MIP_VERSIONS;
  return isCtf2(readMetadata(first, host.input)) ? [1] : MIP_VERSIONS;
}

/** CTF 2 is a sequence of JSON texts, each after a record separator. */
const isCtf2 = (metadata: Uint8Array): boolean => unpackMetadata(metadata).text.startsWith('\x1e');

function makeStreams(
  params: ValueMap,
  host: Host,
  { mipVersion, log }: SelfSource,
): readonly [string, PortData][] {
  const { ctf, streams } = openFromParams(params, host, budgetOf(host), (notice) =>
    log.warn(noticeText(notice)),
  );
  const translated = translateTraceClass(ctf.traceClass, mipVersion, clockChanges(params));
  const trace = new Trace(translated.traceClass, {
    ...traceProperties(ctf.traceClass, stringParam(params, 'trace-name'), mipVersion),
    environment: ctf.traceClass.environment,
  });
  return streams.map(({ dataStream, id, portName }, i): [string, PortData] => {
    const { name, dataStreamClass } = dataStream.identity;
    const translation = translated.streams.get(dataStreamClass)!;
    const stream = trace.addStream(translation.streamClass, { id, name });
    return [portName, { dataStream, stream, translation, faults: i === 0 ? ctf.faults : [] }];
  });
}

function traceProperties(
  traceClass: TraceClass,
  nameParam: string | null,
  mipVersion: MipVersion,
): Pick<TraceProperties, 'namespace' | 'name' | 'uid' | 'uuid'> {
  // As upstream, whatever name the metadata of CTF 2 has.
  const parts = [traceClass.environment.get('hostname'), nameParam].filter(
    (part) => typeof part === 'string',
  );
  const name = parts.join('/');
  if (mipVersion === 0) return { namespace: null, name, uid: null, uuid: traceClass.uuid };
  const { namespace, uid } = traceIdentity(traceClass);
  return { namespace, name, uid, uuid: null };
}

const shiftNs = ({ offsetSeconds, offsetNs }: ClockChanges): bigint =>
  offsetSeconds * 1_000_000_000n + offsetNs;

function clockChanges(params: ValueMap): ClockChanges {
  return {
    offsetSeconds: integerParam(params, 'clock-class-offset-s') ?? 0n,
    offsetNs: integerParam(params, 'clock-class-offset-ns') ?? 0n,
    forcesUnixEpoch: booleanParam(params, 'force-clock-class-origin-unix-epoch', false),
  };
}
