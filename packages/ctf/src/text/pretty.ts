/**
 * Pretty text: one line for each event record, in the bytes of Babeltrace 2.0.4's default output.
 *
 * Lines are built as binary strings (one character for each byte): field values are bytes of the trace, whatever
 * their encoding, and go out as they came in.
 */
import { assert } from '@lttng-ts/base';
import { toUtf8 } from '../decode/text-encoding.ts';
import {
  type FieldValue,
  NEGATIVE_NAN,
  type OptionalValue,
  type StructureValue,
  type VariantValue,
} from '../decode/values.ts';
import {
  type FieldClass,
  type IntegerClass,
  isInteger,
  labelsOf,
  type StructureClass,
  type TextEncoding,
  textEncodingOf,
} from '../model/field-class.ts';
import type { DiscardedMessage, EventRecordMessage } from '../stream/messages.ts';
import { formatG, formatInteger } from './format-number.ts';
import { escapeText } from './put.ts';

const NS_PER_S = 1_000_000_000n;
/** Seconds that a JavaScript date can hold. */
const MAX_DATE_S = 8_640_000_000_000n;

/** Escape sequences by what they mark. */
interface Palette {
  readonly reset: string;
  readonly field: string;
  readonly value: string;
  readonly unknown: string;
  readonly eventName: string;
  readonly timestamp: string;
  readonly warning: string;
  readonly warningText: string;
}

const PLAIN: Palette = {
  reset: '',
  field: '',
  value: '',
  unknown: '',
  eventName: '',
  timestamp: '',
  warning: '',
  warningText: '',
};

const BOLD = '\x1b[1m';

/** Bright colours have codes of their own, which most terminals make of bold ones, too: upstream sends those. */
function coloured(isBrightBold: boolean): Palette {
  const bright = (colour: 1 | 3 | 5): string =>
    isBrightBold ? `${BOLD}\x1b[3${colour}m` : `\x1b[9${colour}m`;
  return {
    reset: '\x1b[0m',
    field: '\x1b[36m',
    value: BOLD,
    unknown: `${BOLD}${bright(1)}`,
    eventName: `${BOLD}${bright(5)}`,
    timestamp: `${BOLD}${bright(3)}`,
    warning: `\x1b[33m${BOLD}`,
    warningText: '\x1b[33m',
  };
}

export interface PrettyOptions {
  /** Escape sequences for terminals. */
  readonly isColoured?: boolean;
  /**
   * Whether the terminal shows bold colours as bright ones (the default). Upstream says no for the terminal
   * `xterm-kitty` and when BABELTRACE_TERM_COLOR_BRIGHT_MEANS_BOLD is `0`.
   */
  readonly isBrightBold?: boolean;
}

export class PrettyPrinter {
  readonly #palette: Palette;
  #previousNs: bigint | null = null;
  readonly #binary = new Map<string, string>();

  constructor({ isColoured = false, isBrightBold = true }: PrettyOptions = {}) {
    this.#palette = isColoured ? coloured(isBrightBold) : PLAIN;
  }

  /** Gives the line of an event record, with its newline. The time since the line before is part of it. */
  eventRecord(message: EventRecordMessage): Uint8Array {
    const { trace, dataStreamClass } = message.dataStream;
    const { eventRecordClass, packet } = message;
    const fields = [
      this.#visible(dataStreamClass.packetContext, packet.context),
      this.#root(dataStreamClass.eventRecordCommonContext, message.commonContext),
      this.#root(eventRecordClass.specificContext, message.specificContext),
      this.#root(eventRecordClass.payload, message.payload),
    ].filter((text) => text !== null);
    const { environment } = trace.traceClass;
    const name =
      eventRecordClass.name === null
        ? this.#coloured('unknown', '<unknown>')
        : this.#coloured('eventName', this.#toBinary(eventRecordClass.name));
    return toBytes(`${this.#time(message.ns)}${this.#origin(environment)}${name}: ${fields.join(', ')}\n`);
  }

