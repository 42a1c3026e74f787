/**
 * One session: its life, its channels, their rules and contexts, as upstream's daemon keeps them. It holds
 * the desired state and knows nothing of applications. Every refusal is upstream's.
 */

import { SerialQueue } from '@lttng-ts/base';
import type {
  BufferOwnership,
  ChannelAttributes,
  DomainInfo,
  EventRule,
  NetworkOutput,
  RecordingFault,
  SessionInfo,
  TraceFormat,
} from '@lttng-ts/protocols';
import { findUstContextByName } from '@lttng-ts/protocols/ust-app';
import type { DesiredChannel, DesiredRule, DesiredSession } from '../ust/ust-domain.ts';
import { type AskedAttributes, channelAttributes, requireChannelName } from './channel-attributes.ts';
import { desiredRule, ruleKey } from './event-rules.ts';
import { nextSession, type SessionEvent, type SessionState } from './life-cycle.ts';
import type { LossesByChannel } from './losses.ts';
import { SessionTrackers } from './process-trackers.ts';
import { refuse } from './refusal.ts';
import { SessionArchives } from './session-archives.ts';
import { SessionChunks } from './session-chunks.ts';
import { SnapshotOutputs } from './snapshot-outputs.ts';

const DEFAULT_CHANNEL = 'channel0';

/** What does not change after creation. */
export interface SessionIdentity {
  readonly id: number;
  readonly name: string;
  readonly traceName: string;
  readonly ownerUid: number;
  readonly ownerGid: number;
  readonly creationTimeS: number;
  /** Upstream's text for a relay daemon; null for a session without output. */
  readonly outputPath: string | null;
  /** Null: the output is local, or there is none. */
  readonly network: NetworkOutput | null;
  /** 0: not live. */
  readonly liveTimerUs: number;
  /** Name with the creation time. */
  readonly folderName: string;
  /** Null: shared memory has no place in the file system. */
  readonly sharedMemoryPath: string | null;
  /** Made for snapshots: channels overwrite unless they are told not to. */
  readonly isSnapshotMode: boolean;
  readonly traceFormat: TraceFormat;
}

export class Session {
  readonly identity: SessionIdentity;
  /** Everything that changes the session, or waits for what it does, is a task of this queue. */
  readonly queue = new SerialQueue();
  #state: SessionState = 'created';
  readonly #channels: DesiredChannel[] = [];
  readonly chunks: SessionChunks;
  readonly trackers = new SessionTrackers();
  readonly archives = new SessionArchives();
  readonly snapshotOutputs = new SnapshotOutputs();
  /** Settles when the rotation, or the clear, that is under way has ended; null when there is none. */
  rotation: Promise<void> | null = null;
  /** As upstream: once a channel was made by its name, even in vain, no command goes without a name. */
  #hasNamedChannel = false;
  /** When the daemon rotates by itself. */
  readonly schedules: { timerUs: number | null; sizeBytes: number | null } = {
    timerUs: null,
    sizeBytes: null,
  };

  constructor(identity: SessionIdentity) {
    this.identity = identity;
    this.chunks = new SessionChunks(identity.outputPath);
  }

  get state(): SessionState {
    return this.#state;
  }

  get isActive(): boolean {
    return this.#state === 'active';
  }

  get wasStarted(): boolean {
    return this.#state !== 'created';
  }

