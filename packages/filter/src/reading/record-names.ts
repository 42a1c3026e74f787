/**
 * What an expression can name when events are read from a trace, besides fields (`size`), contexts (`$ctx.vpid`) and
 * application contexts (`$app.provider:name`). Tracers refuse these names.
 */
import type { RecordScopes } from '../language/parser.ts';

/** One row of the documentation. */
export interface RecordName {
  readonly name: string;
  readonly meaning: string;
}

export const RECORD_NAMES: readonly RecordName[] = [
  { name: '$event.name', meaning: 'name of the event, such as `"sched_switch"` or `"app:start"`' },
  { name: '$event.loglevel', meaning: 'log level: 0 (emergency) to 14 (debug)' },
  { name: '$event.id', meaning: 'number of the event class in its stream class' },
  { name: '$time', meaning: "nanoseconds from the clock's origin, for LTTng the Unix epoch" },
  { name: '$packet.NAME', meaning: 'field of the packet context, such as `$packet.cpu_id`' },
  { name: '$stream.id', meaning: 'number of the stream' },
  { name: '$trace.name', meaning: 'name of the trace: host and folder' },
  { name: '$env.NAME', meaning: 'entry of the environment of the trace, such as `$env.hostname`' },
];

/** First names of {@link RECORD_NAMES}, and which names follow. */
export const RECORD_SCOPES: RecordScopes = scopesOf(RECORD_NAMES);

function scopesOf(names: readonly RecordName[]): RecordScopes {
  const scopes = new Map<string, 'none' | 'any' | string[]>();
  for (const { name } of names) {
    const [first = '', member] = name.split('.');
    const known = scopes.get(first);
    if (member === undefined) scopes.set(first, 'none');
    else if (member === 'NAME') scopes.set(first, 'any');
    else if (Array.isArray(known)) known.push(member);
    else scopes.set(first, [member]);
  }
  return scopes;
}

/** The name of {@link RECORD_NAMES} that is the time of the event. */
export const TIME = '$time';
