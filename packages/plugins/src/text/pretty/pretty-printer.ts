/**
 * Pretty text: one line for each event, in the bytes of Babeltrace 2. Lines are binary strings (see `binary-text.ts`);
 * the sink gathers them and turns many into bytes at once.
 *
 * A line is header, then those of the four root structures that the event has. The header's parts and the names that
 * are printed are `PrettyOptions`.
 */
import { assert } from '@lttng-ts/base';
import { type NEGATIVE_NAN as CTF_NEGATIVE_NAN, escapeText, formatG, formatInteger } from '@lttng-ts/ctf';
import {
  type BitArrayClass,
  cyclesToNs,
  type DiscardedMessage,
  EVENT_LOG_LEVELS,
  type EventClass,
  type EventLogLevel,
  type EventMessage,
  type FieldClass,
  type FieldValue,
  type IntegerClass,
  type IntegerRange,
  labelsOf,
  type Mapping,
  NEGATIVE_NAN,
  type OptionValue,
  type Stream,
  type StructureClass,
  type StructureValue,
  type Trace,
  type VariantValue,
} from '@lttng-ts/graph';
import { stringFieldToBinary, toBinary } from '../binary-text.ts';
import { NO_COLOURS, type Palette } from '../palette.ts';
import type { PrettyOptions } from './options.ts';
import { nineDigits, WallTime } from './wall-time.ts';

const NS_PER_S = 1_000_000_000n;

const LOG_LEVEL_NAMES: Readonly<Record<EventLogLevel, string>> = {
  emergency: 'TRACE_EMERG',
  alert: 'TRACE_ALERT',
  critical: 'TRACE_CRIT',
  error: 'TRACE_ERR',
  warning: 'TRACE_WARNING',
  notice: 'TRACE_NOTICE',
  info: 'TRACE_INFO',
  'debug-system': 'TRACE_DEBUG_SYSTEM',
  'debug-program': 'TRACE_DEBUG_PROGRAM',
  'debug-process': 'TRACE_DEBUG_PROCESS',
  'debug-module': 'TRACE_DEBUG_MODULE',
  'debug-unit': 'TRACE_DEBUG_UNIT',
  'debug-function': 'TRACE_DEBUG_FUNCTION',
  'debug-line': 'TRACE_DEBUG_LINE',
  debug: 'TRACE_DEBUG',
};

/** Root structures that lines have, and what they are called there. */
const SCOPES = {
  packet: 'stream.packet.context',
  common: 'stream.event.context',
  specific: 'event.context',
  payload: 'event.fields',
} as const;

export type RootName = keyof typeof SCOPES;

/** What stands around the two times of a line. */
export interface TimeFrame {
  readonly before: string;
  /** Between the time and the time since the line before; `null`: the latter is not printed. */
  readonly between: string | null;
  readonly after: string;
}

export class PrettyPrinter {
  readonly #options: PrettyOptions;
  readonly #palette: Palette;
  readonly #warningPalette: Palette;
  readonly #wallTime: WallTime;
  readonly #whats = new Map<Trace, Map<EventClass, { readonly hasTime: boolean; readonly text: string }>>();
  readonly #prefixes = new WeakMap<StructureClass['members'], readonly string[]>();
  readonly timeFrame: TimeFrame;
  /** Time of the line before: in nanoseconds, or in cycles where the options say so. */
  previous: bigint | null = null;

  /** `warningPalette` is for {@link discarded}, which may go to another terminal. */
  constructor(options: PrettyOptions, palette: Palette = NO_COLOURS, warningPalette: Palette = palette) {
    this.#options = options;
    this.#palette = palette;
    this.#warningPalette = warningPalette;
    this.#wallTime = new WallTime(options);
    this.timeFrame = this.#timeFrame();
  }

  /** Gives the line of an event, with its newline. The time since the line before is part of it. */
  event(message: EventMessage): string {
    const { stream, packet, eventClass } = message;
    const time = this.#time(message);
    const fields = [
      this.root('packet', stream.class.packetContext, packet?.context),
      this.root('common', stream.class.eventCommonContext, message.commonContext),
      this.root('specific', eventClass.specificContext, message.specificContext),
      this.root('payload', eventClass.payload, message.payload),
    ].filter((text) => text !== null);
    return `${time}${this.what(stream, eventClass, time !== '')}${fields.join(', ')}\n`;
  }

