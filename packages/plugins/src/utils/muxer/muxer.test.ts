/** Runs through the muxer and the trimmer against messages through them: clocks of every kind, times beyond 2⁵³, ties. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@lttng-ts/ctf/testing';
import {
  type ClockClass,
  clockClass,
  type EventColumns,
  type EventMessage,
  EventRun,
  event,
  type FlowItem,
  type FlowIteratorBehaviour,
  Graph,
  type Message,
  type MessageIteratorBehaviour,
  nsOf,
  packetBeginning,
  packetEnd,
  type SinkClass,
  type SourceClass,
  type Stream,
  streamBeginning,
  streamEnd,
  Trace,
  TraceClass,
  valueMap,
} from '@lttng-ts/graph';
import { trimmer } from '../trimmer/trimmer.ts';
import { muxer } from './muxer.ts';

interface Flow {
  readonly stream: Stream;
  /** Clock values of events; each list is a run. */
  readonly runs: readonly (readonly bigint[])[];
}

function messagesOf({ stream, runs }: Flow): readonly Message[] {
  const packet = { stream, context: null };
  const [eventClass] = stream.class.eventClasses.values();
  const times = runs.flat();
  return [
    streamBeginning(stream),
    packetBeginning(packet, times[0]!),
    ...times.map((cycles) => event({ stream, packet, eventClass: eventClass!, cycles })),
    packetEnd(packet, times.at(-1)!),
    streamEnd(stream),
  ];
}

/** The same with runs, in memory that is used again. Asked for more with the number of an event, it gives what comes from there on. */
function* itemsOf(flow: Flow): Generator<FlowItem, void, number | undefined> {
  const messages = messagesOf(flow);
  const [clockHigh, clockLow] = [new Uint32Array(64), new Uint32Array(64)];
  const { stream, runs } = flow;
  for (const message of messages.slice(0, 2)) yield message;
  let first = 2;
  let left: readonly bigint[] = [];
  for (const more of runs) {
    const times = [...left, ...more];
    times.forEach((cycles, i) => {
      clockHigh[i] = Number(cycles >> 32n);
      clockLow[i] = Number(cycles & 0xffff_ffffn);
    });
    const events = messages.slice(first, first + times.length) as readonly EventMessage[];
    const columns: EventColumns = {
      stream,
      packet: events[0]!.packet,
      clockHigh,
      clockLow,
      eventClassAt: (i) => events[i]!.eventClass,
      // What is in the columns now, so that a run that is read too late is noticed.
      eventAt: (i) => ({ ...events[i]!, cycles: (BigInt(clockHigh[i]!) << 32n) | BigInt(clockLow[i]!) }),
    };
    const event = yield EventRun.of(columns, times.length);
    left = event === undefined ? [] : times.slice(event);
    first += times.length - left.length;
  }
  for (const message of messages.slice(first)) yield message;
}

/** Gives items one at a time, and goes back in `runCount` of them but the last one. */
function singly(
  items: Iterator<FlowItem, void, number | undefined>,
  runCount: number,
  goneBack: () => void,
): FlowIteratorBehaviour {
  let left = runCount;
  const take = (result: IteratorResult<FlowItem, void>): FlowItem | null => {
    const item = result.done === true ? null : result.value;
    if (item?.kind === 'event-run') left--;
    return item;
  };
  return {
    next() {
      const item = take(items.next());
      return item === null ? { kind: 'end' } : { kind: 'messages', messages: [item] };
    },
    nextFrom(event) {
      if (left <= 0) return null;
      goneBack();
      return [take(items.next(event))!];
    },
  };
}

function source(flow: Flow, goneBack: () => void): SourceClass {
  const iterate = (
    items: () => Iterator<FlowItem, void, number | undefined>,
    runCount: number,
  ): FlowIteratorBehaviour => {
    let current = singly(items(), runCount, goneBack);
    return {
      canSeekForward: true,
      next: () => current.next(),
      nextFrom: (event) => current.nextFrom!(event),
      seekBeginning() {
        current = singly(items(), runCount, goneBack);
        return 'ok';
      },
    };
  };
  return {
    kind: 'source',
    name: 'flow',
    initialize(self) {
      self.addOutputPort('out');
      return {
        createMessageIterator: () => iterate(() => messagesOf(flow).values(), 0) as MessageIteratorBehaviour,
        createFlowIterator: () => iterate(() => itemsOf(flow), flow.runs.length),
      };
    },
  };
}

/** Notes what comes: kind, stream, time. */
function sink(by: 'runs' | 'messages', noted: string[]): SinkClass {
  const note = (message: Message): void => {
    const stream = message.kind === 'message-iterator-inactivity' ? '' : message.stream.name;
    noted.push(`${message.kind} ${stream} ${nsOf(message)}`);
  };
  return {
    kind: 'sink',
    name: 'note',
    initialize(self) {
      const input = self.addInputPort('in');
      let iterator: ReturnType<typeof self.createFlowIterator>;
      return {
        graphIsConfigured() {
          iterator = by === 'runs' ? self.createFlowIterator(input) : self.createMessageIterator(input);
        },
        consume() {
          const result = iterator.next();
          if (result.kind !== 'messages') return result.kind;
          for (const item of result.messages) {
            if (item.kind === 'event-run') for (const one of item.events()) note(one);
            else note(item);
          }
          return 'ok';
        },
      };
    },
  };
}

