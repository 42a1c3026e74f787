/**
 * Brings the recordings of one session in line with its rules: registers what rules match and was not registered
 * yet (enumerations, then the event, then once the channel), and attaches or withdraws recordings.
 */
import { ProtocolError } from '@lttng-ts/base';
import type { RecorderChannelId } from '@lttng-ts/native';
import {
  dynamicTypeLabels,
  type UstAlignments,
  type UstEnumEntry,
  type UstField,
} from '@lttng-ts/protocols/ust-app';
import type { EventDefinition } from '../definition.ts';
import { enumerationKey, enumerationsOf, signatureOf, ustEnumEntriesOf, ustFieldsOf } from './description.ts';
import type { EventClass, EventRegistry } from './event-registry.ts';
import { type FilterBytecode, matchesRule } from './event-rule.ts';
import type { ChannelObject, EnablerObject, SessionObject } from './objects.ts';
import type { ControlPorts, NotifyPort } from './ports.ts';
import type { RecordingTable } from './recording-table.ts';
import { stateDefinitions } from './state-dump.ts';

export interface SessionRulesOptions {
  readonly ports: ControlPorts;
  readonly notify: NotifyPort;
  readonly registry: EventRegistry;
  readonly recordings: RecordingTable;
  readonly alignments: UstAlignments;
}

export class SessionRules {
  readonly #options: SessionRulesOptions;

  constructor(options: SessionRulesOptions) {
    this.#options = options;
  }

  /** Call it for active sessions. Throws when a channel cannot be opened: the session must not be active then. */
  async sync(session: SessionObject): Promise<void> {
    for (const channel of session.channels) {
      for (const eventClass of this.#options.registry.classes) {
        if (matchingRules(channel, eventClass).length > 0) await this.#registerEvent(channel, eventClass);
      }
    }
    for (const channel of session.channels) await this.#openChannel(channel);
    // The session may have ended while the daemon was asked.
    if (!session.isActive) return;
    for (const channel of session.channels) {
      for (const eventClass of this.#options.registry.classes) this.#attach(channel, eventClass);
    }
  }

  /** Records the state of the program into one session, as far as its rules ask for it. */
  dumpState(session: SessionObject): void {
    const { registry, ports } = this.#options;
    const channels = [...session.channels].filter(({ isEnabled }) => isEnabled);
    const idOf = (channel: ChannelObject, definition: EventDefinition): number | null => {
      const eventClass = registry.find(definition);
      return eventClass === null ? null : (channel.eventIds.get(eventClass) ?? null);
    };
    const isAsked = stateDefinitions.some((definition) =>
      channels.some((channel) => idOf(channel, definition) !== null),
    );
    // To look at every module costs some milliseconds.
    if (!isAsked) return;
    for (const event of ports.state.events()) {
      const targets = channels.flatMap((target) => {
        const eventId = idOf(target, event.definition);
        const channel = target.recorderChannel;
        const rules = matchingRules(target, event);
        if (eventId === null || channel === null || rules.length === 0) return [];
        const filters = filtersOf(rules);
        return filters === null || ports.state.accepts(event, filters) ? [{ channel, eventId }] : [];
      });
      if (targets.length > 0) ports.state.emit(event, targets);
    }
  }

  /** Stops all recordings of a session. */
  withdraw(session: SessionObject): void {
    for (const channel of session.channels) this.#withdrawChannel(channel);
  }

  /** Stops recording into a channel and gives everything of it back. */
  closeChannel(channel: ChannelObject): void {
    const { recorder, process } = this.#options.ports;
    this.#withdrawChannel(channel);
    for (const context of channel.contexts) process.useContext(context, false);
    if (channel.recorderChannel !== null) recorder.closeChannel(channel.recorderChannel);
    // Streams that the recorder has not taken over are still ours.
    for (const { memoryFd, wakeupFd } of channel.streams) {
      process.close(memoryFd);
      process.close(wakeupFd);
    }
    channel.streams.length = 0;
    process.close(channel.wakeupFd);
  }

  #withdrawChannel(channel: ChannelObject): void {
    for (const eventClass of channel.eventIds.keys()) {
      this.#options.recordings.set(eventClass, channel, null);
    }
  }

  async #registerEvent(channel: ChannelObject, eventClass: EventClass): Promise<void> {
    if (channel.eventIds.has(eventClass)) return;
    channel.eventIds.set(eventClass, await this.#askEventId(channel, eventClass));
  }

