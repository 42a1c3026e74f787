/**
 * `filter.lttng-utils.debug-info`: tells of each event of LTTng-UST from which binary, function and source line it came,
 * by the instruction pointer of its context and the events about binaries.
 */
import type {
  EventClass,
  EventMessage,
  FilterClass,
  Message,
  MessageIterator,
  MessageIteratorBehaviour,
  NextResult,
  Packet,
  Stream,
  StructureValue,
} from '@lttng-ts/graph';
import type { Host } from '../../host.ts';
import { booleanParam, type Parameters, stringParam, validateParams } from '../../params/validate.ts';
import { type CodeLocation, CodeLocations, ProcessBinaries, UNKNOWN_LOCATION } from './binaries.ts';
import { followEvent } from './state-events.ts';
import { type ContextMembers, TraceMapping } from './trace-mapping.ts';

const PARAMETERS: Parameters = {
  'debug-info-dir': { shape: { kind: 'string' } },
  'debug-info-field-name': { shape: { kind: 'string' } },
  'full-path': { shape: { kind: 'boolean' } },
  'target-prefix': { shape: { kind: 'string' } },
};

const SYSTEM_DEBUG_FOLDER = '/usr/lib/debug';

export const debugInfo = (host: Host): FilterClass => ({
  kind: 'filter',
  name: 'debug-info',
  description: 'Augment compatible events with debugging information.',
  help: 'See the babeltrace2-filter.lttng-utils.debug-info(7) manual page.',
  initialize(self, params) {
    validateParams(params, PARAMETERS);
    const input = self.addInputPort('in');
    self.addOutputPort('out');
    const fieldName = stringParam(params, 'debug-info-field-name') ?? 'debug_info';
    const options = {
      targetPrefix: stringParam(params, 'target-prefix') ?? '',
      debugInfoFolder: stringParam(params, 'debug-info-dir') ?? SYSTEM_DEBUG_FOLDER,
      hasFullPaths: booleanParam(params, 'full-path', false),
    };
    return {
      createMessageIterator: (iterator) =>
        new DebugInfoIterator(
          iterator.createMessageIterator(input),
          new TraceMapping(fieldName),
          new CodeLocations(host.input, options),
        ),
    };
  },
});

class DebugInfoIterator implements MessageIteratorBehaviour {
  readonly canSeekForward: boolean;
  readonly #upstream: MessageIterator;
  readonly #mapping: TraceMapping;
  readonly #locations: CodeLocations;
  /** By trace and process. */
  readonly #processes = new Map<unknown, Map<bigint, ProcessBinaries>>();

  constructor(upstream: MessageIterator, mapping: TraceMapping, locations: CodeLocations) {
    this.#upstream = upstream;
    this.#mapping = mapping;
    this.#locations = locations;
    this.canSeekForward = upstream.canSeekForward;
  }

  get damage(): Error | null {
    return this.#upstream.damage;
  }

  next(): NextResult {
    const result = this.#upstream.next();
    if (result.kind !== 'messages') return result;
    return { kind: 'messages', messages: result.messages.map((message) => this.#map(message)) };
  }

  canSeekBeginning(): boolean {
    return this.#upstream.canSeekBeginning();
  }

  seekBeginning(): 'ok' | 'again' {
    this.#processes.clear();
    return this.#upstream.seekBeginning();
  }

  #map(message: Message): Message {
    switch (message.kind) {
      case 'message-iterator-inactivity':
        return message;
      case 'event':
        return this.#event(message);
      case 'packet-beginning':
      case 'packet-end': {
        const packet = this.#mapping.packet(message.packet);
        return { ...message, packet, stream: packet.stream };
      }
      default:
        return { ...message, stream: this.#mapping.stream(message.stream) };
    }
  }

  #event(message: EventMessage): Message {
    const stream = this.#mapping.stream(message.stream);
    const eventClass = this.#mapping.eventClass(message.eventClass);
    const packet = message.packet === null ? null : this.#mapping.packet(message.packet);
    const members = this.#mapping.membersOf(message.stream.class);
    const location = members === null ? null : this.#locate(message, members);
    return new MappedEvent(message, stream, packet, eventClass, location);
  }

  #locate(message: EventMessage, { ip, vpid }: ContextMembers): CodeLocation {
    const context = message.commonContext;
    if (context === null) return UNKNOWN_LOCATION;
    const binaries = this.#binariesOf(message.stream.trace, BigInt(context[vpid] as bigint));
    followEvent(message, binaries);
    const pointer = BigInt(context[ip] as bigint);
    const binary = binaries.find(pointer);
    return binary === null ? UNKNOWN_LOCATION : this.#locations.locate(binary, pointer);
  }

  #binariesOf(trace: unknown, vpid: bigint): ProcessBinaries {
    let ofTrace = this.#processes.get(trace);
    if (ofTrace === undefined) {
      ofTrace = new Map();
      this.#processes.set(trace, ofTrace);
    }
    let binaries = ofTrace.get(vpid);
    if (binaries === undefined) {
      binaries = new ProcessBinaries();
      ofTrace.set(vpid, binaries);
    }
    return binaries;
  }
}

/** An event of the copied trace; its values are those of the original, made when somebody looks. */
class MappedEvent implements EventMessage {
  readonly kind = 'event';
  readonly stream: Stream;
  readonly packet: Packet | null;
  readonly eventClass: EventClass;
  readonly cycles: bigint | null;
  readonly #original: EventMessage;
  readonly #location: CodeLocation | null;

  constructor(
    original: EventMessage,
    stream: Stream,
    packet: Packet | null,
    eventClass: EventClass,
    location: CodeLocation | null,
  ) {
    this.stream = stream;
    this.packet = packet;
    this.eventClass = eventClass;
    this.cycles = original.cycles;
    this.#original = original;
    this.#location = location;
  }

  get commonContext(): StructureValue | null {
    const context = this.#original.commonContext;
    if (context === null || this.#location === null) return context;
    const { bin, func, src } = this.#location;
    return [...context, [bin, func, src]];
  }

  get specificContext(): StructureValue | null {
    return this.#original.specificContext;
  }

  get payload(): StructureValue | null {
    return this.#original.payload;
  }
}
