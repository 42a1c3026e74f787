/**
 * Names of output ports: the trace's identity (or its path), the data stream class and the data stream (or its first
 * file), as in `{namespace: \`lttng.org,2009\`, name: \`\`, uid: \`…\`} | 0 | 2`. They do not depend on the version of the
 * message rules: `babeltrace.trace-infos` tells them before there is a graph.
 */
import type { DataStream, Trace, TraceClass } from '@lttng-ts/ctf';

/** LTTng's traces of CTF 1.8 have a namespace only by what is known of LTTng. */
const LTTNG_NAMESPACE = 'lttng.org,2009';
const LTTNG_TRACERS: readonly unknown[] = ['lttng-ust', 'lttng-modules'];

/** The namespace of a trace, in either format. */
export function namespaceOf({ format, namespace, environment }: TraceClass): string | null {
  if (format === 'ctf-2') return namespace;
  return LTTNG_TRACERS.includes(environment.get('tracer_name')) ? LTTNG_NAMESPACE : null;
}

/** What tells traces apart: name and value pairs, or `null` for a trace that nothing tells apart. */
export function identityOf(traceClass: TraceClass): readonly (readonly [string, string])[] | null {
  const uid = traceClass.format === 'ctf-2' ? traceClass.uid : traceClass.uuid;
  if (uid === null) return null;
  const namespace = namespaceOf(traceClass);
  const name = traceClass.format === 'ctf-2' ? (traceClass.name ?? '') : '';
  return [...(namespace === null ? [] : [['namespace', namespace] as const]), ['name', name], ['uid', uid]];
}

/** The name of a data stream's port. `tracePath` is the first folder of the trace. */
export function portName({ traceClass }: Trace, tracePath: string, { identity }: DataStream): string {
  const pairs = identityOf(traceClass)?.map(([key, value]) => `${key}: \`${value}\``);
  const trace = pairs === undefined ? tracePath : `{${pairs.join(', ')}}`;
  const stream = identity.isNumbered ? String(identity.id) : identity.name;
  return [trace, identity.dataStreamClass.id, stream].join(' | ');
}