  /** Gives the warning about lost event records or packets, with its newline: for the standard error. */
  discarded(message: DiscardedMessage): Uint8Array {
    const { trace, dataStreamClass, id, name } = message.dataStream;
    const { reset, warning, warningText } = this.#palette;
    const what = message.kind === 'discarded-packets' ? 'packet' : 'event';
    const loss =
      message.count === null
        ? `Tracer may have discarded ${what}s`
        : `Tracer discarded ${message.count} ${what}${message.count === 1n ? '' : 's'}`;
    const when =
      message.beginNs === null || message.endNs === null
        ? '(unknown time range)'
        : `between [${formatTimeOfDay(message.beginNs)}] and [${formatTimeOfDay(message.endNs)}]`;
    const { uuid } = trace.traceClass;
    return toBytes(
      `${warning}WARNING${reset}${warningText}: ${loss} ${when} in trace "${this.#toBinary(trace.name)}" ` +
        `${uuid === null ? '(no UUID)' : `(UUID: ${uuid})`} within stream "${this.#toBinary(name)}" ` +
        `(stream class ID: ${dataStreamClass.id}, stream ID: ${id}).${reset}\n`,
    );
  }

  #time(ns: bigint | null): string {
    if (ns === null) return '';
    const previous = this.#previousNs;
    this.#previousNs = ns;
    const delta = previous === null ? null : BigInt.asUintN(64, ns - previous);
    const deltaText =
      delta === null ? '+?.?????????' : `+${delta / NS_PER_S}.${nineDigits(delta % NS_PER_S)}`;
    return `[${this.#coloured('timestamp', formatTimeOfDay(ns))}] (${deltaText}) `;
  }

  /** Host, process and its number, as far as the environment has them. */
  #origin(environment: ReadonlyMap<string, string | bigint>): string {
    const parts: string[] = [];
    const hostname = environment.get('hostname');
    const procname = environment.get('procname');
    const vpid = environment.get('vpid');
    if (typeof hostname === 'string') parts.push(this.#toBinary(hostname));
    if (typeof procname === 'string') parts.push(this.#toBinary(procname));
    if (typeof vpid === 'bigint') parts.push(`(${vpid})`);
    return parts.length === 0 ? '' : `${parts.join(':')} `;
  }

  #root(fieldClass: StructureClass | null, value: StructureValue | null): string | null {
    return fieldClass === null || value === null ? null : this.#structure(fieldClass, value);
  }

  /** The packet context without the fields that are the trace's own; nothing when no other is there. */
  #visible(fieldClass: StructureClass | null, value: StructureValue | null): string | null {
    if (fieldClass === null || value === null) return null;
    const isShown = fieldClass.members.map(
      (member) => !isInteger(member.fieldClass) || member.fieldClass.roles.length === 0,
    );
    if (fieldClass.members.length > 0 && !isShown.includes(true)) return null;
    const members = fieldClass.members.filter((_, i) => isShown[i]);
    return this.#structure(
      { ...fieldClass, members },
      value.filter((_, i) => isShown[i]),
    );
  }

  #field(fieldClass: FieldClass, value: FieldValue): string {
    switch (fieldClass.kind) {
      case 'unsigned-integer':
      case 'signed-integer':
        return fieldClass.mappings === null
          ? this.#integer(fieldClass, value)
          : this.#enumeration(fieldClass, value);
      case 'floating-point':
        assert(typeof value === 'number' || value === NEGATIVE_NAN);
        return this.#coloured('value', formatG(value));
      case 'bit-array':
      case 'bit-map':
        assert(typeof value === 'number' || typeof value === 'bigint');
        return this.#coloured('value', `0x${value.toString(16).toUpperCase()}`);
      case 'boolean':
        return this.#coloured('value', String(value));
      case 'null-terminated-string':
        return this.#text(value, fieldClass.encoding);
      case 'static-blob':
      case 'dynamic-blob':
        assert(value instanceof Uint8Array);
        return this.#blob(value);
      case 'static-array':
      case 'dynamic-array': {
        if (fieldClass.isText) return this.#text(value, textEncodingOf(fieldClass) ?? 'none');
        const elements = (value as StructureValue).map(
          (element, i) => ` [${i}] = ${this.#field(fieldClass.element, element)}`,
        );
        return `[${elements.join(',')} ]`;
      }
      case 'structure':
        return this.#structure(fieldClass, value as StructureValue);
      case 'optional': {
        const { content } = value as OptionalValue;
        return content === null
          ? this.#coloured('value', 'none')
          : `{ ${this.#field(fieldClass.fieldClass, content)} }`;
      }
      case 'variant': {
        const { option, value: chosen } = value as VariantValue;
        return `{ ${this.#field(fieldClass.options[option]!.fieldClass, chosen)} }`;
      }
    }
  }

  #structure({ members }: StructureClass, values: StructureValue): string {
    const texts = members.map(
      ({ name, fieldClass }, i) =>
        ` ${this.#coloured('field', this.#toBinary(name))} = ${this.#field(fieldClass, values[i]!)}`,
    );
    return `{${texts.join(',')} }`;
  }

  #integer({ kind, displayBase, sizeBits }: IntegerClass, value: FieldValue): string {
    assert(typeof value === 'number' || typeof value === 'bigint');
    const text =
      displayBase === 10
        ? value.toString()
        : formatInteger(BigInt(value), displayBase, sizeBits, kind === 'signed-integer');
    return this.#coloured('value', text);
  }

  #enumeration(fieldClass: IntegerClass, value: FieldValue): string {
    assert(typeof value === 'number' || typeof value === 'bigint');
    const labels = labelsOf(fieldClass.mappings ?? [], BigInt(value));
    const names =
      labels.length === 0
        ? this.#coloured('unknown', '<unknown>')
        : labels.map((label) => this.#coloured('value', `"${escapeText(this.#toBinary(label))}"`)).join(', ');
    return `( ${names} : container = ${this.#integer(fieldClass, value)} )`;
  }

  #text(value: FieldValue, encoding: TextEncoding): string {
    assert(value instanceof Uint8Array);
    return this.#coloured('value', `"${escapeText(bytesToBinary(toUtf8(value, encoding)))}"`);
  }

  #blob(bytes: Uint8Array): string {
    const texts = Array.from(bytes, (byte, i) => ` [${i}] = 0x${byte.toString(16).toUpperCase()}`);
    return `[${texts.join(',')} ]`;
  }

  #coloured(what: keyof Palette, text: string): string {
    const start = this.#palette[what];
    return start === '' ? text : `${start}${text}${this.#palette.reset}`;
  }

  #toBinary(text: string): string {
    let binary = this.#binary.get(text);
    if (binary === undefined) {
      binary = bytesToBinary(new TextEncoder().encode(text));
      this.#binary.set(text, binary);
    }
    return binary;
  }
}

/** Formats a time as `HH:MM:SS.nnnnnnnnn` in the local time zone. */
export function formatTimeOfDay(ns: bigint): string {
  // Differs from upstream: every time before the epoch is printed as seconds; there the first one is, and later
  // ones appear as times after it.
  const seconds = (ns < 0n ? -ns : ns) / NS_PER_S;
  const fraction = nineDigits((ns < 0n ? -ns : ns) % NS_PER_S);
  if (ns < 0n) return `-${seconds}.${fraction}`;
  if (seconds > MAX_DATE_S) return `${seconds}.${fraction}`;
  const date = new Date(Number(seconds) * 1000);
  return `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}:${twoDigits(date.getSeconds())}.${fraction}`;
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');
const nineDigits = (value: bigint): string => String(value).padStart(9, '0');

function bytesToBinary(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return binary;
}

function toBytes(binary: string): Uint8Array {
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
