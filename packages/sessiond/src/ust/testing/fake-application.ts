/**
 * An application for tests, without shared memory: it keeps objects and handles as liblttng-ust does,
 * registers events and channels when its session is enabled, and notes every command. Faults are given by
 * command: no answer, an error code, any bytes.
 */
import {
  contextFields,
  decodeApplicationContextNames,
  decodeExclusions,
  dynamicTypeLabels,
  encodeNotifyRequest,
  encodeUstReply,
  fieldEntry,
  fieldEntryTypes,
  NotifyReplyFramer,
  PACKED_ALIGNMENTS,
  registrationMessage,
  signedInteger,
  UST_ABI_MAJOR,
  UST_REGISTRATION_MAGIC,
  type UstCommand,
  UstCommandFramer,
  type UstCommandName,
  type UstEnumEntry,
  type UstField,
  type UstNotifyReply,
  type UstNotifyRequest,
  type UstRegistration,
  ustCommandRow,
  ustErrorCode,
  ustSocketTypes,
} from '@lttng-ts/protocols/ust-app';

export interface FakeTracepoint {
  readonly name: string;
  readonly logLevel: number;
  readonly fields: readonly UstField[];
  readonly enums?: readonly { readonly name: string; readonly entries: readonly UstEnumEntry[] }[];
}

export interface FakeApplicationOptions {
  readonly tracepoints?: readonly FakeTracepoint[];
  /** What to do instead of obeying a command: never answer, or answer with a code. */
  readonly faults?: Partial<Record<UstCommandName, 'silence' | number>>;
  /** Bytes for the daemon. */
  readonly sendCommandBytes: (bytes: Uint8Array) => void;
  readonly sendNotifyBytes: (bytes: Uint8Array) => void;
  /** Takes over passed descriptors. */
  readonly onFds?: (fds: readonly number[]) => void;
  /** Gets the description of each channel. */
  readonly onChannel?: (blob: Uint8Array) => void;
  /** Declares contexts as lttng-ust 2.12 does. */
  readonly isOlder?: boolean;
}

interface FakeObject {
  readonly kind: 'session' | 'channel' | 'event' | 'list';
  readonly session?: number;
  readonly channel?: number;
  readonly contexts?: UstField[];
  readonly pattern?: string;
  entries?: number;
  isEnabled?: boolean;
}

/** The tracepoint that a fake has when its test does not care. */
export const plainTracepoint: FakeTracepoint = {
  name: 'fake:event',
  logLevel: 13,
  fields: [{ name: 'value', type: signedInteger(32, 8) }],
};

/** A registration message; the kernel's credentials count, not these. */
export function fakeRegistration(type: 'command' | 'notify', changes: Partial<UstRegistration> = {}) {
  return registrationMessage.encode({
    magic: UST_REGISTRATION_MAGIC,
    abiMajor: UST_ABI_MAJOR,
    abiMinor: 0,
    pid: 1,
    ppid: 1,
    uid: 0,
    gid: 0,
    bitsPerLong: 64,
    ...PACKED_ALIGNMENTS,
    socketType: ustSocketTypes[type],
    name: 'fake',
    ...changes,
  });
}

export class FakeApplication {
  /** Answers nothing any more. */
  isSilent = false;
  /** Every command as text, in order of arrival. */
  readonly commands: string[] = [];
  /** Answers to registrations, in order. */
  readonly notifyReplies: UstNotifyReply[] = [];
  readonly #options: FakeApplicationOptions;
  readonly #framer = new UstCommandFramer();
  readonly #notify = new NotifyReplyFramer();
  readonly #objects = new Map<number, FakeObject>();
  readonly #registered = new Set<string>();
  #waiting: ((reply: UstNotifyReply) => void) | null = null;
  #lastHandle = 0;

  constructor(options: FakeApplicationOptions) {
    this.#options = options;
  }

  /** How many bytes the command socket may read next. */
  get missingBytes(): number {
    return this.#framer.missingBytes;
  }

