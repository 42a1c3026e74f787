/**
 * All interleavings of a few threads on a ring of two sub-buffers, on the model. Each atomic access is a step; states
 * that were seen (same memory, same history of each thread) are not explored again. In every end state:
 * emitted = recorded + lost, packets parse, each packet was delivered once, each record is read once.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RingMode } from './constants.ts';
import { RingModel, run, type Steps } from './model.ts';
import { type ParsedPacket, parsePacket } from './testing/packet-parser.ts';
import { seededRandom, tinyRing } from './testing/tiny-ring.ts';

const SUBBUFFER_BYTES = 256;
const SUBBUFFER_COUNT = 2;
/** With a header of 6 bytes: two records and a packet header in a sub-buffer, and a third does not fit. */
const PAYLOAD_BYTES = 60;

type Role = 'write' | 'flush' | 'flush-final' | 'read';

interface Scenario {
  readonly mode: RingMode;
  /** Records written before the threads start. */
  readonly before: number;
  /** Packets read before the threads start. */
  readonly readBefore?: number;
  readonly threads: readonly Role[];
}

/** One run of a scenario: memory, threads, and what they saw. */
class World {
  readonly #scenario: Scenario;
  readonly #memory: ArrayBuffer;
  readonly #words: BigInt64Array;
  readonly #setup: RingModel;
  readonly #reader: RingModel;
  readonly #threads: {
    readonly model: RingModel;
    readonly steps: Steps<void>;
    count: number;
    isDone: boolean;
  }[];
  readonly #recorded: number[] = [];
  readonly #packets: ParsedPacket[] = [];
  #emitted = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    const geometry = {
      mode: scenario.mode,
      subbufferSizeBytes: SUBBUFFER_BYTES,
      subbufferCount: SUBBUFFER_COUNT,
    };
    const ring = tinyRing(geometry);
    this.#memory = new ArrayBuffer(Math.ceil(ring.lengthBytes / 8) * 8);
    const exact = new ArrayBuffer(ring.lengthBytes);
    ring.initialize(exact);
    new Uint8Array(this.#memory).set(new Uint8Array(exact));
    this.#words = new BigInt64Array(this.#memory);
    const model = () => {
      const made = new RingModel(this.#memory, ring.descriptor);
      made.clock = 5n;
      return made;
    };
    this.#setup = model();
    this.#reader = model();
    for (let i = 0; i < scenario.before; i++) run(this.#write(this.#setup));
    for (let i = 0; i < (scenario.readBefore ?? 0); i++) run(this.#readOne());
    this.#threads = scenario.threads.map((role) => {
      const own = role === 'read' ? this.#reader : model();
      return { model: own, steps: this.#program(own, role), count: 0, isDone: false };
    });
  }

  get runnable(): readonly number[] {
    return this.#threads.flatMap(({ isDone }, i) => (isDone ? [] : [i]));
  }

  step(thread: number): void {
    const chosen = this.#threads[thread]!;
    chosen.count++;
    chosen.isDone = chosen.steps.next().done === true;
  }

  /** Equal keys: equal futures. Two 32-bit digests of the memory, and each thread's history. */
  get key(): string {
    let a = 0;
    let b = 0x811c9dc5;
    for (const word of this.#words) {
      const low = Number(word & 0xffff_ffffn);
      const high = Number((word >> 32n) & 0xffff_ffffn);
      a = (Math.imul(a ^ low, 0x9e3779b1) + high) | 0;
      b = Math.imul(b ^ high, 0x01000193) ^ (Math.imul(low, 0x85ebca6b) >>> 3);
    }
    return `${a},${b},${this.#threads.map(({ model, count }) => `${model.digest}:${count}`).join()}`;
  }

  /** Drains the ring and checks the balance. */
  checkEnd(): void {
    assert.equal(
      this.#emitted,
      this.#recorded.length + Number(this.#setup.lost),
      'emitted = recorded + lost',
    );
    run(this.#setup.flush(true));
    while (run(this.#readOne()));
    // In discard mode a ring that was full gets its last packet only now.
    run(this.#setup.flush(true));
    while (run(this.#readOne()));

    const read = this.#packets.flatMap(({ records }) => records.map(({ eventId }) => eventId));
    assert.equal(new Set(read).size, read.length, 'no record twice');
    for (const id of read) assert.ok(this.#recorded.includes(id), `record ${id} was recorded`);
    const numbers = this.#packets.map(({ sequenceNumber }) => Number(sequenceNumber));
    const discarded = this.#packets.map(({ eventsDiscarded }) => Number(eventsDiscarded));
    if (this.#scenario.mode === 'discard') {
      assert.deepEqual([...read].sort(byNumber), [...this.#recorded].sort(byNumber), 'each record once');
      assert.deepEqual(numbers, [...numbers.keys()], 'each packet once, in order');
      assert.equal(discarded.at(-1), Number(this.#setup.lost), 'the last packet tells the loss');
    } else {
      assert.deepEqual(numbers, [...new Set(numbers)].sort(byNumber), 'packets in order, none twice');
    }
  }

  *#program(model: RingModel, role: Role): Steps<void> {
    if (role === 'write') yield* this.#write(model);
    else if (role === 'read') yield* this.#readTwice();
    else yield* model.flush(role === 'flush-final');
  }

  *#write(model: RingModel): Steps<void> {
    const eventId = ++this.#emitted;
    const reservation = yield* model.reserve({
      eventId,
      payload: new Uint8Array(PAYLOAD_BYTES).fill(eventId),
    });
    if (typeof reservation === 'string') return;
    this.#recorded.push(eventId);
    yield* model.commit(reservation);
  }

  *#readTwice(): Steps<void> {
    for (let i = 0; i < 2; i++) yield* this.#readOne();
  }

  /** Reads one packet; a writer must not touch it while it is held. */
  *#readOne(): Steps<boolean> {
    const packet = yield* this.#reader.next();
    if (typeof packet === 'string') return false;
    const bytes = new Uint8Array(this.#memory, packet.memoryOffsetBytes, packet.dataSizeBytes);
    const copy = bytes.slice();
    yield;
    assert.deepEqual(bytes, copy, 'the packet did not change while it was held');
    const parsed = parsePacket(copy, PAYLOAD_BYTES);
    for (const { eventId, payload } of parsed.records) {
      assert.ok(
        payload.every((byte) => byte === eventId),
        `payload of record ${eventId}`,
      );
    }
    this.#packets.push(parsed);
    yield* this.#reader.putNext();
    return true;
  }
}

const byNumber = (a: number, b: number) => a - b;

/** Explores every schedule; returns how many states there were. */
function explore(scenario: Scenario, maxStates: number): number {
  const seen = new Set<string>();
  const branches: number[][] = [[]];
  for (let branch = branches.pop(); branch !== undefined; branch = branches.pop()) {
    const world = new World(scenario);
    const schedule: number[] = [];
    const go = (thread: number) => {
      schedule.push(thread);
      try {
        world.step(thread);
      } catch (error) {
        throw new Error(`schedule=${schedule.join('')}`, { cause: error });
      }
    };
    for (const thread of branch) go(thread);
    for (;;) {
      const { key, runnable } = world;
      if (seen.has(key)) break;
      seen.add(key);
      assert.ok(seen.size <= maxStates, `more states than ${maxStates}`);
      if (runnable.length === 0) {
        try {
          world.checkEnd();
        } catch (error) {
          throw new Error(`schedule=${schedule.join('')}`, { cause: error });
        }
        break;
      }
      for (const thread of runnable.slice(1)) branches.push([...schedule, thread]);
      go(runnable[0]!);
    }
  }
  return seen.size;
}

const scenarios: Readonly<Record<string, Scenario>> = {
  'two writers open the next packet': { mode: 'discard', before: 2, threads: ['write', 'write'] },
  'a writer opens a packet while the reader waits for the last': {
    mode: 'discard',
    before: 2,
    threads: ['write', 'read'],
  },
  'a writer and the reader at a full ring': { mode: 'discard', before: 4, threads: ['write', 'read'] },
  'a writer and a flush': { mode: 'discard', before: 1, threads: ['write', 'flush'] },
  'a writer and a flush of an empty packet': {
    mode: 'discard',
    before: 0,
    threads: ['write', 'flush-final'],
  },
  'two flushes': { mode: 'discard', before: 1, threads: ['flush-final', 'flush'] },
  'overwrite: a writer enters what the reader holds': {
    mode: 'overwrite',
    before: 4,
    threads: ['write', 'read'],
  },
  'overwrite: two writers overtake': { mode: 'overwrite', before: 4, threads: ['write', 'write'] },
  'overwrite: a writer and a flush': { mode: 'overwrite', before: 4, threads: ['write', 'flush'] },
};

for (const [name, scenario] of Object.entries(scenarios)) {
  test(`all interleavings: ${name}`, (context) => {
    context.diagnostic(`states=${explore(scenario, 400_000)}`);
  });
}

for (const mode of ['discard', 'overwrite'] as const) {
  test(`random interleavings of three writers, a flush and the reader: ${mode}`, () => {
    for (let seed = 0; seed < 1500; seed++) {
      const random = seededRandom(seed);
      const threads: Role[] = ['write', 'write', 'read', 'write', 'flush'];
      const world = new World({ mode, before: random(6), readBefore: random(2), threads });
      // Long runs of one thread and sudden changes find more than an even mix.
      let current = 0;
      for (let { runnable } = world; runnable.length > 0; { runnable } = world) {
        if (!runnable.includes(current) || random(5) === 0) current = runnable[random(runnable.length)]!;
        world.step(current);
      }
      world.checkEnd();
    }
  });
}
