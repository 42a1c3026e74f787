/**
 * The registry of one set of buffers: which enumerations, events and stream classes its applications have
 * declared, their ids, and the metadata text that follows from them. All applications of the set get the
 * same ids for the same declarations.
 *
 * An application declares the events of a channel before the channel itself. Text with events whose stream
 * class is still to come cannot be read, so it is held back until it can, or until nobody will declare the
 * class any more: then nobody has recorded these events either, and they are forgotten.
 */
import { describe } from '@lttng-ts/base';
import {
  type LttngMetadataWriter,
  type LttngTraceHeader,
  lttngCtf2Writer,
  lttngTsdlWriter,
} from '@lttng-ts/ctf';
import type { TraceFormat } from '@lttng-ts/protocols';
import {
  equalUstFields,
  nestableUstFields,
  type UstEnumEntry,
  type UstField,
  type UstNotifyReply,
  type UstNotifyRequest,
  ustFieldsKey,
} from '@lttng-ts/protocols/ust-app';
import { checkedText, structureOf } from './field-classes.ts';
import { UnwritableDeclaration } from './readable-structure.ts';

/** Codes that upstream answers with: negative errno values. */
const ENOENT = -2;
const EINVAL = -22;
const ENOSPC = -28;

type EventRequest = Extract<UstNotifyRequest, { kind: 'event' }>;
type EnumRequest = Extract<UstNotifyRequest, { kind: 'enum' }>;
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

/**
 * What all applications of one set of buffers may declare, so that one that declares without end fills neither
 * memory nor disk (each declaration takes a packet of metadata, at least a page). Real programs have some
 * thousand events.
 */
const MAX_EVENTS = 1 << 16;
const MAX_ENUMS = 1 << 14;
const MAX_DECLARED_CHARS = 64 << 20;

export class TraceRegistry {
  readonly #channels: ChannelRegistry[] = [];
  readonly #enumIds = new Map<string, bigint>();
  readonly #enumEntries: (readonly UstEnumEntry[])[] = [];
  readonly #writer: LttngMetadataWriter;
  #pieces: Piece[];
  /** Text that was taken, without the header: for {@link restart}. */
  readonly #taken: string[] = [];
  #hasHeader = false;
  #eventCount = 0;
  /** Length of everything that is kept, and of everything that was written. */
  #declaredChars = 0;

