/** Options of `sink.text.pretty`, and how its parameters set them. */
import type { ValueMap } from '@lttng-ts/graph';
import { booleanParam, type Parameters, stringParam } from '../../params/validate.ts';

export interface PrettyOptions {
  readonly printsDelta: boolean;
  /** Times as cycles. */
  readonly printsCycles: boolean;
  /** Times as seconds, not as a time of day. */
  readonly printsSeconds: boolean;
  readonly printsDate: boolean;
  /** Times of day in UTC. */
  readonly isGmt: boolean;
  readonly printsEnumerationFlags: boolean;
  readonly payloadNames: boolean;
  readonly contextNames: boolean;
  readonly headerNames: boolean;
  readonly scopeNames: boolean;
  readonly trace: boolean;
  readonly traceHostname: boolean;
  readonly traceDomain: boolean;
  readonly traceProcname: boolean;
  readonly traceVpid: boolean;
  readonly logLevel: boolean;
  readonly emfUri: boolean;
}

const flag = { shape: { kind: 'boolean' } } as const;
const showHide = { shape: { kind: 'string', choices: ['show', 'hide'] } } as const;

export const PRETTY_PARAMETERS: Parameters = {
  color: { shape: { kind: 'string', choices: ['never', 'auto', 'always'] } },
  path: { shape: { kind: 'string' } },
  'no-delta': flag,
  'clock-cycles': flag,
  'clock-seconds': flag,
  'clock-date': flag,
  'clock-gmt': flag,
  verbose: flag,
  'name-default': showHide,
  'name-payload': flag,
  'name-context': flag,
  'name-scope': flag,
  'name-header': flag,
  'field-default': showHide,
  'field-trace': flag,
  'field-trace:hostname': flag,
  'field-trace:domain': flag,
  'field-trace:procname': flag,
  'field-trace:vpid': flag,
  'field-loglevel': flag,
  'field-emf': flag,
  'field-callsite': flag,
  'print-enum-flags': flag,
};

/** Reads options from parameters that fit {@link PRETTY_PARAMETERS}. */
export function prettyOptions(params: ValueMap): PrettyOptions {
  const names = stringParam(params, 'name-default');
  const fields = stringParam(params, 'field-default');
  const flagOf = (name: string, absent: boolean): boolean => booleanParam(params, name, absent);
  /** `usual`: what is shown when neither a default nor the parameter itself says otherwise. */
  const name = (parameter: string, usual: boolean): boolean =>
    flagOf(parameter, names === null ? usual : names === 'show');
  const field = (parameter: string, usual: boolean): boolean =>
    flagOf(parameter, fields === null ? usual : fields === 'show');
  return {
    printsDelta: !flagOf('no-delta', false),
    printsCycles: flagOf('clock-cycles', false),
    printsSeconds: flagOf('clock-seconds', false),
    printsDate: flagOf('clock-date', false),
    isGmt: flagOf('clock-gmt', false),
    printsEnumerationFlags: flagOf('print-enum-flags', false),
    payloadNames: name('name-payload', true),
    contextNames: name('name-context', true),
    headerNames: name('name-header', false),
    scopeNames: name('name-scope', false),
    trace: field('field-trace', false),
    traceHostname: field('field-trace:hostname', true),
    traceDomain: field('field-trace:domain', false),
    traceProcname: field('field-trace:procname', true),
    traceVpid: field('field-trace:vpid', true),
    logLevel: field('field-loglevel', false),
    emfUri: field('field-emf', false),
  };
}