  /** Gives the text of a root structure; `null` when it is not there. */
  root(
    root: RootName,
    fieldClass: StructureClass | null,
    value: StructureValue | null | undefined,
  ): string | null {
    if (fieldClass === null || value === null || value === undefined) return null;
    return this.beforeRoot(root) + this.#structure(fieldClass, value, this.hasNames(root));
  }

  /** What stands before a root structure. */
  beforeRoot(root: RootName): string {
    return this.#options.scopeNames ? this.#nameEqual(SCOPES[root]) : '';
  }

  hasNames(root: RootName): boolean {
    return root === 'payload' ? this.#options.payloadNames : this.#options.contextNames;
  }

  /** What stands between the time and the fields of an event: where it comes from, and its name. */
  what(stream: Stream, eventClass: EventClass, hasTime: boolean): string {
    let ofTrace = this.#whats.get(stream.trace);
    if (ofTrace === undefined) {
      ofTrace = new Map();
      this.#whats.set(stream.trace, ofTrace);
    }
    // Events of one class have a time, all or none, but for those of some component that does otherwise.
    const known = ofTrace.get(eventClass);
    if (known?.hasTime === hasTime) return known.text;
    const text = this.#what(stream, eventClass, hasTime);
    ofTrace.set(eventClass, { hasTime, text });
    return text;
  }

