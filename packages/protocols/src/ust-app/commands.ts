/**
 * Commands of the session daemon to an application: a message of fixed size on the command socket, then,
 * for some, a payload and descriptors. The application answers each (`replies.ts`); one command is under
 * way at a time.
 *
 * Traps that the table cannot say: an unknown handle, a short payload or a filter that the application
 * cannot keep makes it close the connection; EXCLUSION with count 0 is never answered; descriptors travel
 * in a message of one byte of their own.
 */
import { assert, ProtocolError } from '@lttng-ts/base';
import { bytes, fixedString, i32, type Kind, packed, padding, toSafeSize, u32, u64 } from '@lttng-ts/wire';
import { UST_APPLICATION_CONTEXT, UST_PERF_CONTEXT, type UstContext } from './contexts.ts';
import { UST_SYMBOL_BYTES } from './fields.ts';

const ARGUMENT_BYTES = 572;

/** Largest channel description (`blob`) that applications take. */
export const MAX_CHANNEL_BLOB_BYTES = 1 << 20;
/** Largest filter or capture bytecode that applications take. */
export const MAX_BYTECODE_BYTES = 65536;
/** Exclusions of one rule: upstream has no limit, applications allocate what is asked. */
export const MAX_EXCLUSIONS = 65536;

/** The object that applications address before they have given any handle. */
export const UST_ROOT_HANDLE = 0;

export const ustCommandMessage = packed('ustcomm_ust_msg', 'host', {
  handle: u32,
  number: u32,
  reserved: padding(32),
  argument: bytes(ARGUMENT_BYTES),
});

/** What kind of object a command is sent to. */
export type UstHandleKind =
  | 'any'
  | 'root'
  | 'session'
  | 'channel'
  | 'enabler'
  | 'event-notifier-group'
  | 'event-notifier'
  | 'counter'
  | 'tracepoint-list'
  | 'field-list';

/** What a successful reply carries. */
export type UstReplyContent = 'nothing' | 'handle' | 'version' | 'tracepoint' | 'field';

interface Payload<A> {
  readonly sizeBytes: (argument: A) => number | bigint;
  readonly limitBytes: number;
}

interface UstCommandRow<A> {
  readonly number: number;
  /** Upstream's name, without the prefix `LTTNG_UST_ABI_`. */
  readonly name: string;
  readonly handles: readonly UstHandleKind[];
  readonly argument: Kind<A>;
  readonly reply: UstReplyContent;
  /** Bytes after the message, or null. */
  readonly payload: Payload<A> | null;
  /** Descriptors after the payload. */
  readonly fdCount: number;
  /** The application answers once to the message, then payload and descriptors follow, then it answers again. */
  readonly isTwoPhase: boolean;
}

function command<A>(
  row: Pick<UstCommandRow<A>, 'number' | 'name' | 'handles' | 'argument'> & Partial<UstCommandRow<A>>,
): UstCommandRow<A> {
  return { reply: 'nothing', payload: null, fdCount: 0, isTwoPhase: false, ...row };
}

const none = packed('none', 'host', {});
const symbol = fixedString(UST_SYMBOL_BYTES);

const channelArgument = packed('lttng_ust_abi_channel', 'host', { blobBytes: u64, type: i32 });
const streamArgument = packed('lttng_ust_abi_stream', 'host', { memoryBytes: u64, streamNumber: u32 });
const eventFields = {
  /** 0: tracepoint. */
  instrumentation: i32,
  name: symbol,
  /** See `ustLogLevelTypes`. */
  logLevelType: i32,
  /** −1: all. */
  logLevel: i32,
  /** Chosen by the daemon; comes back in notifications of triggers. */
  token: u64,
} as const;
const eventArgument = packed('lttng_ust_abi_event', 'host', eventFields);
const bytecodeArgument = packed('lttng_ust_abi_filter', 'host', {
  bytecodeBytes: u32,
  /** Where the table of field references begins in the bytecode. */
  relocationOffsetBytes: u32,
  sequenceNumber: u64,
});
const exclusionArgument = packed('lttng_ust_abi_event_exclusion', 'host', { count: u32 });
const notifierArgument = packed('lttng_ust_abi_event_notifier_cmd', 'host', { notifierBytes: u32 });
const counterArgument = packed('lttng_ust_abi_counter', 'host', { configurationBytes: u64 });
const counterGlobalArgument = packed('lttng_ust_abi_counter_global', 'host', { memoryBytes: u64 });
const counterCpuArgument = packed('lttng_ust_abi_counter_cpu', 'host', { memoryBytes: u64, cpu: u32 });

