/** Copies of traces whose events have one more member in their common context: that of the debugging information. */
import {
  EMPTY_MAP,
  type EventClass,
  isInteger,
  type Packet,
  type Stream,
  type StreamClass,
  type StructureClass,
  stringClass,
  structure,
  structureOf,
  Trace,
  TraceClass,
} from '@lttng-ts/graph';

/** Where a common context has what is needed: indexes of its members. */
export interface ContextMembers {
  readonly ip: number;
  readonly vpid: number;
}

const INFORMATION = structure({ bin: stringClass, func: stringClass, src: stringClass });

export class TraceMapping {
  readonly #fieldName: string;
  readonly #traces = new Map<Trace, Trace>();
  readonly #streams = new Map<Stream, Stream>();
  readonly #streamClasses = new Map<StreamClass, StreamClass>();
  readonly #eventClasses = new Map<EventClass, EventClass>();
  readonly #members = new Map<StreamClass, ContextMembers | null>();
  readonly #packets = new WeakMap<Packet, Packet>();

  constructor(fieldName: string) {
    this.#fieldName = fieldName;
  }

  /** Members of the common context of `streamClass`; `null` when its events cannot be augmented. */
  membersOf(streamClass: StreamClass): ContextMembers | null {
    let members = this.#members.get(streamClass);
    if (members === undefined) {
      members = findMembers(streamClass.eventCommonContext, this.#fieldName);
      this.#members.set(streamClass, members);
    }
    return members;
  }

  stream(original: Stream): Stream {
    let mapped = this.#streams.get(original);
    if (mapped === undefined) {
      this.#trace(original.trace);
      mapped = this.#streams.get(original) ?? this.#addStream(original);
    }
    return mapped;
  }

  packet(original: Packet): Packet {
    let mapped = this.#packets.get(original);
    if (mapped === undefined) {
      mapped = { stream: this.stream(original.stream), context: original.context };
      this.#packets.set(original, mapped);
    }
    return mapped;
  }

  eventClass(original: EventClass): EventClass {
    return this.#eventClasses.get(original) ?? this.#addEventClass(original);
  }

  /** Maps a trace with all that it has by now. */
  #trace(original: Trace): Trace {
    let mapped = this.#traces.get(original);
    if (mapped === undefined) {
      const { mipVersion, userAttributes, streamClasses } = original.class;
      const traceClass = new TraceClass(mipVersion, userAttributes);
      // As upstream, without its unique identifier: it is not the same trace any more.
      const { name, namespace, environment } = original;
      mapped = new Trace(traceClass, {
        name,
        namespace,
        environment,
        userAttributes: original.userAttributes,
      });
      this.#traces.set(original, mapped);
      for (const streamClass of streamClasses) this.#addStreamClass(streamClass, traceClass);
      for (const stream of original.streams) this.#addStream(stream);
    }
    return mapped;
  }

  #addStream(original: Stream): Stream {
    const trace = this.#traces.get(original.trace)!;
    const streamClass =
      this.#streamClasses.get(original.class) ?? this.#addStreamClass(original.class, trace.class);
    const mapped = trace.addStream(streamClass, original);
    this.#streams.set(original, mapped);
    return mapped;
  }

  #addStreamClass(original: StreamClass, traceClass: TraceClass): StreamClass {
    const context = original.eventCommonContext;
    const isAugmented = this.membersOf(original) !== null && context !== null;
    const mapped = traceClass.addStreamClass({
      ...propertiesOf(original),
      eventCommonContext: isAugmented ? this.#augmented(context) : context,
    });
    this.#streamClasses.set(original, mapped);
    for (const eventClass of original.eventClasses.values()) this.#addEventClass(eventClass);
    return mapped;
  }

  #augmented({ members, userAttributes }: StructureClass): StructureClass {
    const added = { name: this.#fieldName, fieldClass: INFORMATION, userAttributes: EMPTY_MAP };
    return structureOf([...members, added], userAttributes);
  }

  #addEventClass(original: EventClass): EventClass {
    const { id, name, namespace, uid, logLevel, emfUri, specificContext, payload, userAttributes } = original;
    const properties = {
      id,
      name,
      namespace,
      uid,
      logLevel,
      emfUri,
      specificContext,
      payload,
      userAttributes,
    };
    const mapped = this.#streamClasses.get(original.streamClass)!.addEventClass(properties);
    this.#eventClasses.set(original, mapped);
    return mapped;
  }
}

/** `ip` must be unsigned and `vpid` signed, as LTTng has them; the name of the new member must be free. */
function findMembers(context: StructureClass | null, fieldName: string): ContextMembers | null {
  if (context === null) return null;
  const { members } = context;
  const indexOf = (name: string, kind: 'unsigned-integer' | 'signed-integer'): number =>
    members.findIndex(
      ({ name: own, fieldClass }) => own === name && isInteger(fieldClass) && fieldClass.kind === kind,
    );
  const [ip, vpid] = [indexOf('ip', 'unsigned-integer'), indexOf('vpid', 'signed-integer')];
  if (ip < 0 || vpid < 0 || members.some(({ name }) => name === fieldName)) return null;
  return { ip, vpid };
}

/** What a copy of a stream class is made of. */
function propertiesOf(streamClass: StreamClass) {
  const {
    id,
    name,
    namespace,
    uid,
    defaultClockClass,
    supportsPackets,
    packetsHaveBeginningClockSnapshot,
    packetsHaveEndClockSnapshot,
    supportsDiscardedEvents,
    discardedEventsHaveClockSnapshots,
    supportsDiscardedPackets,
    discardedPacketsHaveClockSnapshots,
    packetContext,
    assignsEventClassIds,
    assignsStreamIds,
    userAttributes,
  } = streamClass;
  return {
    id,
    name,
    namespace,
    uid,
    defaultClockClass,
    supportsPackets,
    packetsHaveBeginningClockSnapshot,
    packetsHaveEndClockSnapshot,
    supportsDiscardedEvents,
    discardedEventsHaveClockSnapshots,
    supportsDiscardedPackets,
    discardedPacketsHaveClockSnapshots,
    packetContext,
    assignsEventClassIds,
    assignsStreamIds,
    userAttributes,
  };
}