/** Nanoseconds as the trimmer takes them: seconds with nine digits behind the point. */
function boundText(ns: bigint): string {
  const digits = String(ns < 0n ? -ns : ns).padStart(10, '0');
  return `${ns < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

const isEvent = (line: string): boolean => line.startsWith('event ');
const nsIn = (line: string): bigint => BigInt(line.split(' ').at(-1)!);

function run(
  flows: readonly Flow[],
  by: 'runs' | 'messages',
  range: { readonly begin?: bigint; readonly end?: bigint } | null,
  goneBack: () => void = () => undefined,
): readonly string[] {
  const noted: string[] = [];
  using graph = new Graph({ mipVersion: 0 });
  const merged = graph.addComponent(muxer, 'muxer');
  flows.forEach((flow, i) => {
    const [port] = graph.addComponent(source(flow, goneBack), `source ${i}`).outputPorts;
    graph.connect(port!, merged.inputPorts.at(-1)!);
  });
  let [end] = merged.outputPorts;
  if (range !== null) {
    const params = Object.fromEntries(Object.entries(range).map(([name, ns]) => [name, boundText(ns)]));
    const cut = graph.addComponent(trimmer, 'trimmer', { params: valueMap(params) });
    graph.connect(end!, cut.inputPorts[0]!);
    end = cut.outputPorts[0];
  }
  graph.connect(end!, graph.addComponent(sink(by, noted), 'sink').inputPorts[0]!);
  graph.run();
  return noted;
}

const CLOCKS: readonly (readonly ClockClass[])[] = [
  [clockClass({ offsetSeconds: 1_700_000_000n, offsetCycles: 123_456_789n })],
  // Times 2⁶² apart: numbers relative to the first one are rounded.
  [
    clockClass(),
    clockClass({ offsetSeconds: 4_600_000_000n }),
    clockClass({ offsetSeconds: -4_600_000_000n }),
  ],
  [clockClass({ frequencyHz: 1_000_000n }), clockClass({ frequencyHz: 3n, offsetSeconds: 5n }), clockClass()],
];

function randomFlows(random: Random, clocks: readonly ClockClass[]): readonly Flow[] {
  return Array.from({ length: 1 + random.below(9) }, (_, number): Flow => {
    const traceClass = new TraceClass(0);
    const clock = random.pick(clocks);
    const streamClass = traceClass.addStreamClass({
      defaultClockClass: clock,
      supportsPackets: true,
      packetsHaveBeginningClockSnapshot: true,
      packetsHaveEndClockSnapshot: true,
    });
    streamClass.addEventClass({ name: 'event' });
    const stream = new Trace(traceClass, { name: `trace ${number % 3}` }).addStream(streamClass, {
      name: `stream ${number}`,
      id: BigInt(number),
    });
    // Steps of zero make ties.
    const isLarge = clock.frequencyHz === 1_000_000_000n && random.oneIn(4);
    let cycles = isLarge ? (1n << 60n) + BigInt(random.below(3)) : BigInt(random.below(20));
    const runs = Array.from({ length: 1 + random.below(5) }, () =>
      Array.from({ length: 1 + random.below(30) }, () => {
        cycles += BigInt(random.below(random.oneIn(8) ? 1000 : 3));
        return cycles;
      }),
    );
    return { stream, runs };
  });
}

test('runs are merged and trimmed as their messages are', () => {
  let [count, cutCount, backCount] = [0, 0, 0];
  for (let seed = 1; seed <= 120; seed++) {
    const random = new Random(seed);
    const flows = randomFlows(random, CLOCKS[seed % CLOCKS.length]!);
    const merged = run(flows, 'runs', null, () => backCount++);
    assert.deepEqual(merged, run(flows, 'messages', null), `seed=${seed}`);
    count += merged.length;
    const events = merged.filter(isEvent);
    const times = events.map(nsIn);
    const [begin, end] = [random.pick(times), random.pick(times)].sort((a, b) => Number(a - b));
    for (const part of [{ begin: begin!, end: end! }, { begin: begin! }, { end: end! }]) {
      const trimmed = run(flows, 'runs', part);
      assert.deepEqual(trimmed, run(flows, 'messages', part), `seed=${seed}`);
      const isInside = (ns: bigint): boolean => ns >= (part.begin ?? ns) && ns <= (part.end ?? ns);
      const inside = events.filter((line) => isInside(nsIn(line)));
      assert.deepEqual(trimmed.filter(isEvent), inside, `seed=${seed}`);
      cutCount += events.length - inside.length;
    }
  }
  assert.ok(count > 20_000);
  assert.ok(cutCount > 5000);
  assert.ok(backCount > 50);
});