  constructor(header: LttngTraceHeader, format: TraceFormat = 'ctf-1.8') {
    this.#writer = format === 'ctf-2' ? lttngCtf2Writer(header) : lttngTsdlWriter(header.byteOrder);
    this.#pieces = [{ channelId: null, text: this.#writer.header(header) }];
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
    const [header, ...texts] = [
      ...(this.#hasHeader ? [''] : []),
      ...this.#pieces.splice(0).map(({ text }) => text),
    ];
    this.#hasHeader = true;
    const declared = texts.join('');
    if (declared !== '') this.#taken.push(declared);
    return header + declared;
  }

  /** The whole text comes again, with another head. */
  restart(header: LttngTraceHeader): void {
    const head = { channelId: null, text: this.#writer.header(header) };
    const taken = this.#taken.splice(0).map((text): Piece => ({ channelId: null, text }));
    this.#pieces = [head, ...taken, ...this.#pieces.slice(this.#hasHeader ? 0 : 1)];
    this.#hasHeader = false;
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
        return this.#registerEnum(request);
      case 'event': {
        const channel = this.#findChannel(channelId);
        const event = { ...request, fields: nestableUstFields(request.fields) };
        const result = channel === null ? unknownChannel : this.#registerEvent(channel, event);
        if (channel?.contextFields === null) channel.declarers.add(declarer);
        if (typeof result === 'number') {
          return { reply: { kind: 'event', code: 0, eventId: result }, refusal: null };
        }
        return { reply: { kind: 'event', code: result.code, eventId: 0 }, refusal: result.reason };
      }
      case 'channel': {
        const channel = this.#findChannel(channelId);
        const refusal =
          channel === null
            ? unknownChannel
            : this.#registerChannel(channel, nestableUstFields(request.contextFields));
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
    this.#eventCount -= channel.eventIds.size;
    for (const key of channel.eventIds.keys()) this.#declaredChars -= key.length;
    channel.eventIds.clear();
    const isOfChannel = ({ channelId }: Piece): boolean => channelId === channel.id;
    for (const { text } of this.#pieces.filter(isOfChannel)) this.#declaredChars -= text.length;
    this.#pieces = this.#pieces.filter((piece) => !isOfChannel(piece));
  }

  #findChannel(id: number | null): ChannelRegistry | null {
    return id === null ? null : (this.#channels[id] ?? null);
  }

  /** Same name and entries: same id. */
  #registerEnum({ name, entries }: EnumRequest) {
    const key = JSON.stringify([
      name,
      ...entries.map(({ label, range }) => [label, range && [String(range.first), String(range.last)]]),
    ]);
    const known = this.#enumIds.get(key);
    if (known !== undefined) return enumAnswer(known);
    if (this.#enumEntries.length >= MAX_ENUMS || !this.#hasRoomFor(key)) {
      return { reply: { kind: 'enum', code: ENOSPC, enumId: 0n }, refusal: TOO_MUCH.reason } as const;
    }
    const id = BigInt(this.#enumEntries.length);
    this.#enumEntries.push(entries);
    this.#enumIds.set(key, id);
    this.#declaredChars += key.length;
    return enumAnswer(id);
  }

  /** Same name, signature, fields, log level and URI: same id, and no new text. */
  #registerEvent(channel: ChannelRegistry, event: EventRequest): number | Refusal {
    const { name, signature, logLevel, modelEmfUri } = event;
    const key = JSON.stringify([name, signature, logLevel, modelEmfUri, ustFieldsKey(event.fields)]);
    const known = channel.eventIds.get(key);
    if (known !== undefined) return known;
    if (this.#eventCount >= MAX_EVENTS || !this.#hasRoomFor(key)) return TOO_MUCH;
    const id = channel.eventIds.size;
    const refusal = this.#write('Event', name, channel.id, () =>
      this.#writer.eventRecordClass(channel.id, {
        id: BigInt(id),
        name: checkedText(name, 'Event name'),
        logLevel: checkedLogLevel(logLevel),
        emfUri: modelEmfUri === null || modelEmfUri === '' ? null : checkedText(modelEmfUri, 'model.emf.uri'),
        payload: structureOf(event.fields, 'event-record-payload', this.#findEnumEntries),
      }),
    );
    if (refusal !== null) return refusal;
    channel.eventIds.set(key, id);
    this.#eventCount++;
    this.#declaredChars += key.length;
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
      return this.#writer.dataStreamClass({ id: channel.id, eventHeader: 'large', commonContext });
    });
    if (refusal === null) channel.contextFields = contextFields;
    return refusal;
  }

  #hasRoomFor(key: string): boolean {
    return this.#declaredChars + key.length <= MAX_DECLARED_CHARS;
  }

  readonly #findEnumEntries = (id: bigint): readonly UstEnumEntry[] | null =>
    this.#enumEntries[Number(id)] ?? null;

  /** Appends what `write` gives; a declaration that cannot be written is the application's fault. */
  #write(what: string, name: string, channelId: number | null, write: () => string): Refusal | null {
    try {
      const text = write();
      this.#pieces.push({ channelId, text });
      this.#declaredChars += text.length;
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

/** Readers refuse a whole trace for a level below zero; those above the table have no name. */
function checkedLogLevel(logLevel: number): number {
  if (logLevel < 0) throw new UnwritableDeclaration(`Log level below zero: level=${logLevel}`);
  return logLevel;
}

function enumAnswer(enumId: bigint): { readonly reply: UstNotifyReply; readonly refusal: null } {
  return { reply: { kind: 'enum', code: 0, enumId }, refusal: null };
}

const TOO_MUCH: Refusal = { code: ENOSPC, reason: 'Too many declarations for one set of buffers' };
const unknownChannel: Refusal = { code: ENOENT, reason: 'Registration for an unknown channel' };
