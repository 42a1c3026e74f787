/**
 * The registry of one set of buffers: which enumerations, events and stream classes its applications have
 * declared, their ids, and the metadata text that follows from them. All applications of the set get the
 * same ids for the same declarations.
 *
 * An application declares the events of a channel before the channel itself. Text with events whose stream
 * class is still to come cannot be read, so it is held back until it can, or until nobody will declare the
 * class any more: then nobody has recorded these events either, and they are forgotten.
 */
import { assert, describe } from '@lttng-ts/base';
import {
  type LttngTraceHeader,
  writeLttngDataStreamClass,
  writeLttngEventRecordClass,
  writeLttngTraceHeader,
} from '@lttng-ts/ctf';
import {
  equalUstFields,
  type UstEnumEntry,
  type UstField,
  type UstNotifyReply,
  type UstNotifyRequest,
  ustFieldsKey,
} from '@lttng-ts/protocols/ust-app';
import { checkedText, structureOf, UnwritableDeclaration } from './field-classes.ts';

/** Codes that upstream answers with: negative errno values. */
const ENOENT = -2;
const EINVAL = -22;

type EventRequest = Extract<UstNotifyRequest, { kind: 'event' }>;
type Refusal = { readonly code: number; readonly reason: string };

interface ChannelRegistry {
  readonly id: number;
  readonly name: string;
  /** Null until the first application has said which context fields it writes. */
  contextFields: readonly UstField[] | null;
  readonly eventIds: Map<string, number>;
  /** Who has declared events and is still to declare the channel. */
  readonly declarers: Set<Declarer>;
}

/** An application, as a key. */
export type Declarer = object;

/** A piece of text; `channelId` for events. */
interface Piece {
  readonly channelId: number | null;
  readonly text: string;
}

/** Events of one stream class: header type `large` has 32 bits for an id. */
const MAX_EVENTS = 0xffff_ffff;

export class TraceRegistry {
  readonly #channels: ChannelRegistry[] = [];
  readonly #enumIds = new Map<string, bigint>();
  readonly #enumEntries: (readonly UstEnumEntry[])[] = [];
  readonly #byteOrder: LttngTraceHeader['byteOrder'];
  #pieces: Piece[];

  constructor(header: LttngTraceHeader) {
    this.#byteOrder = header.byteOrder;
    this.#pieces = [{ channelId: null, text: writeLttngTraceHeader(header) }];
  }

