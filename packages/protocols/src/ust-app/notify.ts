/**
 * The notify socket: an application registers enumerations, events and channels, and the daemon answers
 * with their ids. One request is under way at a time. It happens while commands are under way too (at
 * ENABLE, at rule changes) and at any moment from the application's threads, so the daemon serves it
 * always.
 */
import { ProtocolError } from '@lttng-ts/base';
import { ByteQueue, fixedString, i32, packed, padding, toSafeSize, u32, u64 } from '@lttng-ts/wire';
import {
  decodeUstEnumEntries,
  ENUM_ENTRY_BYTES,
  encodeUstEnumEntries,
  MAX_ENUM_ENTRIES,
  type UstEnumEntry,
} from './enum-entries.ts';
import {
  decodeUstFields,
  encodeUstFields,
  fieldRecord,
  MAX_FIELD_RECORDS,
  UST_SYMBOL_BYTES,
  type UstField,
} from './fields.ts';

/** Kinds of requests, by number. */
export const ustNotifyKinds = { event: 0, channel: 1, enum: 2 } as const;

/** Event record headers: the daemon chooses one per channel. */
export const ustHeaderTypes = { compact: 1, large: 2 } as const;
export type UstHeaderType = keyof typeof ustHeaderTypes;

/** Text of an event's C signature or EMF URI, with its NUL. */
export const MAX_NOTIFY_TEXT_BYTES = 65536;

export type UstNotifyRequest =
  | {
      readonly kind: 'event';
      readonly sessionHandle: number;
      readonly channelHandle: number;
      readonly name: string;
      readonly logLevel: number;
      /** The C declaration of the event's arguments: events that differ in it are not the same. */
      readonly signature: string;
      readonly fields: readonly UstField[];
      readonly modelEmfUri: string | null;
    }
  | {
      readonly kind: 'channel';
      readonly sessionHandle: number;
      readonly channelHandle: number;
      readonly contextFields: readonly UstField[];
    }
  | {
      readonly kind: 'enum';
      readonly sessionHandle: number;
      readonly name: string;
      readonly entries: readonly UstEnumEntry[];
    };

/** Answers; `code` is 0 or negative. */
export type UstNotifyReply =
  | { readonly kind: 'event'; readonly code: number; readonly eventId: number }
  | {
      readonly kind: 'channel';
      readonly code: number;
      /** Must be the id in the channel's description, else the application refuses to start. */
      readonly channelId: number;
      readonly headerType: UstHeaderType;
    }
  | { readonly kind: 'enum'; readonly code: number; readonly enumId: bigint };

const symbol = fixedString(UST_SYMBOL_BYTES);
const kindHeader = packed('ustcomm_notify_hdr', 'host', { kind: u32 });
const eventRequest = packed('ustcomm_notify_event_msg', 'host', {
  sessionHandle: u32,
  channelHandle: u32,
  name: symbol,
  logLevel: i32,
  signatureBytes: u32,
  fieldsBytes: u32,
  uriBytes: u32,
  reserved: padding(32),
});
const channelRequest = packed('ustcomm_notify_channel_msg', 'host', {
  sessionHandle: u32,
  channelHandle: u32,
  fieldsBytes: u32,
  reserved: padding(32),
});
const enumRequest = packed('ustcomm_notify_enum_msg', 'host', {
  sessionHandle: u32,
  name: symbol,
  entriesBytes: u32,
  reserved: padding(32),
});
const eventReply = packed('ustcomm_notify_event_reply', 'host', {
  kind: u32,
  code: i32,
  eventId: u32,
  reserved: padding(32),
});
const channelReply = packed('ustcomm_notify_channel_reply', 'host', {
  kind: u32,
  code: i32,
  channelId: u32,
  headerType: u32,
  reserved: padding(32),
});
const enumReply = packed('ustcomm_notify_enum_reply', 'host', {
  kind: u32,
  code: i32,
  enumId: u64,
  reserved: padding(32),
});

/** Encodes a request with its variable parts. `isEnumSigned`: signedness of the enumeration's container. */
export function encodeNotifyRequest(request: UstNotifyRequest, isEnumSigned = true): Uint8Array<ArrayBuffer> {
  const header = kindHeader.encode({ kind: ustNotifyKinds[request.kind] });
  switch (request.kind) {
    case 'event': {
      const signature = encodeText(request.signature);
      const fields = encodeUstFields(request.fields);
      const uri = request.modelEmfUri === null ? new Uint8Array(0) : encodeText(request.modelEmfUri);
      const lengths = { signatureBytes: signature.length, fieldsBytes: fields.length, uriBytes: uri.length };
      return concat([header, eventRequest.encode({ ...request, ...lengths }), signature, fields, uri]);
    }
    case 'channel': {
      const fields = encodeUstFields(request.contextFields);
      return concat([header, channelRequest.encode({ ...request, fieldsBytes: fields.length }), fields]);
    }
    case 'enum': {
      const entries = encodeUstEnumEntries(request.entries, isEnumSigned);
      return concat([header, enumRequest.encode({ ...request, entriesBytes: entries.length }), entries]);
    }
  }
}

/** Encodes a reply. */
export function encodeNotifyReply(reply: UstNotifyReply): Uint8Array<ArrayBuffer> {
  const kind = ustNotifyKinds[reply.kind];
  switch (reply.kind) {
    case 'event':
      return eventReply.encode({ ...reply, kind });
    case 'channel':
      return channelReply.encode({ ...reply, kind, headerType: ustHeaderTypes[reply.headerType] });
    case 'enum':
      return enumReply.encode({ ...reply, kind });
  }
}

