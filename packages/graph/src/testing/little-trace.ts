/** A small trace for tests: one stream with packets, events at given times, and components around lists of messages. */
import type {
  MessageIteratorBehaviour,
  NextResult,
  SinkClass,
  SourceClass,
} from '../components/component-class.ts';
import { clockClass } from '../ir/clock-class.ts';
import { stringClass, structure } from '../ir/field-class.ts';
import { structureValue } from '../ir/field-value.ts';
import { type Packet, Trace, TraceClass } from '../ir/trace.ts';
import type { FlowItem } from '../messages/event-run.ts';
import {
  event,
  type Message,
  packetBeginning,
  packetEnd,
  streamBeginning,
  streamEnd,
} from '../messages/message.ts';

export interface LittleTrace {
  readonly packet: Packet;
  readonly messages: readonly Message[];
}

/** Stream beginning, a packet from `times[0]` to the last one, an event at each time, stream end. */
export function littleTrace(times: readonly bigint[], streamName = 'stream'): LittleTrace {
  const traceClass = new TraceClass(0);
  const streamClass = traceClass.addStreamClass({
    defaultClockClass: clockClass({ name: 'clock' }),
    supportsPackets: true,
    packetsHaveBeginningClockSnapshot: true,
    packetsHaveEndClockSnapshot: true,
  });
  const payload = structure({ text: stringClass });
  const eventClass = streamClass.addEventClass({ name: 'event', payload });
  const stream = new Trace(traceClass, { name: 'trace' }).addStream(streamClass, { name: streamName });
  const packet: Packet = { stream, context: null };
  return {
    packet,
    messages: [
      streamBeginning(stream),
      packetBeginning(packet, times[0] ?? null),
      ...times.map((cycles) =>
        event({
          stream,
          packet,
          eventClass,
          cycles,
          payload: structureValue(payload, { text: `${cycles}` }),
        }),
      ),
      packetEnd(packet, times.at(-1) ?? null),
      streamEnd(stream),
    ],
  };
}

/** An iterator over `batches`: what is not an array is given as it is. */
export function batchIterator(batches: readonly (readonly Message[] | 'again')[]): MessageIteratorBehaviour {
  let at = 0;
  return {
    canSeekForward: true,
    next(): NextResult {
      const batch = batches[at++];
      if (batch === undefined) return { kind: 'end' };
      return batch === 'again' ? { kind: 'again' } : { kind: 'messages', messages: batch };
    },
    seekBeginning() {
      at = 0;
      return 'ok';
    },
  };
}

/** A source with one port that gives `batches`. */
export function batchSource(batches: readonly (readonly Message[] | 'again')[]): SourceClass {
  return {
    kind: 'source',
    name: 'batches',
    initialize(self) {
      self.addOutputPort('out');
      return { createMessageIterator: () => batchIterator(batches) };
    },
  };
}

/** A sink that keeps what it gets in `kept`. */
export function keepingSink(kept: Message[]): SinkClass {
  return {
    kind: 'sink',
    name: 'keeper',
    initialize(self) {
      const input = self.addInputPort('in');
      let iterator: ReturnType<typeof self.createMessageIterator>;
      return {
        graphIsConfigured() {
          iterator = self.createMessageIterator(input);
        },
        consume() {
          const result = iterator.next();
          if (result.kind !== 'messages') return result.kind;
          kept.push(...result.messages);
          return 'ok';
        },
      };
    },
  };
}

/** A short form of messages, for comparing: `event@30`. */
export function short(items: readonly FlowItem[]): string {
  return items
    .flatMap((item): readonly Message[] => (item.kind === 'event-run' ? [...item.events()] : [item]))
    .map((message) => {
      const cycles =
        'beginCycles' in message ? `${message.beginCycles}-${message.endCycles}` : message.cycles;
      return `${message.kind}@${cycles ?? '?'}`;
    })
    .join(' ');
}