  /** Whether all text so far can be read: every channel with events is declared. */
  get isWhole(): boolean {
    return this.#channels.every(
      ({ contextFields, eventIds }) => contextFields !== null || eventIds.size === 0,
    );
  }

  /** Takes the text that was added since the last call; none while it is not whole. */
  takeText(): string {
    if (!this.isWhole) return '';
    return this.#pieces
      .splice(0)
      .map(({ text }) => text)
      .join('');
  }

  /** Whether a channel's stream class is in the text. */
  isDeclared(channelId: number): boolean {
    return this.#channels[channelId]?.contextFields != null;
  }

  /** The application will declare nothing more: it is gone. */
  abandon(declarer: Declarer): void {
    for (const channel of this.#channels) this.#abandonIn(channel, declarer);
  }

  /** Adds a channel; returns the id of its stream class, in order of creation from 0. */
  addChannel(name: string): number {
    const id = this.#channels.length;
    this.#channels.push({ id, name, contextFields: null, eventIds: new Map(), declarers: new Set() });
    return id;
  }

  /**
   * Handles what an application registers. `channelId` is the channel that its handle means, `null` when it
   * means none; `declarer` is the application. A refusal has a negative code for it and a reason for the log.
   */
  register(
    request: UstNotifyRequest,
    channelId: number | null,
    declarer: Declarer,
  ): { readonly reply: UstNotifyReply; readonly refusal: string | null } {
    switch (request.kind) {
      case 'enum':
        return { reply: { kind: 'enum', code: 0, enumId: this.#enumId(request) }, refusal: null };
      case 'event': {
        const channel = this.#findChannel(channelId);
        const result = channel === null ? unknownChannel : this.#registerEvent(channel, request);
        if (channel?.contextFields === null) channel.declarers.add(declarer);
        if (typeof result === 'number') {
          return { reply: { kind: 'event', code: 0, eventId: result }, refusal: null };
        }
        return { reply: { kind: 'event', code: result.code, eventId: 0 }, refusal: result.reason };
      }
      case 'channel': {
        const channel = this.#findChannel(channelId);
        const refusal =
          channel === null ? unknownChannel : this.#registerChannel(channel, request.contextFields);
        if (channel !== null) this.#abandonIn(channel, declarer);
        return {
          reply: {
            kind: 'channel',
            code: refusal?.code ?? 0,
            channelId: channelId ?? 0,
            headerType: 'large',
          },
          refusal: refusal?.reason ?? null,
        };
      }
    }
  }

  #abandonIn(channel: ChannelRegistry, declarer: Declarer): void {
    if (!channel.declarers.delete(declarer)) return;
    if (channel.declarers.size > 0 || channel.contextFields !== null) return;
    // Nobody was let in to the channel, so no record has these ids.
    channel.eventIds.clear();
    this.#pieces = this.#pieces.filter(({ channelId }) => channelId !== channel.id);
  }

  #findChannel(id: number | null): ChannelRegistry | null {
    return id === null ? null : (this.#channels[id] ?? null);
  }

  /** Same name and entries: same id. */
  #enumId({ name, entries }: Extract<UstNotifyRequest, { kind: 'enum' }>): bigint {
    const key = JSON.stringify([
      name,
      ...entries.map(({ label, range }) => [label, range && [String(range.first), String(range.last)]]),
    ]);
    const known = this.#enumIds.get(key);
    if (known !== undefined) return known;
    const id = BigInt(this.#enumEntries.length);
    this.#enumEntries.push(entries);
    this.#enumIds.set(key, id);
    return id;
  }

  /** Same name, signature, fields, log level and URI: same id, and no new text. */
  #registerEvent(channel: ChannelRegistry, event: EventRequest): number | Refusal {
    const { name, signature, logLevel, modelEmfUri } = event;
    const key = JSON.stringify([name, signature, logLevel, modelEmfUri, ustFieldsKey(event.fields)]);
    const known = channel.eventIds.get(key);
    if (known !== undefined) return known;
    const id = channel.eventIds.size;
    assert(id < MAX_EVENTS, 'Event ids are used up');
    const refusal = this.#write('Event', name, channel.id, () =>
      writeLttngEventRecordClass(
        channel.id,
        {
          id: BigInt(id),
          name: checkedText(name, 'Event name'),
          logLevel,
          emfUri: modelEmfUri === null ? null : checkedText(modelEmfUri, 'model.emf.uri'),
          payload: structureOf(event.fields, 'event-record-payload', this.#findEnumEntries),
        },
        this.#byteOrder,
      ),
    );
    if (refusal !== null) return refusal;
    channel.eventIds.set(key, id);
    return id;
  }

  #registerChannel(channel: ChannelRegistry, contextFields: readonly UstField[]): Refusal | null {
    if (channel.contextFields !== null) {
      if (equalUstFields(channel.contextFields, contextFields)) return null;
      return { code: EINVAL, reason: describe('Context field mismatch', { channel: channel.name }) };
    }
    const scope = 'event-record-common-context';
    const refusal = this.#write('Channel', channel.name, null, () => {
      const commonContext =
        contextFields.length === 0 ? null : structureOf(contextFields, scope, this.#findEnumEntries);
      return writeLttngDataStreamClass(
        { id: channel.id, eventHeader: 'large', commonContext },
        this.#byteOrder,
      );
    });
    if (refusal === null) channel.contextFields = contextFields;
    return refusal;
  }

  readonly #findEnumEntries = (id: bigint): readonly UstEnumEntry[] | null =>
    this.#enumEntries[Number(id)] ?? null;

  /** Appends what `write` gives; a declaration that cannot be written is the application's fault. */
  #write(what: string, name: string, channelId: number | null, write: () => string): Refusal | null {
    try {
      this.#pieces.push({ channelId, text: write() });
      return null;
    } catch (error) {
      if (!(error instanceof UnwritableDeclaration)) throw error;
      return {
        code: EINVAL,
        reason: describe(`${what} cannot be described`, { name, reason: error.message }),
      };
    }
  }
}

const unknownChannel: Refusal = { code: ENOENT, reason: 'Registration for an unknown channel' };
