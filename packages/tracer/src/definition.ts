/**
 * What a program defines, as plain data, and the rules that names must keep. Broken rules are `UsageError` at
 * definition: the one place where this package throws into the program.
 */
import { UsageError } from '@lttng-ts/base';
import type { Field, FieldShape } from './fields.ts';
import { DEFAULT_LOG_LEVEL, type LogLevel, logLevels } from './log-level.ts';

/** One field of an event, without its TypeScript type. */
export interface FieldDefinition {
  readonly name: string;
  readonly shape: FieldShape;
}

/** One event as the control worker needs to know it. */
export interface EventDefinition {
  /** `provider:event`. */
  readonly name: string;
  readonly logLevel: number;
  /** `model.emf.uri` of the event in the metadata, or `''`. */
  readonly modelEmfUri: string;
  readonly fields: readonly FieldDefinition[];
}

/** What {@link event} takes. */
export interface EventOptions<Fields extends readonly Field<unknown>[]> {
  /** Default `DEBUG_LINE`, as in C. */
  readonly level?: LogLevel;
  /** Address of a model of the event, shown by viewers. */
  readonly modelEmfUri?: string;
  /** The fields, in the order of the recording function's parameters. */
  readonly fields: Fields;
}

/** An event that has no provider yet. */
export interface EventTemplate<Fields extends readonly Field<unknown>[]> {
  readonly options: EventOptions<Fields>;
}

/** Describes one event for {@link defineProvider}. */
export function event(options?: Omit<EventOptions<readonly []>, 'fields'>): EventTemplate<readonly []>;
export function event<const Fields extends readonly Field<unknown>[]>(
  options: EventOptions<Fields>,
): EventTemplate<Fields>;
export function event(
  options: Partial<EventOptions<readonly Field<unknown>[]>> = {},
): EventTemplate<readonly Field<unknown>[]> {
  return { options: { fields: [], ...options } };
}

/** Name of an event with its provider, in bytes of UTF-8: the ABI's 256 without the NUL. */
const MAX_NAME_BYTES = 255;
/** Fields of one event. C's macros stop at about ten; this bounds the size of a registration message. */
const MAX_FIELDS = 256;
/** Elements of an array: more would not fit into the scratch memory anyway. */
const MAX_ARRAY_LENGTH = 65536;
/** Our own limit: no viewer needs more, and it is sent with each registration. */
const MAX_URI_BYTES = 4096;

/** As in C, plus `.` and `-`; metadata quotes event names, so viewers have no trouble with them. */
const EVENT_NAME = /^[A-Za-z_][\w.-]*$/;
/** Field names become identifiers in the metadata. */
const IDENTIFIER = /^[A-Za-z_]\w*$/;

/** Checks the name of a provider. */
export function checkProviderName(provider: string): void {
  if (!EVENT_NAME.test(provider)) throw new UsageError(`Invalid provider name: name=${show(provider)}`);
  if (provider.startsWith('lttng_ust')) {
    throw new UsageError(`Provider name is reserved for LTTng's libraries: name=${show(provider)}`);
  }
}

/** Checks one event and gives it the form in which the rest of the package knows it. */
export function toDefinition(
  provider: string,
  name: string,
  template: EventTemplate<readonly Field<unknown>[]>,
): EventDefinition {
  const fullName = `${provider}:${name}`;
  if (!EVENT_NAME.test(name)) throw new UsageError(`Invalid event name: name=${show(fullName)}`);
  if (fullName.length > MAX_NAME_BYTES) {
    throw new UsageError(`Event name too long: name=${show(fullName)}, limit=${MAX_NAME_BYTES}`);
  }
  try {
    return checkTemplate(fullName, template.options);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`Event ${show(fullName)}: ${error.message}`);
    throw error;
  }
}

