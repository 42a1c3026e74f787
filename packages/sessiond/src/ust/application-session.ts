/**
 * One recording session inside one application: the objects that were made there, and the commands that
 * bring them in line with the desired state. The order of commands is lttng-sessiond's: session; per
 * channel its streams, contexts and rules (event, filter, exclusions, enable); then the session is enabled.
 *
 * Every method runs as a task of the application's queue. What the application refuses is logged, and the
 * rest goes on without it.
 */
import { assert, describe, PeerError } from '@lttng-ts/base';
import {
  encodeApplicationContextNames,
  encodeExclusions,
  findUstContextByName,
  UST_ROOT_HANDLE,
  UST_SYMBOL_BYTES,
  type UstContextArgument,
  ustErrorCode,
  ustLogLevelTypes,
} from '@lttng-ts/protocols/ust-app';
import type { Application } from './application.ts';
import type { Log } from './ports.ts';
import type { ChannelBuffers, RecordingBuffers } from './recording-buffers.ts';
import type { DesiredChannel, DesiredRule, DesiredSession } from './ust-domain.ts';

/** A rule or a channel: what can be enabled and disabled. */
interface SwitchInApplication {
  readonly handle: number;
  isEnabled: boolean;
}

interface ChannelInApplication extends SwitchInApplication {
  readonly ustChannelId: number;
  /** By rule id; null for a rule that the application refused. */
  readonly rules: Map<number, SwitchInApplication | null>;
}

/** The type of channels whose streams are one per CPU: the only one that applications take. */
const PER_CPU_CHANNEL = 0;
const TRACEPOINT_INSTRUMENTATION = 0;
const ALL_LOG_LEVELS = -1;

export class ApplicationSession {
  readonly #application: Application;
  readonly #buffers: RecordingBuffers;
  readonly #log: Log;
  #handle: number | null = null;
  #isEnabled = false;
  /** Applications take channels until the session was enabled for the first time. */
  #wasEnabled = false;
  /** By name; null for a channel that the application refused. */
  readonly #channels = new Map<string, ChannelInApplication | null>();

  constructor(application: Application, buffers: RecordingBuffers, log: Log) {
    this.#application = application;
    this.#buffers = buffers;
    this.#log = log;
  }

  get buffers(): RecordingBuffers {
    return this.#buffers;
  }

  /** Handle of the session in the application, or null before it is made and after it is released. */
  get handle(): number | null {
    return this.#handle;
  }

  /** Id of the stream class that a channel's handle means, or null. */
  findChannelId(channelHandle: number): number | null {
    for (const channel of this.#channels.values()) {
      if (channel?.handle === channelHandle) return channel.ustChannelId;
    }
    return null;
  }

  /** Makes and changes what differs from the desired state. */
  async synchronize(desired: DesiredSession): Promise<void> {
    this.#handle ??= await this.#application.create('createSession', UST_ROOT_HANDLE, {});
    for (const channel of desired.channels) {
      if (!this.#channels.has(channel.name)) await this.#createChannel(this.#handle, channel);
      const made = this.#channels.get(channel.name);
      if (made == null) continue;
      await this.#synchronizeRules(made, channel.rules);
      if (made.isEnabled !== channel.isEnabled) await this.#setEnabled(made, channel.isEnabled);
    }
  }

  /** Lets the application record. */
  async start(): Promise<void> {
    const handle = this.#handle;
    if (handle === null || this.#isEnabled) return;
    // Events, enumerations and channels are registered on the notify socket before this is answered.
    this.#wasEnabled = true;
    const isDone = await this.#attempt('Session is not started', () =>
      this.#application.call('enable', handle, {}),
    );
    this.#isEnabled = isDone;
    await this.#quiesce();
  }

  /** Lets the application say again what it has loaded; returns when it has. */
  async dumpState(): Promise<void> {
    const handle = this.#handle;
    if (handle === null || !this.#isEnabled) return;
    await this.#attempt('State is not dumped', () => this.#application.call('stateDump', handle, {}));
  }

  /** Stops recording; returns when no thread of the application writes any more. */
  async stop(): Promise<void> {
    const handle = this.#handle;
    if (handle === null || !this.#isEnabled) return;
    this.#isEnabled = false;
    await this.#attempt('Session is not stopped', () => this.#application.call('disable', handle, {}));
    await this.#quiesce();
  }

  /** Takes everything of the session out of the application. Handles are not used again. */
  async release(): Promise<void> {
    await this.stop();
    const handle = this.#handle;
    if (handle === null) return;
    for (const channel of this.#channels.values()) {
      if (channel === null) continue;
      for (const rule of channel.rules.values()) if (rule !== null) await this.#release(rule.handle);
      await this.#release(channel.handle);
    }
    this.#channels.clear();
    this.#handle = null;
    await this.#release(handle);
    await this.#quiesce();
  }

  async #createChannel(sessionHandle: number, desired: DesiredChannel): Promise<void> {
    if (this.#wasEnabled) return;
    const buffers = await this.#buffers.requireChannel(desired);
    this.#channels.set(desired.name, null);
    await this.#attempt(describe('Channel is not made', { channel: desired.name }), async () => {
      const handle = await this.#application.create(
        'createChannel',
        sessionHandle,
        { blobBytes: BigInt(buffers.blob.length), type: PER_CPU_CHANNEL },
        { payload: buffers.blob, fds: [buffers.wakeupFd] },
      );
      // Known before its streams: what it registers must find its channel.
      const { ustChannelId } = buffers;
      // Applications make channels enabled.
      this.#channels.set(desired.name, { handle, isEnabled: true, ustChannelId, rules: new Map() });
      await this.#createStreams(handle, buffers);
    });
    const made = this.#channels.get(desired.name);
    if (made == null) return;
    for (const context of desired.contexts) await this.#addContext(made.handle, context);
  }

