/**
 * Writers that die at every single step of a record, on the model: when the others are outside of theirs, the ring is
 * made whole again. Everything that was whole before the dead writer's record is kept, nothing is read twice, packets parse and follow
 * each other, and the ring records on.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RingMode } from './constants.ts';
import { RingModel, run, type Steps } from './model.ts';
import { type ParsedPacket, parsePacket } from './testing/packet-parser.ts';
import { tinyRing } from './testing/tiny-ring.ts';

const SUBBUFFER_BYTES = 256;
const PAYLOAD_BYTES = 60;
/** What a record takes at most: three of them do not fit into a sub-buffer. */
const MAX_STEPS = 200;

interface Scenario {
  readonly mode: RingMode;
  readonly subbufferCount: number;
  /** Records before, beside and behind the dead writer's. */
  readonly before: number;
  readonly beside: number;
  /** The dead writer was flushing instead of writing. */
  readonly isFlush?: boolean;
}

class World {
  readonly #memory: ArrayBuffer;
  readonly #living: RingModel;
  readonly #reader: RingModel;
  readonly #dead: RingModel;
  readonly recorded: number[] = [];
  readonly packets: ParsedPacket[] = [];
  #lastId = 0;

  constructor({ mode, subbufferCount }: Scenario) {
    const ring = tinyRing({ mode, subbufferSizeBytes: SUBBUFFER_BYTES, subbufferCount });
    this.#memory = new ArrayBuffer(ring.lengthBytes);
    ring.initialize(this.#memory);
    const model = (): RingModel => new RingModel(this.#memory, ring.descriptor);
    [this.#living, this.#reader, this.#dead] = [model(), model(), model()];
  }

  get lost(): number {
    return Number(this.#living.lost);
  }

  write(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#tick();
      const id = ++this.#lastId;
      const reservation = run(this.#living.reserve(recordOf(id)));
      if (typeof reservation === 'string') continue;
      run(this.#living.commit(reservation));
      this.recorded.push(id);
    }
  }

  /** Takes `stepCount` steps of a writer and leaves it there; gives whether it was through before. */
  die(stepCount: number, isFlush: boolean): boolean {
    this.#tick();
    const id = ++this.#lastId;
    const steps = isFlush ? this.#dead.flush(true) : this.#emit(id);
    for (let i = 0; i < stepCount; i++) {
      if (steps.next().done === true) return true;
    }
    return false;
  }

  flush(): void {
    this.#tick();
    run(this.#living.flush(false));
  }

  recover() {
    this.#tick();
    // Everything that is closed: all who live are outside.
    const recovery = run(this.#living.recover(1n << 40n));
    assert.equal(recovery.outcome, 'done');
    return recovery;
  }

  drain(): void {
    for (;;) {
      const packet = run(this.#reader.next());
      if (packet === 'no-data') return;
      assert.ok(typeof packet !== 'string', 'the ring is whole');
      const bytes = new Uint8Array(this.#memory, packet.memoryOffsetBytes, packet.dataSizeBytes);
      this.packets.push(parsePacket(bytes.slice(), PAYLOAD_BYTES));
      run(this.#reader.putNext());
    }
  }

  *#emit(id: number): Steps<void> {
    const reservation = yield* this.#dead.reserve(recordOf(id));
    if (typeof reservation !== 'string') yield* this.#dead.commit(reservation);
  }

  #tick(): void {
    const now = this.#living.clock + 10n;
    for (const model of [this.#living, this.#reader, this.#dead]) model.clock = now;
  }
}

function recordOf(eventId: number) {
  return { eventId, payload: new Uint8Array(PAYLOAD_BYTES).fill(eventId) };
}

/** One death after `stepCount` steps; gives whether the writer was through. */
function checkDeath(scenario: Scenario, stepCount: number): { isThrough: boolean; truncated: number } {
  const world = new World(scenario);
  world.write(scenario.before);
  const known = [...world.recorded];
  const isThrough = world.die(stepCount, scenario.isFlush ?? false);
  world.write(scenario.beside);
  world.flush();
  const { truncatedCount, droppedBytes } = world.recover();
  assert.ok(droppedBytes <= truncatedCount * SUBBUFFER_BYTES);
  const lostBefore = world.lost;
  world.drain();
  // The ring records on: as many as it holds.
  const firstNew = world.recorded.length;
  world.write(4);
  world.flush();
  world.drain();
  assert.equal(world.recorded.length, firstNew + 4, 'records on');
  assert.equal(world.lost, lostBefore);

  const read = world.packets.flatMap(({ records }) => records.map(({ eventId }) => eventId));
  assert.equal(new Set(read).size, read.length, 'nothing twice');
  for (const { records } of world.packets) {
    for (const { eventId, payload } of records) {
      assert.ok(
        payload.every((byte) => byte === eventId),
        `payload of ${eventId}`,
      );
    }
  }
  const numbers = world.packets.map(({ sequenceNumber }) => Number(sequenceNumber));
  const first = numbers[0] ?? 0;
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => first + index),
    'no gap',
  );
  for (const id of world.recorded.slice(firstNew)) assert.ok(read.includes(id), `new record ${id}`);
  if (scenario.mode === 'discard') {
    assert.equal(first, 0);
    for (const id of known) assert.ok(read.includes(id), `record ${id} was whole`);
  }
  if (truncatedCount === 0) {
    const kept = scenario.mode === 'discard' ? world.recorded : world.recorded.slice(firstNew);
    for (const id of kept) assert.ok(read.includes(id), `record ${id} without a truncation`);
  } else assert.ok(world.lost > 0, 'the loss is counted');
  return { isThrough, truncated: truncatedCount };
}

const scenarios: Readonly<Record<string, Scenario>> = {
  'in the middle of a packet': { mode: 'discard', subbufferCount: 4, before: 1, beside: 3 },
  'while it opens the next packet': { mode: 'discard', subbufferCount: 4, before: 2, beside: 3 },
  'in the second pass': { mode: 'discard', subbufferCount: 4, before: 7, beside: 2 },
  'and others come round to it': { mode: 'discard', subbufferCount: 2, before: 1, beside: 9 },
  'as the last one of all': { mode: 'discard', subbufferCount: 4, before: 2, beside: 0 },
  'in a flush': { mode: 'discard', subbufferCount: 4, before: 1, beside: 3, isFlush: true },
  'in a flush of an empty packet': {
    mode: 'discard',
    subbufferCount: 4,
    before: 0,
    beside: 3,
    isFlush: true,
  },
  'overwrite: in the middle of a packet': { mode: 'overwrite', subbufferCount: 4, before: 1, beside: 3 },
  'overwrite: while it opens the next packet': { mode: 'overwrite', subbufferCount: 4, before: 2, beside: 3 },
  'overwrite: in what was not read': { mode: 'overwrite', subbufferCount: 2, before: 8, beside: 0 },
  'overwrite: and others come round to it': { mode: 'overwrite', subbufferCount: 2, before: 7, beside: 9 },
};

for (const [name, scenario] of Object.entries(scenarios)) {
  test(`a writer dies at any step ${name}`, (context) => {
    let truncated = 0;
    let stepCount = 0;
    for (let isThrough = false; !isThrough; stepCount++) {
      assert.ok(stepCount < MAX_STEPS);
      try {
        const outcome = checkDeath(scenario, stepCount);
        truncated += outcome.truncated;
        isThrough = outcome.isThrough;
      } catch (error) {
        throw new Error(`steps=${stepCount}`, { cause: error });
      }
    }
    context.diagnostic(`steps=${stepCount}, truncated=${truncated}`);
    assert.ok(truncated > 0, 'some of these deaths lose something');
  });
}

test('what a living writer is in is not touched', () => {
  const world = new World({ mode: 'discard', subbufferCount: 4, before: 0, beside: 0 });
  world.write(5);
  world.flush();
  assert.deepEqual(world.recover(), {
    outcome: 'done',
    completedCount: 0,
    truncatedCount: 0,
    droppedBytes: 0,
  });
  world.drain();
  assert.equal(world.lost, 0);
  assert.equal(world.packets.flatMap(({ records }) => records).length, 5);
});