  /** Takes bytes of the command socket, however many. */
  receiveCommandBytes(bytes: Uint8Array, fds: readonly number[]): void {
    if (this.isSilent) return;
    for (let at = 0; at < bytes.length; ) {
      const takes = Math.min(this.#framer.missingBytes, bytes.length - at);
      if (takes === 0) throw new Error('The daemon sends before the go-ahead');
      const event = this.#framer.push(bytes.slice(at, at + takes), fds);
      at += takes;
      if (event === null) continue;
      const { request } = event;
      if (request.kind === 'unknown' || event.kind === 'announced') throw new Error('Unexpected command');
      this.#options.onFds?.(event.fds);
      void this.#obey(request, event.payload);
    }
  }

  receiveNotifyBytes(bytes: Uint8Array): void {
    for (const reply of this.#notify.push(bytes)) {
      this.notifyReplies.push(reply);
      const waiting = this.#waiting;
      this.#waiting = null;
      waiting?.(reply);
    }
  }

  /** Registers something, as a thread of the application may do at any time. */
  async register(request: UstNotifyRequest): Promise<UstNotifyReply> {
    const reply = new Promise<UstNotifyReply>((resolve) => {
      this.#waiting = resolve;
    });
    this.#options.sendNotifyBytes(encodeNotifyRequest(request));
    return await reply;
  }

  async #obey(request: UstCommand, payload: Uint8Array): Promise<void> {
    this.commands.push(commandText(request, payload));
    const fault = this.#options.faults?.[request.command];
    if (fault === 'silence') return;
    const { number } = ustCommandRow(request.command);
    const command = { handle: request.handle, number };
    if (fault !== undefined) {
      this.#options.sendCommandBytes(encodeUstReply(command, { code: fault, value: fault }));
      return;
    }
    const answer = await this.#perform(request, payload);
    this.#options.sendCommandBytes(encodeUstReply(command, answer));
    if (answer.tail !== undefined) this.#options.sendCommandBytes(answer.tail);
  }