  async #createStreams(channelHandle: number, { streams }: ChannelBuffers): Promise<void> {
    for (const [streamNumber, { memoryLengthBytes, memoryFd, wakeupFd }] of streams.entries()) {
      await this.#application.call(
        'createStream',
        channelHandle,
        { memoryBytes: BigInt(memoryLengthBytes), streamNumber },
        { fds: [memoryFd, wakeupFd] },
      );
    }
  }

  async #addContext(channelHandle: number, name: string): Promise<void> {
    const context = findUstContextByName(name);
    assert(context !== null, `Context is not one of the UST domain: name="${name}"`);
    // Differs from upstream: a program that refuses a context (a perf counter that its machine lacks) is recorded without
    // it, because the original then records nothing of the program, in any channel, and says nothing.
    await this.#attempt(describe('Context is not added', { context: name }), async () => {
      if (context.kind !== 'application') {
        return await this.#application.call('addContext', channelHandle, context);
      }
      const payload = encodeApplicationContextNames(context.provider, context.name);
      const providerBytes = payload.indexOf(0) + 1;
      const nameBytes = payload.length - providerBytes;
      const argument: UstContextArgument = { kind: 'application', providerBytes, nameBytes };
      return await this.#application.call('addContext', channelHandle, argument, { payload });
    });
  }

  async #synchronizeRules(channel: ChannelInApplication, desired: readonly DesiredRule[]): Promise<void> {
    for (const rule of desired) {
      const made = channel.rules.get(rule.ruleId);
      if (made === undefined) await this.#createRule(channel, rule);
      else if (made !== null && made.isEnabled !== rule.isEnabled)
        await this.#setEnabled(made, rule.isEnabled);
    }
    const wanted = new Set(desired.map(({ ruleId }) => ruleId));
    for (const [ruleId, made] of channel.rules) {
      if (wanted.has(ruleId)) continue;
      channel.rules.delete(ruleId);
      if (made === null) continue;
      if (made.isEnabled) await this.#setEnabled(made, false);
      await this.#release(made.handle);
    }
  }

  async #createRule(channel: ChannelInApplication, rule: DesiredRule): Promise<void> {
    channel.rules.set(rule.ruleId, null);
    // No event has such a name, and the command has no place for it.
    const patterns = [rule.pattern, ...rule.exclusions];
    if (patterns.some((pattern) => Buffer.byteLength(pattern) >= UST_SYMBOL_BYTES)) {
      this.#log('warning', describe('Event rule with a name that is too long', { rule: rule.ruleId }));
      return;
    }
    await this.#attempt(describe('Event rule is not made', { pattern: rule.pattern }), async () => {
      const { logLevel, filterBytecode, exclusions } = rule;
      const handle = await this.#application.create('createEvent', channel.handle, {
        instrumentation: TRACEPOINT_INSTRUMENTATION,
        name: rule.pattern,
        logLevelType: ustLogLevelTypes[logLevel.kind],
        logLevel: logLevel.kind === 'all' ? ALL_LOG_LEVELS : logLevel.level,
        token: BigInt(rule.ruleId),
      });
      if (filterBytecode !== null) {
        const { bytes: payload, relocationOffsetBytes } = filterBytecode;
        const argument = { bytecodeBytes: payload.length, relocationOffsetBytes, sequenceNumber: 0n };
        await this.#application.call('setFilter', handle, argument, { payload });
      }
      // Count 0 would never be answered.
      if (exclusions.length > 0) {
        const payload = encodeExclusions(exclusions);
        await this.#application.call('setExclusions', handle, { count: exclusions.length }, { payload });
      }
      const made = { handle, isEnabled: false };
      channel.rules.set(rule.ruleId, made);
      if (rule.isEnabled) await this.#setEnabled(made, true);
    });
  }

  async #setEnabled(made: SwitchInApplication, isEnabled: boolean): Promise<void> {
    const command = isEnabled ? 'enable' : 'disable';
    made.isEnabled = isEnabled;
    await this.#attempt('Object is not changed', () => this.#application.call(command, made.handle, {}));
  }

  async #release(handle: number): Promise<void> {
    await this.#attempt('Object is not released', () => this.#application.call('release', handle, {}));
  }

  async #quiesce(): Promise<void> {
    await this.#attempt('Application is not quiescent', () =>
      this.#application.call('waitQuiescent', UST_ROOT_HANDLE, {}),
    );
  }

  /** Runs a command; logs a refusal. Returns whether it was done. */
  async #attempt(what: string, run: () => Promise<unknown>): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      // While a process ends it refuses everything: nothing that a user could act on.
      const level = error.number === ustErrorCode('EXITING') ? 'debug' : 'warning';
      const { pid, name } = this.#application.identity;
      this.#log(level, `${describe('Application', { pid, name })}: ${what}: ${error.message}`);
      return false;
    }
  }
}
