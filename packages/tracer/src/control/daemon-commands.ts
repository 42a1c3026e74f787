/**
 * The commands of one session daemon, performed: objects come and go, events are registered on the notify socket,
 * recordings are attached. One instance per connection; commands and rule changes run one after another.
 *
 * Answers are those of liblttng-ust 2.13 (`facts` in docs/protocols/ust-app.md). What it kills the connection for
 * throws `ProtocolError` here.
 */
import { ProtocolError, toError } from '@lttng-ts/base';
import type { Fd } from '@lttng-ts/native';
import {
  contextFields,
  decodeApplicationContextNames,
  decodeExclusions,
  eventNotifier,
  fieldEntry,
  type UnknownUstCommand,
  type UstAlignments,
  type UstAnswer,
  type UstCommand,
  type UstCommandName,
  type UstContext,
  type UstErrorName,
  ustCommandRow,
  ustErrorCode,
} from '@lttng-ts/protocols/ust-app';
import type { ChannelShape } from './channel-shape.ts';
import { fieldEntriesOf } from './description.ts';
import type { EventClass, EventRegistry } from './event-registry.ts';
import {
  type ApplicationObject,
  type ChannelObject,
  type EnablerObject,
  type FieldListObject,
  HandleTable,
  type PassiveObject,
  type SessionObject,
  type TracepointListObject,
} from './objects.ts';
import type { ControlPorts, NotifyPort } from './ports.ts';
import type { RecordingTable } from './recording-table.ts';
import { SessionRules } from './session-rules.ts';

/** Version of lttng-ust that the daemon is told: the one whose protocol this package speaks. */
const TRACER_VERSION = { major: 2, minor: 13, patchLevel: 5 } as const;

/** A command with what came along; the receiver owns the descriptors. */
export interface ReceivedCommand {
  readonly request: UstCommand | UnknownUstCommand;
  readonly payload: Uint8Array;
  readonly fds: readonly Fd[];
}

/** An answer, and the record that follows it for a field list. */
export interface CommandAnswer extends UstAnswer {
  readonly tail?: Uint8Array;
}

const OK: CommandAnswer = { code: 0 };
const refused = (name: UstErrorName): CommandAnswer => ({ code: ustErrorCode(name) });
const made = (object: ApplicationObject): CommandAnswer => ({ code: 0, value: object.handle });

export interface DaemonCommandsOptions {
  readonly ports: ControlPorts;
  readonly notify: NotifyPort;
  readonly registry: EventRegistry;
  readonly recordings: RecordingTable;
  readonly alignments: UstAlignments;
  /** Reads a channel's description; `null` when it is not one. */
  readonly parseChannel: (blob: Uint8Array) => ChannelShape | null;
  /** REGISTER_DONE arrived: what the daemon wants to record is in place. */
  readonly onRegistered: () => void;
}

export class DaemonCommands {
  readonly #options: DaemonCommandsOptions;
  readonly #handles = new HandleTable();
  readonly #rules: SessionRules;
  readonly #sessions = new Set<SessionObject>();
  #queue: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  /** REGISTER_DONE has come: the program's `main` may run, in C's words. */
  #isRegistered = false;

  constructor(options: DaemonCommandsOptions) {
    this.#options = options;
    this.#rules = new SessionRules(options);
  }

  /** Performs one command. Throws `ProtocolError` when the connection must be dropped. */
  perform(command: ReceivedCommand): Promise<CommandAnswer> {
    return this.#enqueue(() => this.#perform(command));
  }