type RequestState =
  | { readonly kind: 'kind' }
  | { readonly kind: 'fixed'; readonly request: UstNotifyRequest['kind'] }
  | {
      readonly kind: 'variable';
      readonly sizeBytes: number;
      readonly decode: (tail: Uint8Array) => UstNotifyRequest;
    };

const fixedParts = { event: eventRequest, channel: channelRequest, enum: enumRequest } as const;

/** The daemon's side: bytes in, requests out. */
export class NotifyRequestFramer {
  readonly #bytes = new ByteQueue();
  #state: RequestState = { kind: 'kind' };

  *push(chunk: Uint8Array): Generator<UstNotifyRequest> {
    this.#bytes.push(chunk);
    for (;;) {
      const state = this.#state;
      switch (state.kind) {
        case 'kind': {
          const bytes = this.#bytes.take(kindHeader.sizeBytes);
          if (bytes === null) return;
          this.#state = { kind: 'fixed', request: requestKindOf(kindHeader.decode(bytes).kind) };
          break;
        }
        case 'fixed': {
          const bytes = this.#bytes.take(fixedParts[state.request].sizeBytes);
          if (bytes === null) return;
          this.#state = variablePartOf(state.request, bytes);
          break;
        }
        case 'variable': {
          const bytes = this.#bytes.take(state.sizeBytes);
          if (bytes === null) return;
          this.#state = { kind: 'kind' };
          yield state.decode(bytes);
          break;
        }
      }
    }
  }
}

function requestKindOf(kind: number): UstNotifyRequest['kind'] {
  switch (kind) {
    case ustNotifyKinds.event:
      return 'event';
    case ustNotifyKinds.channel:
      return 'channel';
    case ustNotifyKinds.enum:
      return 'enum';
    default:
      throw new ProtocolError(`Unknown notify request: kind=${kind}`);
  }
}

/** Checks the lengths of a fixed part, before anything is kept for the variable part. */
function variablePartOf(kind: UstNotifyRequest['kind'], fixed: Uint8Array): RequestState {
  switch (kind) {
    case 'event': {
      const { signatureBytes, fieldsBytes, uriBytes, ...event } = eventRequest.decode(fixed);
      toSafeSize(signatureBytes, 'signature', MAX_NOTIFY_TEXT_BYTES);
      toSafeSize(fieldsBytes, 'event fields', MAX_FIELD_RECORDS * fieldRecord.sizeBytes);
      toSafeSize(uriBytes, 'model.emf.uri', MAX_NOTIFY_TEXT_BYTES);
      return {
        kind: 'variable',
        sizeBytes: signatureBytes + fieldsBytes + uriBytes,
        decode: (tail) => ({
          kind,
          ...event,
          signature: decodeText(tail.subarray(0, signatureBytes)),
          fields: decodeUstFields(tail.subarray(signatureBytes, signatureBytes + fieldsBytes)),
          modelEmfUri: uriBytes === 0 ? null : decodeText(tail.subarray(signatureBytes + fieldsBytes)),
        }),
      };
    }
    case 'channel': {
      const { fieldsBytes, ...channel } = channelRequest.decode(fixed);
      toSafeSize(fieldsBytes, 'context fields', MAX_FIELD_RECORDS * fieldRecord.sizeBytes);
      const decode = (tail: Uint8Array): UstNotifyRequest => ({
        kind,
        ...channel,
        contextFields: decodeUstFields(tail),
      });
      return { kind: 'variable', sizeBytes: fieldsBytes, decode };
    }
    case 'enum': {
      const { entriesBytes, ...enumeration } = enumRequest.decode(fixed);
      toSafeSize(entriesBytes, 'enumeration entries', MAX_ENUM_ENTRIES * ENUM_ENTRY_BYTES);
      const decode = (tail: Uint8Array): UstNotifyRequest => ({
        kind,
        ...enumeration,
        entries: decodeUstEnumEntries(tail),
      });
      return { kind: 'variable', sizeBytes: entriesBytes, decode };
    }
  }
}

const replies = { event: eventReply, channel: channelReply, enum: enumReply } as const;

/** The application's side: bytes in, replies out. */
export class NotifyReplyFramer {
  readonly #bytes = new ByteQueue();
  #head: Uint8Array | null = null;

  *push(chunk: Uint8Array): Generator<UstNotifyReply> {
    this.#bytes.push(chunk);
    for (;;) {
      this.#head ??= this.#bytes.take(kindHeader.sizeBytes);
      if (this.#head === null) return;
      const kind = requestKindOf(kindHeader.decode(this.#head).kind);
      const tail = this.#bytes.take(replies[kind].sizeBytes - kindHeader.sizeBytes);
      if (tail === null) return;
      const message = concat([this.#head, tail]);
      this.#head = null;
      yield decodeReply(kind, message);
    }
  }
}

function decodeReply(kind: UstNotifyReply['kind'], message: Uint8Array): UstNotifyReply {
  switch (kind) {
    case 'event': {
      const { code, eventId } = eventReply.decode(message);
      return { kind, code: checkCode(code), eventId };
    }
    case 'channel': {
      const { code, channelId, headerType } = channelReply.decode(message);
      const isKnown = headerType === ustHeaderTypes.compact || headerType === ustHeaderTypes.large;
      if (code === 0 && !isKnown) throw new ProtocolError(`Unknown event header type: type=${headerType}`);
      const name = headerType === ustHeaderTypes.compact ? 'compact' : 'large';
      return { kind, code: checkCode(code), channelId, headerType: name };
    }
    case 'enum': {
      const { code, enumId } = enumReply.decode(message);
      return { kind, code: checkCode(code), enumId };
    }
  }
}

function checkCode(code: number): number {
  if (code > 0) throw new ProtocolError(`Positive code in notify reply: code=${code}`);
  return code;
}

function encodeText(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

function decodeText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
