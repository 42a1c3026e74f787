/**
 * Who a trace is: namespace, name and unique identifier. Traces of CTF 2 say so; for those of CTF 1.8 their UUID is
 * the identifier, and LTTng's are known by the tracer's name.
 */
import type { TraceClass } from '@lttng-ts/ctf';

export interface TraceIdentity {
  readonly namespace: string | null;
  readonly name: string | null;
  readonly uid: string | null;
}

const LTTNG_NAMESPACE = 'lttng.org,2009';
const LTTNG_TRACERS: readonly unknown[] = ['lttng-ust', 'lttng-modules'];

export function traceIdentity({
  format,
  namespace,
  name,
  uid,
  uuid,
  environment,
}: TraceClass): TraceIdentity {
  if (format === 'ctf-2') return { namespace, name, uid };
  const isLttng = LTTNG_TRACERS.includes(environment.get('tracer_name'));
  return { namespace: isLttng ? LTTNG_NAMESPACE : null, name: '', uid: uuid };
}

/** Whether an identity tells traces apart. */
export const isKnown = ({ name, uid }: TraceIdentity): boolean => name !== null && uid !== null;

/** Formats what is there, as `name: x, uid: y`; `quote` goes around each value. */
export function formatIdentity({ namespace, name, uid }: TraceIdentity, quote: string): string {
  return Object.entries({ namespace, name, uid })
    .filter(([, value]) => value !== null)
    .map(([what, value]) => `${what}: ${quote}${value}${quote}`)
    .join(', ');
}