  /** Announces events that were defined meanwhile to every active session. */
  syncRules(): Promise<void> {
    return this.#enqueue(async () => {
      for (const session of this.#sessions) if (session.isActive) await this.#rules.sync(session);
    });
  }

  /** Events that nobody has any more: one that is defined again is announced again. */
  forget(classes: readonly EventClass[]): Promise<void> {
    return this.#enqueue(async () => {
      for (const { channels } of this.#sessions) {
        for (const { eventIds } of channels) for (const eventClass of classes) eventIds.delete(eventClass);
      }
    });
  }

  /** The connection is gone: everything that came through it ends. */
  close(): void {
    this.#isClosed = true;
    for (const object of this.#handles.clear()) this.#end(object);
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #perform({ request, payload, fds }: ReceivedCommand): Promise<CommandAnswer> {
    const kept = new Set<Fd>();
    try {
      if (this.#isClosed) return refused('EXITING');
      if (request.kind === 'unknown') return refused('NOSYS');
      return await this.#dispatch(request, payload, fds, (fd) => kept.add(fd));
    } finally {
      for (const fd of fds) if (!kept.has(fd)) this.#options.ports.process.close(fd);
    }
  }

  async #dispatch(
    request: UstCommand,
    payload: Uint8Array,
    fds: readonly Fd[],
    keep: (fd: Fd) => void,
  ): Promise<CommandAnswer> {
    if (request.handle === 0) return this.#performOnRoot(request.command, fds, keep);
    const object = this.#handles.find(request.handle);
    if (object === null) {
      throw new ProtocolError(`Unknown handle: command="${request.command}", handle=${request.handle}`);
    }
    if (request.command === 'release') return this.#release(object);
    const { handles } = ustCommandRow(request.command);
    if (!handles.includes(object.kind)) return refused('INVAL');
    switch (object.kind) {
      case 'session':
        return this.#performOnSession(object, request, payload, fds, keep);
      case 'channel':
        return this.#performOnChannel(object, request, payload, fds, keep);
      case 'enabler':
        return this.#performOnEnabler(object, request, payload);
      case 'tracepoint-list':
        return nextTracepoint(object);
      case 'field-list':
        return nextField(object);
      default:
        return this.#performOnPassive(object, request, payload, fds, keep);
    }
  }

  async #performOnRoot(
    command: UstCommandName,
    fds: readonly Fd[],
    keep: (fd: Fd) => void,
  ): Promise<CommandAnswer> {
    switch (command) {
      case 'release':
        return refused('PERM');
      case 'createSession': {
        const session = this.#handles.add<SessionObject>(null, {
          kind: 'session',
          isActive: false,
          wasActive: false,
          channels: new Set(),
          enumIds: new Map(),
        });
        this.#sessions.add(session);
        return made(session);
      }
      case 'tracerVersion':
        return { code: 0, version: TRACER_VERSION };
      case 'listTracepoints': {
        const entries = this.#classesNewestFirst().map(({ definition }) => ({
          name: definition.name,
          logLevel: definition.logLevel,
        }));
        return made(
          this.#handles.add<TracepointListObject>(null, { kind: 'tracepoint-list', entries, next: 0 }),
        );
      }
      case 'listFields': {
        const entries = this.#classesNewestFirst().flatMap(({ definition }) =>
          fieldEntriesOf(definition).toReversed(),
        );
        return made(this.#handles.add<FieldListObject>(null, { kind: 'field-list', entries, next: 0 }));
      }
      case 'waitQuiescent':
        this.#options.ports.recorder.quiesce();
        return OK;
      case 'registerDone':
        return this.#registered();
      case 'createEventNotifierGroup':
        return made(this.#addPassive('event-notifier-group', null, fds, keep));
      default:
        return refused('INVAL');
    }
  }

  /** Lists are in the order of liblttng-ust: what was defined last comes first, fields too. */
  #classesNewestFirst(): readonly EventClass[] {
    return [...this.#options.registry.classes].reverse();
  }

  async #performOnSession(
    session: SessionObject,
    request: UstCommand,
    payload: Uint8Array,
    fds: readonly Fd[],
    keep: (fd: Fd) => void,
  ): Promise<CommandAnswer> {
    switch (request.command) {
      case 'createChannel': {
        // EBUSY has no code of its own.
        if (session.wasActive) return refused('ERR');
        const shape = request.argument.type === 0 ? this.#options.parseChannel(payload) : null;
        const [wakeupFd] = fds;
        if (shape === null || wakeupFd === undefined) return refused('INVAL');
        keep(wakeupFd);
        const channel = this.#handles.add<ChannelObject>(session, {
          kind: 'channel',
          session,
          shape,
          wakeupFd,
          isEnabled: true,
          streamCount: 0,
          streams: [],
          contexts: [],
          contextFields: [],
          enablers: new Set(),
          eventIds: new Map(),
          recorderChannel: null,
        });
        session.channels.add(channel);
        return made(channel);
      }
      case 'enable':
      case 'startSession':
        return this.#startSession(session);
      case 'disable':
      case 'stopSession':
        if (!session.isActive) return refused('ERR');
        session.isActive = false;
        this.#rules.withdraw(session);
        return OK;
      case 'stateDump':
        if (session.isActive) this.#rules.dumpState(session);
        return OK;
      default:
        return OK;
    }
  }

  #registered(): CommandAnswer {
    if (!this.#isRegistered) {
      this.#isRegistered = true;
      for (const session of this.#sessions) if (session.isActive) this.#rules.dumpState(session);
    }
    this.#options.onRegistered();
    return OK;
  }

  async #startSession(session: SessionObject): Promise<CommandAnswer> {
    if (session.isActive) return refused('ERR');
    session.isActive = true;
    session.wasActive = true;
    try {
      await this.#rules.sync(session);
      // A session that records already when the program registers has it before the program's first event.
      if (this.#isRegistered) this.#rules.dumpState(session);
      return OK;
    } catch (error) {
      session.isActive = false;
      this.#rules.withdraw(session);
      this.#options.ports.log(`Session cannot start: ${toError(error).message}`);
      return refused('INVAL');
    }
  }

  async #performOnChannel(
    channel: ChannelObject,
    request: UstCommand,
    payload: Uint8Array,
    fds: readonly Fd[],
    keep: (fd: Fd) => void,
  ): Promise<CommandAnswer> {
    if (request.command === 'createStream') return this.#addStream(channel, request.argument, fds, keep);
    if (channel.streamCount < channel.shape.streamCount) return refused('PERM');
    switch (request.command) {
      case 'createEvent': {
        const { name: pattern, logLevelType, logLevel } = request.argument;
        const enabler = this.#handles.add<EnablerObject>(channel, {
          kind: 'enabler',
          channel,
          pattern,
          logLevelType,
          logLevel,
          isEnabled: false,
          filters: [],
          exclusions: [],
        });
        channel.enablers.add(enabler);
        return made(enabler);
      }
      case 'addContext': {
        const { argument } = request;
        if (argument.kind !== 'application') return this.#addContext(channel, argument);
        const names = decodeApplicationContextNames(payload, argument.providerBytes);
        return this.#addContext(channel, { kind: 'application', ...names });
      }
      case 'enable':
      case 'disable': {
        const isEnabled = request.command === 'enable';
        if (channel.isEnabled === isEnabled) return refused('ERR');
        channel.isEnabled = isEnabled;
        await this.#syncChannel(channel);
        return OK;
      }
      // FLUSH_BUFFER: the consumer flushes through the shared memory; there is no writer state to flush here.
      default:
        return OK;
    }
  }

  #addStream(
    channel: ChannelObject,
    { memoryBytes, streamNumber }: { readonly memoryBytes: bigint; readonly streamNumber: number },
    [memoryFd, wakeupFd]: readonly Fd[],
    keep: (fd: Fd) => void,
  ): CommandAnswer {
    const { process } = this.#options.ports;
    if (memoryFd === undefined || wakeupFd === undefined) return refused('INVAL');
    const isNext = streamNumber === channel.streamCount && streamNumber < channel.shape.streamCount;
    if (!isNext) return refused('INVAL');
    // Checked before mapping: memory behind the end of the file would be SIGBUS.
    if (memoryBytes > BigInt(process.fileLengthBytes(memoryFd))) return refused('INVAL');
    keep(memoryFd);
    keep(wakeupFd);
    channel.streamCount++;
    channel.streams.push({ memoryFd, wakeupFd, lengthBytes: Number(memoryBytes) });
    return OK;
  }

  #addContext(channel: ChannelObject, context: UstContext): CommandAnswer {
    if (channel.session.wasActive) return refused('PERM');
    const fields = contextFields(context, this.#options.alignments);
    if (fields === null) return refused('INVAL');
    const names = new Set(channel.contextFields.map(({ name }) => name));
    if (fields.some(({ name }) => names.has(name))) return refused('EXIST');
    if (!this.#options.ports.process.canRecord(context)) return refused('ERR');
    this.#options.ports.process.useContext(context, true);
    channel.contexts.push(context);
    channel.contextFields.push(...fields);
    return OK;
  }

  async #performOnEnabler(
    enabler: EnablerObject,
    request: UstCommand,
    payload: Uint8Array,
  ): Promise<CommandAnswer> {
    switch (request.command) {
      case 'setFilter': {
        const { relocationOffsetBytes, sequenceNumber } = request.argument;
        if (relocationOffsetBytes > payload.length) throw new ProtocolError('Filter with a wrong offset');
        enabler.filters.push({ bytes: payload.slice(), relocationOffsetBytes, sequenceNumber });
        enabler.filters.sort((a, b) => (a.sequenceNumber < b.sequenceNumber ? -1 : 1));
        break;
      }
      case 'setExclusions':
        enabler.exclusions.push(...decodeExclusions(payload));
        break;
      case 'enable':
        enabler.isEnabled = true;
        break;
      case 'disable':
        enabler.isEnabled = false;
        break;
      default:
        return refused('INVAL');
    }
    await this.#syncChannel(enabler.channel);
    return OK;
  }

  async #syncChannel({ session }: ChannelObject): Promise<void> {
    if (session.isActive) await this.#rules.sync(session);
  }

  /** Triggers are accepted, so that the daemon goes on; events of this package do not fire them yet. */
  #performOnPassive(
    object: PassiveObject,
    request: UstCommand,
    payload: Uint8Array,
    fds: readonly Fd[],
    keep: (fd: Fd) => void,
  ): CommandAnswer {
    switch (request.command) {
      case 'createEventNotifier':
        if (payload.length !== eventNotifier.sizeBytes) return refused('INVAL');
        return made(this.#addPassive('event-notifier', object, [], keep));
      case 'createCounter':
        return made(this.#addPassive('counter', object, [], keep));
      case 'createCounterCpu':
        for (const fd of fds) {
          keep(fd);
          object.fds.push(fd);
        }
        return OK;
      // Counters are per CPU only, as in liblttng-ust 2.13.
      case 'createCounterGlobal':
        return refused('INVAL');
      default:
        return OK;
    }
  }

  #addPassive(
    kind: PassiveObject['kind'],
    parent: ApplicationObject | null,
    fds: readonly Fd[],
    keep: (fd: Fd) => void,
  ): PassiveObject {
    for (const fd of fds) keep(fd);
    return this.#handles.add<PassiveObject>(parent, { kind, fds: [...fds] });
  }

  async #release(object: ApplicationObject): Promise<CommandAnswer> {
    if (object.kind === 'enabler') {
      object.channel.enablers.delete(object);
      await this.#syncChannel(object.channel);
    }
    for (const ended of this.#handles.release(object)) this.#end(ended);
    return OK;
  }

  #end(object: ApplicationObject): void {
    switch (object.kind) {
      case 'session':
        object.isActive = false;
        this.#rules.withdraw(object);
        this.#sessions.delete(object);
        return;
      case 'channel':
        object.session.channels.delete(object);
        this.#rules.closeChannel(object);
        return;
      case 'enabler':
        object.channel.enablers.delete(object);
        return;
      case 'event-notifier-group':
      case 'event-notifier':
      case 'counter':
        for (const fd of object.fds) this.#options.ports.process.close(fd);
        return;
      default:
    }
  }
}

function nextTracepoint(list: TracepointListObject): CommandAnswer {
  const tracepoint = list.entries[list.next++];
  return tracepoint === undefined ? refused('NOENT') : { code: 0, tracepoint };
}

function nextField(list: FieldListObject): CommandAnswer {
  const entry = list.entries[list.next++];
  return entry === undefined ? refused('NOENT') : { code: 0, tail: fieldEntry.encode(entry) };
}
