/** Tracepoints of applications as `lttng list --userspace` prints them. */
import type { ApplicationInfo, ApplicationTracepoints, TracepointFieldInfo } from '@lttng-ts/protocols';
import { domainRow } from '../domains.ts';
import type { ResultItem } from '../results.ts';
import { logLevelText } from '../values/log-levels.ts';
import { printable } from './printable.ts';

type Tracepoints = Extract<ResultItem, { readonly kind: 'tracepoints' }>;

/** The list of one domain. */
export function tracepointLines(item: Tracepoints): readonly string[] {
  const isAgent = item.domain !== 'ust' && item.domain !== 'kernel';
  const heading = isAgent
    ? [`${domainRow(item.domain).word} events (Logger name):`, '-------------------------']
    : [item.domain === 'ust' ? 'UST events:' : 'Kernel events:', '-------------'];
  const body = item.applications.flatMap((application) => applicationLines(application, item.withFields));
  return [
    ...heading,
    ...(body.length === 0 ? ['None'] : body),
    '',
    ...refusedLines(item.refusedApplications),
  ];
}

function applicationLines(
  { application, tracepoints }: ApplicationTracepoints,
  withFields: boolean,
): readonly string[] {
  if (tracepoints.length === 0) return [];
  const lines = tracepoints.flatMap(({ name, logLevel, fields }) => [
    `      ${printable(name)} (loglevel: ${logLevelText(logLevel)} (${logLevel})) (type: tracepoint)`,
    ...(withFields ? fields.map(fieldLine) : []),
  ]);
  return ['', `PID: ${application.pid} - Name: ${printable(application.name)}`, ...lines];
}

function fieldLine({ name, type, isWritten }: TracepointFieldInfo): string {
  return `        field: ${printable(name)} (${type === 'other' ? 'unknown' : type})${isWritten ? '' : ' [no write]'}`;
}

/** Differs from upstream: applications that cannot be traced are listed with the reason; upstream is silent. */
function refusedLines(applications: readonly ApplicationInfo[]): readonly string[] {
  if (applications.length === 0) return [];
  return [
    'Refused applications:',
    '-------------',
    '',
    ...applications.map(
      ({ pid, name, refusal }) => `PID: ${pid} - Name: ${printable(name)} - Reason: ${refusal ?? ''}`,
    ),
    '',
  ];
}