function checkTemplate(name: string, options: EventOptions<readonly Field<unknown>[]>): EventDefinition {
  const { level = DEFAULT_LOG_LEVEL, modelEmfUri = '', fields } = options;
  const logLevel = logLevels[level];
  if (logLevel === undefined) throw new UsageError(`Unknown log level: level=${show(level)}`);
  if (modelEmfUri.length > MAX_URI_BYTES || /[\0"\\\n]/.test(modelEmfUri)) {
    throw new UsageError(`Invalid model.emf.uri: uri=${show(modelEmfUri.slice(0, 80))}`);
  }
  if (fields.length > MAX_FIELDS) {
    throw new UsageError(`Too many fields: count=${fields.length}, limit=${MAX_FIELDS}`);
  }
  checkFieldNames(fields);
  return { name, logLevel, modelEmfUri, fields: fields.map(({ name, shape }) => ({ name, shape })) };
}

function checkFieldNames(fields: readonly Field<unknown>[]): void {
  const taken = new Set<string>();
  const take = (name: string): void => {
    if (taken.has(name)) throw new UsageError(`Field name used twice: field=${show(name)}`);
    taken.add(name);
  };
  for (const { name, shape } of fields) {
    if (!IDENTIFIER.test(name) || name.length > MAX_NAME_BYTES - '__length'.length) {
      throw new UsageError(`Invalid field name: field=${show(name.slice(0, 300))}`);
    }
    take(name);
    if (shape.kind === 'sequence') take(lengthFieldName(name));
    checkShape(name, shape);
  }
}

function checkShape(field: string, shape: FieldShape): void {
  switch (shape.kind) {
    case 'array':
      if (!Number.isInteger(shape.length) || shape.length < 1 || shape.length > MAX_ARRAY_LENGTH) {
        throw new UsageError(
          `Invalid array length: field=${show(field)}, length=${shape.length}, limit=${MAX_ARRAY_LENGTH}`,
        );
      }
      checkInteger(field, shape.element.base);
      break;
    case 'sequence':
      if (shape.lengthType.isSigned) {
        throw new UsageError(`Length of a sequence must be unsigned: field=${show(field)}`);
      }
      checkInteger(field, shape.element.base);
      break;
    case 'integer':
      checkInteger(field, shape.base);
      break;
    case 'enumeration':
      checkEnumeration(shape.name, shape.container, shape.entries);
      break;
    default:
  }
}

function checkInteger(field: string, base: number): void {
  if (![2, 8, 10, 16].includes(base)) {
    throw new UsageError(`Unknown display base: field=${show(field)}, base=${base}`);
  }
}

type EnumerationParts = Extract<FieldShape, { readonly kind: 'enumeration' }>;

function checkEnumeration(
  name: string,
  container: EnumerationParts['container'],
  entries: EnumerationParts['entries'],
): void {
  if (!IDENTIFIER.test(name) || name.length > MAX_NAME_BYTES) {
    throw new UsageError(`Invalid enumeration name: name=${show(name)}`);
  }
  if (entries.length === 0) throw new UsageError(`Enumeration without entries: name=${show(name)}`);
  const bits = BigInt(container.sizeBits - (container.isSigned ? 1 : 0));
  const least = container.isSigned ? -(1n << bits) : 0n;
  const most = (1n << bits) - 1n;
  for (const { label, first, last } of entries) {
    if (label === '' || new TextEncoder().encode(label).length > MAX_NAME_BYTES || /[\0"\\\n]/.test(label)) {
      throw new UsageError(`Invalid enumeration label: enumeration=${show(name)}, label=${show(label)}`);
    }
    if (first > last || first < least || last > most) {
      throw new UsageError(
        `Enumeration range does not fit: enumeration=${show(name)}, label=${show(label)}, first=${first}, last=${last}`,
      );
    }
  }
}

/** Name of the integer field that precedes a sequence. */
export function lengthFieldName(sequence: string): string {
  return `_${sequence}_length`;
}

const show = (text: unknown): string => JSON.stringify(String(text));