  #what({ trace }: Stream, eventClass: EventClass, hasTime: boolean): string {
    const { headerNames } = this.#options;
    // After a time without a name no comma is needed.
    const before = headerNames && hasTime ? ', ' : '';
    let line = '';
    if (this.#options.trace && trace.name !== null) {
      line += before;
      line += headerNames ? `${this.#nameEqual('trace')}${toBinary(trace.name)}, ` : toBinary(trace.name);
    }
    // After a time with a name, every part has a comma before it; the first one's is the header's.
    const separator = headerNames ? before : ':';
    const parts = this.#originParts(trace, eventClass);
    const origin = parts
      .map(([name, part]) => (headerNames ? this.#nameEqual(name) + part : part))
      .join(separator);
    if (origin !== '') {
      line += `${before}${origin}`;
      if (!headerNames) line += ' ';
    }
    line += before;
    const { name } = eventClass;
    const { reset, bold, brightRed, brightMagenta } = this.#palette;
    if (headerNames) line += this.#nameEqual('name');
    line +=
      name === null
        ? `${bold}${brightRed}<unknown>${reset}`
        : `${bold}${brightMagenta}${toBinary(name)}${reset}`;
    return line + (headerNames ? ', ' : ': ');
  }

  /** Host, domain, process, its number, log level, EMF URI: as far as they are there and wanted. */
  #originParts({ environment }: Trace, { logLevel, emfUri }: EventClass): readonly [string, string][] {
    const parts: [string, string][] = [];
    const texts = [
      ['hostname', this.#options.traceHostname],
      ['domain', this.#options.traceDomain],
      ['procname', this.#options.traceProcname],
    ] as const;
    for (const [name, isWanted] of texts) {
      const value = environment.get(name);
      if (isWanted && typeof value === 'string') parts.push([`trace:${name}`, toBinary(value)]);
    }
    const vpid = environment.get('vpid');
    if (this.#options.traceVpid && typeof vpid === 'bigint') parts.push(['trace:vpid', `(${vpid})`]);
    if (this.#options.logLevel && logLevel !== null) {
      const number = EVENT_LOG_LEVELS.indexOf(logLevel);
      parts.push(['loglevel', `${LOG_LEVEL_NAMES[logLevel]} (${number})`]);
    }
    if (this.#options.emfUri && emfUri !== null) parts.push(['model.emf.uri', toBinary(emfUri)]);
    return parts;
  }

  #time({ stream, cycles }: EventMessage): string {
    const clock = stream.class.defaultClockClass;
    if (clock === null || cycles === null) return '';
    const { printsCycles } = this.#options;
    const { before, between, after } = this.timeFrame;
    const value = printsCycles ? cycles : cyclesToNs(clock, cycles);
    const text = this.timeText(value);
    const { previous } = this;
    this.previous = value;
    if (between === null) return before + text + after;
    const delta = previous === null ? null : BigInt.asUintN(64, value - previous);
    return before + text + between + this.deltaText(delta) + after;
  }

  #timeFrame(): TimeFrame {
    const { headerNames, printsDelta } = this.#options;
    const { bold, brightYellow, reset } = this.#palette;
    if (!headerNames) {
      const before = `[${bold}${brightYellow}`;
      return printsDelta
        ? { before, between: `${reset}] (`, after: ') ' }
        : { before, between: null, after: `${reset}] ` };
    }
    const before = `${this.#nameEqual('timestamp')}${bold}${brightYellow}`;
    return printsDelta
      ? { before, between: `${reset}, ${this.#nameEqual('delta')}`, after: '' }
      : { before, between: null, after: reset };
  }

  /** A time: in nanoseconds from the clock's origin, or in cycles where the options say so. */
  timeText(time: bigint): string {
    return this.#options.printsCycles ? String(time).padStart(20, '0') : this.#wallTime.format(time);
  }

  /** The time since the line before; `null` in the first line. */
  deltaText(delta: bigint | null): string {
    return this.#options.printsCycles ? cyclesDelta(delta) : secondsDelta(delta);
  }

  /** Gives the text of a field. */
  field(fieldClass: FieldClass, value: FieldValue, hasNames: boolean): string {
    switch (fieldClass.kind) {
      case 'boolean':
        return this.#value(String(value));
      case 'bit-array':
        return this.#bitArray(fieldClass, BigInt(value as bigint));
      case 'unsigned-integer':
      case 'signed-integer':
        return fieldClass.mappings === null
          ? this.#integer(fieldClass, value)
          : this.#enumeration(fieldClass, fieldClass.mappings, value);
      case 'single-precision-real':
      case 'double-precision-real':
        assert(typeof value === 'number' || value === NEGATIVE_NAN);
        return this.#value(formatG(value as number | typeof CTF_NEGATIVE_NAN));
      case 'string':
        return this.#value(`"${escapeText(stringFieldToBinary(value))}"`);
      case 'static-array':
      case 'dynamic-array': {
        const elements = (value as StructureValue).map(
          (element, i) =>
            ` ${hasNames ? `[${i}] = ` : ''}${this.field(fieldClass.element, element, hasNames)}`,
        );
        return `[${elements.join(',')} ]`;
      }
      case 'structure':
        return this.#structure(fieldClass, value as StructureValue, hasNames);
      case 'option': {
        const { content } = value as OptionValue;
        return content === null ? '<none>' : `{ ${this.field(fieldClass.content, content, hasNames)} }`;
      }
      case 'variant': {
        const { option, value: chosen } = value as VariantValue;
        return `{ ${this.field(fieldClass.options[option]!.fieldClass, chosen, hasNames)} }`;
      }
      case 'static-blob':
      case 'dynamic-blob':
        return formatBlob(value as Uint8Array);
    }
  }

  #structure({ members }: StructureClass, values: StructureValue, hasNames: boolean): string {
    let text = '{';
    const prefixes = hasNames ? this.memberPrefixes(members) : null;
    for (let i = 0; i < members.length; i++) {
      text += prefixes === null ? (i === 0 ? ' ' : ', ') : prefixes[i]!;
      text += this.field(members[i]!.fieldClass, values[i]!, hasNames);
    }
    return `${text} }`;
  }

  /** What stands before each member's value: separator, name, equal sign. */
  memberPrefixes(members: StructureClass['members']): readonly string[] {
    let prefixes = this.#prefixes.get(members);
    if (prefixes === undefined) {
      const { cyan, reset } = this.#palette;
      prefixes = members.map(({ name }, i) => `${i === 0 ? ' ' : ', '}${cyan}${toBinary(name)}${reset} = `);
      this.#prefixes.set(members, prefixes);
    }
    return prefixes;
  }

  #integer({ kind, displayBase, valueRangeBits }: IntegerClass, value: FieldValue): string {
    assert(typeof value === 'number' || typeof value === 'bigint');
    const text =
      displayBase === 10
        ? value.toString()
        : formatInteger(BigInt(value), displayBase, valueRangeBits, kind === 'signed-integer');
    return this.#value(text);
  }

  #bitArray({ flags }: BitArrayClass, bits: bigint): string {
    const text = this.#value(`0x${bits.toString(16).toUpperCase()}`);
    const labels = activeFlags(flags, bits).map((label) => this.#value(`"${escapeText(toBinary(label))}"`));
    return labels.length === 0 ? text : `${text} { ${labels.join(', ')} }`;
  }

  #enumeration(fieldClass: IntegerClass, mappings: readonly Mapping[], value: FieldValue): string {
    const labels = labelsOf(mappings, BigInt(value as bigint));
    const flags =
      labels.length === 0 && this.#options.printsEnumerationFlags
        ? flagLabels(mappings, BigInt(value as bigint), fieldClass.valueRangeBits)
        : [];
    const texts = (labels.length > 0 ? [labels] : flags).map((group) => this.#labels(group));
    const text = texts.length === 0 ? this.#unknown() : texts.join(' | ');
    return `( ${text} : container = ${this.#integer(fieldClass, value)} )`;
  }

  #labels(labels: readonly string[]): string {
    const texts = labels.map((label) => this.#value(`"${escapeText(toBinary(label))}"`));
    return texts.length === 1 ? texts[0]! : `{ ${texts.join(', ')} }`;
  }

  #unknown(): string {
    const { bold, brightRed, reset } = this.#palette;
    return `${bold}${brightRed}<unknown>${reset}`;
  }