  async #perform(
    request: UstCommand,
    payload: Uint8Array,
  ): Promise<Parameters<typeof encodeUstReply>[1] & { readonly tail?: Uint8Array }> {
    const { handle } = request;
    switch (request.command) {
      case 'tracerVersion':
        return { code: 0, version: { major: 2, minor: 13, patchLevel: 5 } };
      case 'createSession':
        return { code: 0, value: this.#make({ kind: 'session', isEnabled: false }) };
      case 'createChannel':
        this.#options.onChannel?.(payload);
        return { code: 0, value: this.#make({ kind: 'channel', session: handle, contexts: [] }) };
      case 'createEvent':
        return {
          code: 0,
          value: this.#make({
            kind: 'event',
            channel: handle,
            pattern: request.argument.name,
            isEnabled: false,
          }),
        };
      case 'addContext': {
        const { argument } = request;
        const context =
          argument.kind === 'application'
            ? { kind: argument.kind, ...decodeApplicationContextNames(payload, argument.providerBytes) }
            : argument;
        const fields = contextFields(context, PACKED_ALIGNMENTS)!;
        const declared = this.#options.isOlder === true ? fields.map(withLegacyForm) : fields;
        this.#objects.get(handle)?.contexts?.push(...declared);
        return { code: 0 };
      }
      case 'enable':
      case 'disable':
        return { code: await this.#setEnabled(handle, request.command === 'enable') };
      case 'listTracepoints':
      case 'listFields':
        return { code: 0, value: this.#make({ kind: 'list', entries: 0 }) };
      case 'getTracepoint': {
        const tracepoint = this.#nextEntry(handle);
        return tracepoint === null ? { code: ustErrorCode('NOENT') } : { code: 0, tracepoint };
      }
      case 'getField': {
        const tracepoint = this.#nextEntry(handle);
        if (tracepoint === null) return { code: ustErrorCode('NOENT') };
        const [field] = tracepoint.fields;
        const entry = {
          eventName: tracepoint.name,
          fieldName: field?.name ?? '',
          type: field === undefined ? fieldEntryTypes.other : fieldEntryTypes.integer,
          logLevel: tracepoint.logLevel,
          isNotWritten: field === undefined ? 1 : 0,
        };
        return { code: 0, tail: fieldEntry.encode(entry) };
      }
      case 'release':
        return { code: this.#objects.delete(handle) ? 0 : ustErrorCode('INVAL') };
      default:
        return { code: 0 };
    }
  }

  #make(object: FakeObject): number {
    this.#objects.set(++this.#lastHandle, object);
    return this.#lastHandle;
  }

  #nextEntry(handle: number): FakeTracepoint | null {
    const list = this.#objects.get(handle)!;
    const index = list.entries ?? 0;
    list.entries = index + 1;
    return this.#options.tracepoints?.[index] ?? null;
  }

  async #setEnabled(handle: number, isEnabled: boolean): Promise<number> {
    const object = this.#objects.get(handle)!;
    if (object.isEnabled === isEnabled && object.kind === 'session') return ustErrorCode('ERR');
    object.isEnabled = isEnabled;
    if (!isEnabled) return 0;
    const session = object.kind === 'session' ? handle : this.#objects.get(object.channel!)!.session!;
    if (this.#objects.get(session)?.isEnabled !== true) return 0;
    return await this.#registerAll(session);
  }

  /** Events first, then channels, as applications do at ENABLE. */
  async #registerAll(sessionHandle: number): Promise<number> {
    for (const [, { kind, channel, pattern, isEnabled }] of this.#objects) {
      if (kind !== 'event' || isEnabled !== true) continue;
      for (const tracepoint of this.#options.tracepoints ?? []) {
        if (!matches(pattern!, tracepoint.name) || !this.#isNew(`${channel} ${tracepoint.name}`)) continue;
        await this.#registerEvent(sessionHandle, channel!, tracepoint);
      }
    }
    for (const [handle, { kind, session, contexts }] of this.#objects) {
      if (kind !== 'channel' || session !== sessionHandle || !this.#isNew(`channel ${handle}`)) continue;
      const contextFields = await this.#withEnumIds(sessionHandle, contexts!);
      const request = { kind: 'channel', sessionHandle, channelHandle: handle, contextFields } as const;
      const { code } = await this.register(request);
      if (code < 0) return ustErrorCode('ERR');
    }
    return 0;
  }

  /** Registers the enumerations of application contexts. */
  async #withEnumIds(sessionHandle: number, fields: readonly UstField[]): Promise<readonly UstField[]> {
    const result: UstField[] = [];
    for (const { name, type } of fields) {
      if (type.kind !== 'enum') {
        result.push({ name, type });
        continue;
      }
      const entries = dynamicTypeLabels.map((label, value) => {
        return { label, range: { first: BigInt(value), last: BigInt(value) } };
      });
      const reply = await this.register({ kind: 'enum', sessionHandle, name: type.name, entries });
      result.push({ name, type: { ...type, enumId: reply.kind === 'enum' ? reply.enumId : 0n } });
    }
    return result;
  }

  async #registerEvent(sessionHandle: number, channelHandle: number, tracepoint: FakeTracepoint) {
    for (const { name, entries } of tracepoint.enums ?? []) {
      await this.register({ kind: 'enum', sessionHandle, name, entries });
    }
    const { name, logLevel, fields } = tracepoint;
    await this.register({
      kind: 'event',
      sessionHandle,
      channelHandle,
      name,
      logLevel,
      signature: 'int, value',
      fields,
      modelEmfUri: null,
    });
  }

  #isNew(what: string): boolean {
    if (this.#registered.has(what)) return false;
    this.#registered.add(what);
    return true;
  }
}

/** As lttng-ust 2.12 describes contexts: only `procname` has another form. */
function withLegacyForm({ name, type }: UstField): UstField {
  return { name, type: type.kind === 'array' ? { ...type, form: 'legacy' } : type };
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

function commandText(request: UstCommand, payload: Uint8Array): string {
  const { name } = ustCommandRow(request.command);
  const at = `${name} ${request.handle}`;
  switch (request.command) {
    case 'createEvent':
      return `${at} ${request.argument.name}`;
    case 'setExclusions':
      return `${at} ${decodeExclusions(payload).join(' ')}`;
    case 'setFilter':
      return `${at} ${payload.length} bytes`;
    case 'createChannel':
      return `${at} ${payload.length} bytes`;
    case 'createStream':
      return `${at} #${request.argument.streamNumber}`;
    case 'addContext':
      return `${at} ${request.argument.kind === 'plain' ? request.argument.number : request.argument.kind}`;
    default:
      return at;
  }
}