/** Payload of EVENT_NOTIFIER_CREATE. */
export const eventNotifier = packed('lttng_ust_abi_event_notifier', 'host', {
  ...eventFields,
  reserved: padding(572 - 276),
  errorCounterIndex: u64,
  reserved2: padding(32),
});

const contextHead = packed('lttng_ust_abi_context', 'host', { number: i32, reserved: padding(16) });
const perfContext = packed('lttng_ust_abi_perf_counter_ctx', 'host', {
  type: u32,
  config: u64,
  name: symbol,
});
const applicationContext = packed('lttng_ust_abi_app_ctx', 'host', {
  providerBytes: u32,
  nameBytes: u32,
});

/** Argument of CONTEXT: the names of an application context are its payload. */
export type UstContextArgument =
  | Exclude<UstContext, { kind: 'application' }>
  | {
      readonly kind: 'application';
      /** Both lengths include the NUL. */
      readonly providerBytes: number;
      readonly nameBytes: number;
    };

const contextArgument: Kind<UstContextArgument> = {
  sizeBytes: contextHead.sizeBytes + perfContext.sizeBytes,
  alignBytes: 1,
  read(view, at, little) {
    const { number } = contextHead.read(view, at, little);
    const attributesAt = at + contextHead.sizeBytes;
    if (number === UST_PERF_CONTEXT) return { kind: 'perf', ...perfContext.read(view, attributesAt, little) };
    if (number === UST_APPLICATION_CONTEXT) {
      return { kind: 'application', ...applicationContext.read(view, attributesAt, little) };
    }
    return { kind: 'plain', number };
  },
  write(view, at, value, little) {
    const attributesAt = at + contextHead.sizeBytes;
    switch (value.kind) {
      case 'plain':
        return contextHead.write(view, at, value, little);
      case 'perf':
        contextHead.write(view, at, { number: UST_PERF_CONTEXT }, little);
        return perfContext.write(view, attributesAt, value, little);
      case 'application':
        contextHead.write(view, at, { number: UST_APPLICATION_CONTEXT }, little);
        return applicationContext.write(view, attributesAt, value, little);
    }
  },
};

/** Names that one application context may have, with their NULs. */
const MAX_CONTEXT_NAME_BYTES = 2 * UST_SYMBOL_BYTES;
const MAX_COUNTER_CONFIGURATION_BYTES = 65536;
const MAX_NOTIFIER_BYTES = 65536;

const anyEnabled = ['session', 'channel', 'enabler', 'event-notifier'] as const;
const bytecode = {
  argument: bytecodeArgument,
  payload: {
    sizeBytes: ({ bytecodeBytes }: { readonly bytecodeBytes: number }) => bytecodeBytes,
    limitBytes: MAX_BYTECODE_BYTES,
  },
};