  /** What stands around a value. */
  get aroundValue(): { readonly before: string; readonly after: string } {
    return { before: this.#palette.bold, after: this.#palette.reset };
  }

  #value(text: string): string {
    const { bold, reset } = this.#palette;
    return bold === '' ? text : `${bold}${text}${reset}`;
  }

  #nameEqual(name: string): string {
    return `${this.#value(name)} = `;
  }

  /** Gives the warning about lost events or packets, with its newline: for the standard error. */
  discarded(message: DiscardedMessage): string {
    const { reset, yellow, bold } = this.#warningPalette;
    const what = message.kind === 'discarded-packets' ? 'packet' : 'event';
    const loss =
      message.count === null
        ? `Tracer may have discarded ${what}s`
        : `Tracer discarded ${message.count} ${what}${message.count === 1n ? '' : 's'}`;
    return (
      `${yellow}${bold}WARNING${reset}${yellow}: ${loss} ${this.#lossTime(message)} in ` +
      `${describeStream(message.stream)}.${reset}\n`
    );
  }

  #lossTime({ stream, beginCycles, endCycles }: DiscardedMessage): string {
    const clock = stream.class.defaultClockClass;
    if (clock === null || beginCycles === null || endCycles === null) return '(unknown time range)';
    const [begin, end] = [beginCycles, endCycles].map((cycles) =>
      this.#wallTime.format(cyclesToNs(clock, cycles)),
    );
    return `between [${begin}] and [${end}]`;
  }
}

function describeStream({ trace, name, id, class: streamClass }: Stream): string {
  const [what, value] = trace.class.mipVersion === 0 ? ['UUID', trace.uuid] : ['UID', trace.uid];
  const uuid = value === null ? `(no ${what})` : `(${what}: ${toBinary(value)})`;
  return (
    `trace "${toBinary(trace.name ?? '(unknown)')}" ${uuid} within stream "${toBinary(name ?? '(unknown)')}" ` +
    `(stream class ID: ${streamClass.id}, stream ID: ${id})`
  );
}

function secondsDelta(ns: bigint | null): string {
  return ns === null ? '+?.?????????' : `+${ns / NS_PER_S}.${nineDigits(ns % NS_PER_S)}`;
}

function cyclesDelta(cycles: bigint | null): string {
  return cycles === null ? '+????????????' : `+${String(cycles).padStart(12, '0')}`;
}

/** Labels of each bit that is set in `value`, lowest first; none unless every bit has one. */
function flagLabels(
  mappings: readonly Mapping[],
  value: bigint,
  bits: number,
): readonly (readonly string[])[] {
  if (value <= 0n) return [];
  const groups: string[][] = [];
  for (let bit = 0; bit < bits; bit++) {
    const flag = 1n << BigInt(bit);
    if ((value & flag) === 0n) continue;
    // Only a range of one value is a flag.
    const labels = mappings
      .filter(({ ranges }) => ranges.some(({ lower, upper }) => lower === upper && lower === flag))
      .map(({ label }) => label);
    if (labels.length === 0) return [];
    groups.push(labels);
  }
  return groups;
}

/** Labels of the flags that are set in `bits`, in order of their names. */
function activeFlags(flags: readonly Mapping[], bits: bigint): readonly string[] {
  const isSet = ({ lower, upper }: IntegerRange): boolean =>
    BigInt.asUintN(Number(upper - lower) + 1, bits >> lower) !== 0n;
  return flags
    .filter(({ ranges }) => ranges.some(isSet))
    .map(({ label }) => label)
    .sort();
}

/** BLOBs: their bytes in hexadecimal. */
function formatBlob(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  return hex.length === 0 ? '{ }' : `{ ${hex.join(' ')} }`;
}
