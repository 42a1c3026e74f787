/** Folder names of copied traces: LTTng's own where the environment tells it all, else the trace's name. */
import type { Trace } from '@lttng-ts/graph';

const ISO_DATE_TIME = /^\d{4}-?\d{2}-?\d{2}T\d{2}:?\d{2}:?\d{2}/;

/** A way below the output folder. `.` and `..` in it are replaced: a trace cannot lead out of that folder. */
export function traceFolderName(trace: Trace): string {
  const name = lttngFolderName(trace.environment) ?? trace.name ?? 'trace';
  const safe = name
    .split('/')
    .map((part) => (part === '.' ? '_' : part === '..' ? '__' : part))
    .join('/')
    .replace(/\/+$/, '');
  return safe === '' ? 'trace' : safe;
}

/** `HOST/SESSION-TIME/ust/uid/0/64-bit`, as LTTng 2.11 and later have it; `null` when something is missing. */
function lttngFolderName(environment: Trace['environment']): string | null {
  const text = (name: string): string | null => {
    const value = environment.get(name);
    return typeof value === 'string' ? value : null;
  };
  const number = (name: string): bigint | null => {
    const value = environment.get(name);
    return typeof value === 'bigint' ? value : null;
  };
  const time = (name: string): string | null => {
    const value = text(name);
    return value !== null && ISO_DATE_TIME.test(value) ? value : null;
  };
  const isLttng = ['lttng-ust', 'lttng-modules'].includes(text('tracer_name') ?? '');
  const [major, minor] = [number('tracer_major'), number('tracer_minor')];
  if (!isLttng || major === null || minor === null) return null;
  if (major < 2n || (major === 2n && minor < 11n)) return null;
  const parts: (string | bigint | null)[] = [
    text('hostname'),
    join('-', text('trace_name'), time('trace_creation_datetime')),
  ];
  const domain = text('domain');
  parts.push(domain === 'kernel' || domain === 'ust' ? domain : null);
  if (domain === 'ust') {
    const scheme = text('tracer_buffering_scheme');
    if (scheme === 'uid') {
      const width = number('architecture_bit_width');
      parts.push(scheme, number('tracer_buffering_id'), width === null ? null : `${width}-bit`);
    } else if (scheme === 'pid') {
      parts.push(scheme, join('-', text('procname'), number('vpid'), time('vpid_datetime')));
    } else return null;
  }
  return join('/', ...parts);
}

/** `null` when one of `parts` is. */
function join(separator: string, ...parts: readonly (string | bigint | null)[]): string | null {
  return parts.includes(null) ? null : parts.join(separator);
}