  async #askEventId({ handle, session }: ChannelObject, { definition }: EventClass): Promise<number | null> {
    const { notify, alignments } = this.#options;
    for (const enumeration of enumerationsOf(definition)) {
      const entries = ustEnumEntriesOf(enumeration);
      const id = await this.#enumId(session, enumerationKey(enumeration), enumeration.name, entries);
      if (id === null) return null;
    }
    const answer = await notify.register<'event'>({
      kind: 'event',
      sessionHandle: session.handle,
      channelHandle: handle,
      name: definition.name,
      logLevel: definition.logLevel,
      signature: signatureOf(definition),
      fields: ustFieldsOf(
        definition.fields,
        alignments,
        (enumeration) => session.enumIds.get(enumerationKey(enumeration)) ?? 0n,
      ),
      modelEmfUri: definition.modelEmfUri === '' ? null : definition.modelEmfUri,
    });
    return answer?.eventId ?? null;
  }

  /** Registers an enumeration once per session; `null` when the daemon refuses it. */
  async #enumId(
    session: SessionObject,
    key: string,
    name: string,
    entries: readonly UstEnumEntry[],
  ): Promise<bigint | null> {
    const known = session.enumIds.get(key);
    if (known !== undefined) return known;
    const request = { kind: 'enum', sessionHandle: session.handle, name, entries } as const;
    const answer = await this.#options.notify.register<'enum'>(request);
    if (answer !== null) session.enumIds.set(key, answer.enumId);
    return answer?.enumId ?? null;
  }

  /** Context fields with the ids of their enumerations: tags of application contexts. */
  async #contextFields({ session, contextFields }: ChannelObject): Promise<readonly UstField[]> {
    const fields: UstField[] = [];
    for (const field of contextFields) {
      if (field.type.kind === 'enum') {
        const { name } = field.type;
        const enumId = (await this.#enumId(session, name, name, dynamicTypeEntries)) ?? 0n;
        fields.push({ ...field, type: { ...field.type, enumId } });
      } else fields.push(field);
    }
    return fields;
  }

  /** Registers the channel and opens it in the recorder, once. */
  async #openChannel(channel: ChannelObject): Promise<void> {
    if (channel.recorderChannel !== null) return;
    const { notify, ports } = this.#options;
    const answer = await notify.register<'channel'>({
      kind: 'channel',
      sessionHandle: channel.session.handle,
      channelHandle: channel.handle,
      contextFields: await this.#contextFields(channel),
    });
    if (answer === null) throw new ProtocolError(`Channel was refused: handle=${channel.handle}`);
    if (answer.channelId !== channel.shape.channelId) {
      throw new ProtocolError(
        `Channel id differs: expected=${channel.shape.channelId}, got=${answer.channelId}`,
      );
    }
    const contexts = channel.contexts.map((context) => ports.process.contextOperation(context));
    const id = ports.recorder.openChannel({
      descriptor: channel.shape.descriptorFor(answer.headerType),
      contexts,
      streamCount: channel.shape.streamCount,
    });
    channel.recorderChannel = id;
    this.#addStreams(channel, id);
  }

  #addStreams(channel: ChannelObject, id: RecorderChannelId): void {
    for (let stream = channel.streams[0]; stream !== undefined; stream = channel.streams[0]) {
      this.#options.ports.recorder.addStream(id, stream);
      // From here on the recorder owns the descriptors.
      channel.streams.shift();
    }
  }

  #attach(channel: ChannelObject, eventClass: EventClass): void {
    const { recordings } = this.#options;
    const eventId = channel.eventIds.get(eventClass) ?? null;
    const rules = matchingRules(channel, eventClass);
    const { recorderChannel } = channel;
    if (eventId === null || recorderChannel === null || rules.length === 0 || !channel.isEnabled) {
      recordings.set(eventClass, channel, null);
      return;
    }
    recordings.set(eventClass, channel, { channel: recorderChannel, eventId, filters: filtersOf(rules) });
  }
}

/** Labels of the types that an application context can have. */
const dynamicTypeEntries: readonly UstEnumEntry[] = dynamicTypeLabels.map((label, i) => ({
  label,
  range: { first: BigInt(i), last: BigInt(i) },
}));

/** The filters of rules, one of which must accept; null when a rule takes every event. */
function filtersOf(rules: readonly EnablerObject[]): readonly FilterBytecode[] | null {
  if (rules.some(({ filters }) => filters.length === 0)) return null;
  return rules.flatMap((rule): readonly FilterBytecode[] => rule.filters);
}

/** The enabled rules of a channel that take an event. */
function matchingRules(channel: ChannelObject, { definition }: Pick<EventClass, 'definition'>) {
  return [...channel.enablers].filter((enabler) => enabler.isEnabled && matchesRule(enabler, definition));
}