/** All commands of ABI 9. */
export const ustCommands = {
  release: command({ number: 0x01, name: 'RELEASE', handles: ['any'], argument: none }),
  createSession: command({
    number: 0x40,
    name: 'SESSION',
    handles: ['root'],
    argument: none,
    reply: 'handle',
  }),
  tracerVersion: command({
    number: 0x41,
    name: 'TRACER_VERSION',
    handles: ['root'],
    argument: none,
    reply: 'version',
  }),
  /** Takes a snapshot of the tracepoints that are loaded now. */
  listTracepoints: command({
    number: 0x42,
    name: 'TRACEPOINT_LIST',
    handles: ['root'],
    argument: none,
    reply: 'handle',
  }),
  /** Answered after a grace period: what was disabled before does not write any more. */
  waitQuiescent: command({ number: 0x43, name: 'WAIT_QUIESCENT', handles: ['root'], argument: none }),
  /** Lets the application's `main` run; sessions must be prepared before. */
  registerDone: command({ number: 0x44, name: 'REGISTER_DONE', handles: ['root'], argument: none }),
  listFields: command({
    number: 0x45,
    name: 'TRACEPOINT_FIELD_LIST',
    handles: ['root'],
    argument: none,
    reply: 'handle',
  }),
  /** Descriptor: write end of the pipe for notifications. */
  createEventNotifierGroup: command({
    number: 0x46,
    name: 'EVENT_NOTIFIER_GROUP_CREATE',
    handles: ['root'],
    argument: none,
    reply: 'handle',
    fdCount: 1,
    isTwoPhase: true,
  }),
  /** Payload: channel description. Descriptor: write end of the channel's wake-up pipe. */
  createChannel: command({
    number: 0x51,
    name: 'CHANNEL',
    handles: ['session'],
    argument: channelArgument,
    payload: { sizeBytes: ({ blobBytes }) => blobBytes, limitBytes: MAX_CHANNEL_BLOB_BYTES },
    fdCount: 1,
    reply: 'handle',
  }),
  startSession: command({ number: 0x52, name: 'SESSION_START', handles: ['session'], argument: none }),
  stopSession: command({ number: 0x53, name: 'SESSION_STOP', handles: ['session'], argument: none }),
  stateDump: command({ number: 0x54, name: 'SESSION_STATEDUMP', handles: ['session'], argument: none }),
  /** Descriptors: shared memory, write end of the stream's wake-up pipe. In order of stream numbers. */
  createStream: command({
    number: 0x60,
    name: 'STREAM',
    handles: ['channel'],
    argument: streamArgument,
    fdCount: 2,
  }),
  /** Makes an enabler (an event rule); it is disabled. */
  createEvent: command({
    number: 0x61,
    name: 'EVENT',
    handles: ['channel'],
    argument: eventArgument,
    reply: 'handle',
  }),
  /** Payload of an application context: provider, NUL, name, NUL. Refused (PERM) once the session was started. */
  addContext: command({
    number: 0x70,
    name: 'CONTEXT',
    handles: ['channel'],
    argument: contextArgument,
    payload: {
      sizeBytes: (argument) =>
        argument.kind === 'application' ? argument.providerBytes + argument.nameBytes : 0,
      limitBytes: MAX_CONTEXT_NAME_BYTES,
    },
  }),
  flushBuffer: command({ number: 0x71, name: 'FLUSH_BUFFER', handles: ['channel'], argument: none }),
  enable: command({ number: 0x80, name: 'ENABLE', handles: anyEnabled, argument: none }),
  disable: command({ number: 0x81, name: 'DISABLE', handles: anyEnabled, argument: none }),
  /** The next entry of a list; NOENT after the last. */
  getTracepoint: command({
    number: 0x90,
    name: 'TRACEPOINT_LIST_GET',
    handles: ['tracepoint-list'],
    argument: none,
    reply: 'tracepoint',
  }),
  getField: command({
    number: 0x91,
    name: 'TRACEPOINT_FIELD_LIST_GET',
    handles: ['field-list'],
    argument: none,
    reply: 'field',
  }),
  setFilter: command({ number: 0xa0, name: 'FILTER', handles: ['enabler', 'event-notifier'], ...bytecode }),
  /** Payload: patterns, 256 bytes each. The count must not be 0. */
  setExclusions: command({
    number: 0xa1,
    name: 'EXCLUSION',
    handles: ['enabler', 'event-notifier'],
    argument: exclusionArgument,
    payload: {
      sizeBytes: ({ count }) => count * UST_SYMBOL_BYTES,
      limitBytes: MAX_EXCLUSIONS * UST_SYMBOL_BYTES,
    },
  }),
  createEventNotifier: command({
    number: 0xb0,
    name: 'EVENT_NOTIFIER_CREATE',
    handles: ['event-notifier-group'],
    argument: notifierArgument,
    payload: { sizeBytes: ({ notifierBytes }) => notifierBytes, limitBytes: MAX_NOTIFIER_BYTES },
    reply: 'handle',
    isTwoPhase: true,
  }),
  addCapture: command({
    number: 0xb6,
    name: 'CAPTURE',
    handles: ['event-notifier'],
    ...bytecode,
    isTwoPhase: true,
  }),
  createCounter: command({
    number: 0xc0,
    name: 'COUNTER',
    handles: ['event-notifier-group'],
    argument: counterArgument,
    payload: {
      sizeBytes: ({ configurationBytes }) => configurationBytes,
      limitBytes: MAX_COUNTER_CONFIGURATION_BYTES,
    },
    reply: 'handle',
    isTwoPhase: true,
  }),
  createCounterGlobal: command({
    number: 0xd0,
    name: 'COUNTER_GLOBAL',
    handles: ['counter'],
    argument: counterGlobalArgument,
    fdCount: 1,
    isTwoPhase: true,
  }),
  createCounterCpu: command({
    number: 0xd1,
    name: 'COUNTER_CPU',
    handles: ['counter'],
    argument: counterCpuArgument,
    fdCount: 1,
    isTwoPhase: true,
  }),
} as const;