  /** What applications are to be brought in line with. */
  get desired(): DesiredSession {
    const { id, name, traceName, traceFormat, ownerUid, ownerGid, creationTimeS, outputPath } = this.identity;
    const { sharedMemoryPath, network, liveTimerUs, folderName } = this.identity;
    return {
      id,
      name,
      traceName,
      traceFormat,
      ownerUid,
      ownerGid,
      creationTimeS,
      outputPath,
      network,
      liveTimerUs,
      folderName,
      sharedMemoryPath,
      chunk: this.chunks.open,
      channels: [...this.#channels],
      trackers: this.trackers.numbers,
    };
  }

  get channelNames(): readonly string[] {
    return this.#channels.map(({ name }) => name);
  }

  /** Says whether the step would be refused, without taking it. */
  require(event: SessionEvent): void {
    const { refusal } = nextSession(this.#state, event);
    if (refusal !== null) refuse(refusal);
  }

  /** Takes a step of the session's life, or throws its refusal. */
  take(event: SessionEvent): void {
    const { state, refusal } = nextSession(this.#state, event);
    if (refusal !== null) refuse(refusal);
    this.#state = state;
  }

  get startEvent(): SessionEvent {
    return { kind: 'start', channelCount: this.#channels.length };
  }

  /** Makes a channel, or enables it again; `isNamed`: the caller chose the name. */
  enableChannel(name: string, asked: AskedAttributes, isNamed = true): ChannelAttributes {
    requireChannelName(name);
    // Upstream says that the channel is there before it says that it is too late.
    const known = this.#channels.find((channel) => channel.name === name);
    if (known?.isEnabled === true) refuse('UST_CHAN_EXIST');
    if (known !== undefined) {
      this.#change(name, (channel) => ({ ...channel, isEnabled: true }));
      return known.attributes;
    }
    this.require({ kind: 'add-channel' });
    this.#hasNamedChannel ||= isNamed;
    const { isSnapshotMode } = this.identity;
    const attributes = channelAttributes({
      ...asked,
      mode: asked.mode ?? (isSnapshotMode ? 'overwrite' : 'discard'),
      ownership: asked.ownership ?? 'user',
    });
    if (this.ownership !== null && this.ownership !== attributes.ownership) refuse('BUFFER_TYPE_MISMATCH');
    const index = this.#channels.length;
    this.#channels.push({ name, index, isEnabled: true, attributes, rules: [], contexts: [] });
    return attributes;
  }

  /** Lets a channel record no more. One that is disabled already stays so. */
  disableChannel(name: string): void {
    if (this.#channels.length === 0) refuse('NO_CHANNEL');
    this.#change(name, (channel) => ({ ...channel, isEnabled: false }));
  }

  /** Disables the rules whose pattern is `pattern`, or all (null); gives the channel's name. */
  disableEvents(channel: string | null, pattern: string | null): string {
    if (this.#channels.length === 0) refuse('NO_CHANNEL');
    if (channel === null && this.#hasNamedChannel) refuse('NEED_CHANNEL_NAME');
    const name = channel ?? DEFAULT_CHANNEL;
    this.#change(name, (target) => {
      const isMeant = (rule: DesiredRule): boolean => pattern === null || rule.pattern === pattern;
      if (pattern !== null && !target.rules.some(isMeant)) refuse('UST_EVENT_NOT_FOUND');
      const rules = target.rules.map((rule) => (isMeant(rule) ? { ...rule, isEnabled: false } : rule));
      return { ...target, rules };
    });
    return name;
  }

  /** Adds a rule, or enables it again; makes its channel when there is none. */
  enableEvent(
    channel: string | null,
    ownership: BufferOwnership | null,
    rule: EventRule,
    ruleId: number,
  ): { readonly channel: string; readonly isNewChannel: boolean } {
    const compiled = desiredRule(rule, ruleId);
    if (channel === null && this.#hasNamedChannel) refuse('NEED_CHANNEL_NAME');
    const name = channel ?? DEFAULT_CHANNEL;
    const isNewChannel = !this.channelNames.includes(name);
    if (isNewChannel) this.enableChannel(name, ownership === null ? {} : { ownership }, channel !== null);
    this.#change(name, (target) => {
      const known = target.rules.find((candidate) => ruleKey(candidate) === ruleKey(rule));
      if (known?.isEnabled === true) refuse('UST_EVENT_ENABLED');
      if (known === undefined) return { ...target, rules: [...target.rules, compiled] };
      const rules = target.rules.map((each) => (each === known ? { ...known, isEnabled: true } : each));
      return { ...target, rules };
    });
    return { channel: name, isNewChannel };
  }

  /** Adds a context to one channel, or to all that lack it. */
  addContext(channel: string | null, context: string): void {
    this.require({ kind: 'add-context' });
    if (findUstContextByName(context) === null) refuse('UST_CONTEXT_INVAL');
    if (channel !== null && !this.channelNames.includes(channel) && this.#channels.length > 0) {
      refuse('UST_CHAN_NOT_FOUND');
    }
    // Upstream makes the default channel for a session without one, whatever channel was named.
    if (this.#channels.length === 0) this.enableChannel(DEFAULT_CHANNEL, {}, false);
    if (channel !== null && !this.channelNames.includes(channel)) refuse('UST_CHAN_NOT_FOUND');
    const targets = this.#channels.filter(({ name }) => channel === null || name === channel);
    const fresh = targets.filter(({ contexts }) => !contexts.includes(context));
    if (fresh.length === 0) refuse('UST_CONTEXT_EXIST');
    for (const { name } of fresh) {
      this.#change(name, (target) => ({ ...target, contexts: [...target.contexts, context] }));
    }
  }

  /** The session as callers see it, with what was lost so far. */
  info(losses: LossesByChannel, faults: readonly RecordingFault[]): SessionInfo {
    const { identity } = this;
    return {
      name: identity.name,
      id: identity.id,
      ownerUid: identity.ownerUid,
      ownerGid: identity.ownerGid,
      isActive: this.isActive,
      wasStarted: this.wasStarted,
      outputPath: identity.outputPath ?? '',
      network: identity.network,
      sharedMemoryPath: identity.sharedMemoryPath ?? '',
      isSnapshotMode: identity.isSnapshotMode,
      traceFormat: identity.traceFormat,
      liveTimerUs: identity.liveTimerUs,
      creationTimeS: identity.creationTimeS,
      rotationSchedules: { ...this.schedules },
      archivePolicy: this.archives.info,
      domains: this.#domains(losses),
      faults,
    };
  }

  #domains(losses: LossesByChannel): readonly DomainInfo[] {
    const ownership = this.ownership ?? (this.trackers.wasChanged ? 'user' : null);
    if (ownership === null) return [];
    const channels = this.#channels.map(({ name, isEnabled, attributes, rules, contexts }) => ({
      name,
      isEnabled,
      attributes,
      rules: rules.map(({ ruleId: _, filterBytecode: __, ...rule }) => rule),
      contexts,
      discardedEventCount: losses.get(name)?.discardedEventCount ?? 0,
      lostPacketCount: losses.get(name)?.lostPacketCount ?? 0,
    }));
    return [{ domain: 'ust', ownership, trackers: this.trackers.values, channels }];
  }

  /** All channels of a session have the same owners. */
  get ownership(): BufferOwnership | null {
    return this.#channels[0]?.attributes.ownership ?? null;
  }

  #change(name: string, change: (channel: DesiredChannel) => DesiredChannel): void {
    const at = this.#channels.findIndex((channel) => channel.name === name);
    const channel = this.#channels[at];
    if (channel === undefined) refuse('UST_CHAN_NOT_FOUND');
    this.#channels[at] = change(channel);
  }
}