export type UstCommandName = keyof typeof ustCommands;
/** The argument of a command. */
export type UstCommandArgument<C extends UstCommandName> =
  (typeof ustCommands)[C]['argument'] extends Kind<infer A> ? A : never;

/** A command with its argument, as a union over all commands. */
export type UstCommand = {
  readonly [C in UstCommandName]: {
    readonly kind: 'known';
    readonly command: C;
    readonly handle: number;
    readonly argument: UstCommandArgument<C>;
  };
}[UstCommandName];

/** A number that is not in the table: answer NOSYS. */
export interface UnknownUstCommand {
  readonly kind: 'unknown';
  readonly number: number;
  readonly handle: number;
}

const namesByNumber = new Map<number, UstCommandName>();
for (const [name, { number }] of Object.entries(ustCommands)) {
  assert(!namesByNumber.has(number), `Two commands with one number: number=${number}`);
  namesByNumber.set(number, name as UstCommandName);
}

/** Row of a command without its argument's type: for code that treats all commands alike. */
export function ustCommandRow(name: UstCommandName): UstCommandRow<unknown> {
  return ustCommands[name] as unknown as UstCommandRow<unknown>;
}

/** Encodes the message of a command; its payload and descriptors are sent after it. */
export function encodeUstCommand<C extends UstCommandName>(
  name: C,
  handle: number,
  argument: UstCommandArgument<C>,
): Uint8Array<ArrayBuffer> {
  const { number, argument: kind } = ustCommandRow(name);
  const body = new Uint8Array(ARGUMENT_BYTES);
  const isLittleEndian = ustCommandMessage.byteOrder === 'little-endian';
  kind.write(new DataView(body.buffer), 0, argument, isLittleEndian);
  return ustCommandMessage.encode({ handle, number, argument: body });
}

/** Decodes the message of a command. */
export function decodeUstCommand(message: Uint8Array): UstCommand | UnknownUstCommand {
  const { handle, number, argument } = ustCommandMessage.decode(message);
  const command = namesByNumber.get(number);
  if (command === undefined) return { kind: 'unknown', number, handle };
  const isLittleEndian = ustCommandMessage.byteOrder === 'little-endian';
  const view = new DataView(argument.buffer, argument.byteOffset, argument.byteLength);
  const value = ustCommandRow(command).argument.read(view, 0, isLittleEndian);
  return { kind: 'known', command, handle, argument: value } as UstCommand;
}

/** Length of the payload that follows a command; throws `ProtocolError` above the command's limit. */
export function ustPayloadBytes(name: UstCommandName, argument: unknown): number {
  const { payload, name: upstreamName } = ustCommandRow(name);
  if (payload === null) return 0;
  return toSafeSize(payload.sizeBytes(argument), `payload of ${upstreamName}`, payload.limitBytes);
}

/** Encodes the payload of CONTEXT for an application context. */
export function encodeApplicationContextNames(provider: string, name: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${provider}\0${name}\0`);
}

/** Decodes the payload of CONTEXT; throws `ProtocolError` when a name is not ended where it must be. */
export function decodeApplicationContextNames(
  payload: Uint8Array,
  providerBytes: number,
): { readonly provider: string; readonly name: string } {
  const [provider, name, rest] = new TextDecoder().decode(payload).split('\0');
  const isWhole = payload[providerBytes - 1] === 0 && payload.at(-1) === 0;
  if (!isWhole || provider === undefined || name === undefined || rest !== '') {
    throw new ProtocolError(`Wrong names of application context: bytes=${payload.length}`);
  }
  return { provider, name };
}

/** Encodes the payload of EXCLUSION. */
export function encodeExclusions(patterns: readonly string[]): Uint8Array<ArrayBuffer> {
  // Count 0 is never answered by applications.
  assert(patterns.length > 0, 'Exclusions without patterns');
  const whole = new Uint8Array(patterns.length * UST_SYMBOL_BYTES);
  const view = new DataView(whole.buffer);
  patterns.forEach((pattern, index) => {
    symbol.write(view, index * UST_SYMBOL_BYTES, pattern, true);
  });
  return whole;
}

/** Decodes the payload of EXCLUSION. */
export function decodeExclusions(payload: Uint8Array): readonly string[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const count = Math.floor(payload.length / UST_SYMBOL_BYTES);
  return Array.from({ length: count }, (_, index) => symbol.read(view, index * UST_SYMBOL_BYTES, true));
}
