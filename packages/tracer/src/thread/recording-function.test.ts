import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APPLICATION_CONTEXTS, APPLICATION_VALUE_BYTES, type Slot } from '@lttng-ts/native';
import { defineContexts } from '../application-contexts.ts';
import { event, toDefinition } from '../definition.ts';
import { planPayload } from '../encode/plan.ts';
import { type Field, string, u16, u32 } from '../fields.ts';
import type { AnnouncedEvent } from '../thread-protocol.ts';
import { createRecordingFunction, TOO_BIG_BYTES } from './recording-function.ts';
import { type ControlLink, RecordingThread } from './recording-thread.ts';

/** A thread with a recorder that notes what is emitted, and a link that the test moves. */
function createThread() {
  let buffer = new ArrayBuffer(0);
  let lastSlot = 0;
  const emitted: string[] = [];
  const recorder = {
    slotCapacity: 16,
    enableWords: new Uint32Array(18),
    applicationValues: new ArrayBuffer(APPLICATION_CONTEXTS * APPLICATION_VALUE_BYTES),
    allocateSlot: () => {
      if (lastSlot === 15) throw new Error('ENOSPC');
      return ++lastSlot as Slot;
    },
    scratch: (sizeBytes: number) => {
      // As the addon does: the old memory is detached.
      if (buffer.byteLength > 0) structuredClone(buffer, { transfer: [buffer] });
      buffer = new ArrayBuffer(sizeBytes);
      return buffer;
    },
    emit: (slot: Slot, lengthBytes: number, mask: number) => {
      const isWhole = lengthBytes <= buffer.byteLength;
      const payload = isWhole ? Buffer.from(buffer, 0, lengthBytes).toString('hex') : 'too big';
      emitted.push(`${slot}:${mask}:${lengthBytes > 100 ? lengthBytes : payload}`);
    },
  };
  const state = {
    isPending: false,
    waits: 0,
    announced: [] as readonly AnnouncedEvent[],
    generation: 0,
    withdrawn: [] as Slot[],
  };
  const updates: { slots: Slot[]; furtherSlot: Slot | null; bit: number; filters: [] }[] = [];
  const link: ControlLink = {
    announce: (events) => {
      state.announced = events.filter((each) => each !== null);
    },
    withdraw: (slots) => void state.withdrawn.push(...slots),
    isPending: () => state.isPending,
    wait: () => {
      state.waits++;
      state.isPending = false;
    },
    waitAsync: async () => undefined,
    get filterGeneration() {
      return state.generation;
    },
    contextNames: ['$app.test:number'],
    takeFilterUpdates: () => updates.splice(0),
  };
  const accepts = { value: true };
  const thread = new RecordingThread(recorder, link, () => (values) => accepts.value && values[0] !== 13);
  const define = (fields: readonly Field<unknown>[], mayGenerate: boolean) => {
    const definition = toDefinition('p', `e${lastSlot}`, event({ fields }));
    const plan = planPayload(definition.fields, 'packed');
    const [slot] = thread.define([definition], plan.fixedBytes);
    if (slot === undefined) return null;
    const record = createRecordingFunction(thread, slot, plan, mayGenerate);
    return { slot, record, enable: (word: number) => recorder.enableWords.fill(word, slot, slot + 1) };
  };
  const values = (number: number): string => {
    const bytes = Buffer.from(recorder.applicationValues, number * APPLICATION_VALUE_BYTES);
    return bytes.subarray(0, 2 + bytes.readUInt16LE(0)).toString('hex');
  };
  return { define, emitted, state, updates, thread, accepts, words: recorder.enableWords, values };
}

for (const mayGenerate of [true, false]) {
  const how = mayGenerate ? 'generated' : 'plain';

  test(`records nothing while nobody asks for the event (${how})`, () => {
    const { define, emitted } = createThread();
    const defined = define([u32('a')], mayGenerate);
    defined?.record(1);
    assert.deepEqual(emitted, []);
  });

  test(`records values for every recording without filters (${how})`, () => {
    const { define, emitted } = createThread();
    const defined = define([u32('a'), string('b')], mayGenerate);
    defined?.enable(1);
    defined?.record(5, 'tea');
    assert.deepEqual(emitted, ['1:-1:0500000074656100']);
  });

  test(`the first call waits for the daemons, later ones do not (${how})`, () => {
    const { define, emitted, state } = createThread();
    state.isPending = true;
    const first = define([u16('a')], mayGenerate);
    const second = define([u16('a')], mayGenerate);
    assert.equal(state.announced.length, 2);
    second?.enable(1);
    second?.record(7);
    first?.record(8);
    assert.equal(state.waits, 1);
    assert.deepEqual(emitted, ['2:-1:0700']);
    // A later definition waits again; events of before do not.
    state.isPending = true;
    const third = define([u16('a')], mayGenerate);
    second?.record(9);
    assert.equal(state.waits, 1);
    third?.record(10);
    assert.equal(state.waits, 2);
    assert.deepEqual(emitted, ['2:-1:0700', '2:-1:0900']);
  });

  test(`filters decide about the high half of the word (${how})`, () => {
    const { define, emitted, state, updates, accepts } = createThread();
    const defined = define([u32('a')], mayGenerate);
    assert.ok(defined);
    defined.enable(0x0001_0000);
    defined.record(1);
    assert.deepEqual(emitted, [], 'a filter that is not there yet does not accept');
    updates.push({ slots: [defined.slot], furtherSlot: null, bit: 16, filters: [{} as never] as never });
    state.generation++;
    defined.record(1);
    defined.record(13);
    assert.deepEqual(emitted, ['1:65536:01000000']);
    defined.enable(0x0001_0001);
    defined.record(13);
    assert.deepEqual(emitted.slice(1), ['1:1:0d000000'], 'the recording without filter takes it');
    accepts.value = false;
    defined.enable(0x0001_0000);
    defined.record(1);
    assert.equal(emitted.length, 2);
  });

  test(`recordings of further slots are asked when the word says that there are some (${how})`, () => {
    const { define, emitted, state, updates, accepts, words } = createThread();
    const defined = define([u32('a')], mayGenerate);
    assert.ok(defined);
    const further = 9 as Slot;
    updates.push({ slots: [defined.slot], furtherSlot: further, bit: 31, filters: [{} as never] as never });
    updates.push({ slots: [defined.slot], furtherSlot: further, bit: 0, filters: [{} as never] as never });
    state.generation++;
    words[further] = 0x8000_0001;
    defined.enable(0x8000_0000);
    defined.record(1);
    assert.deepEqual(emitted.splice(0), ['1:-2147483648:01000000', '9:-2147483647:01000000']);
    // One of both was withdrawn.
    words[further] = 1;
    defined.enable(0x8000_0003);
    defined.record(2);
    assert.deepEqual(emitted.splice(0), ['1:-2147483645:02000000', '9:1:02000000']);
    accepts.value = false;
    defined.record(3);
    assert.deepEqual(emitted.splice(0), ['1:3:03000000']);
    defined.enable(0x8000_0000);
    defined.record(4);
    assert.deepEqual(emitted, []);
  });

  test(`application contexts are asked for while a channel records them (${how})`, () => {
    const { define, emitted, words, values } = createThread();
    let asked = 0;
    const contexts = defineContexts('test', { number: () => ++asked });
    const defined = define([u32('a')], mayGenerate);
    defined?.enable(1);
    defined?.record(1);
    assert.equal(asked, 0);
    words[words.length - 2] = 1;
    defined?.record(2);
    assert.equal(values(0), '0900' + '04' + '0100000000000000');
    contexts.close();
    defined?.record(3);
    assert.equal(values(0), '0000');
    assert.equal(emitted.length, 3);
  });

  test(`large values make the scratch memory grow, up to the limit (${how})`, () => {
    const { define, emitted } = createThread();
    const defined = define([string('a')], mayGenerate);
    defined?.enable(1);
    defined?.record('x'.repeat(100_000));
    defined?.record('x'.repeat(3_000_000));
    defined?.record('ok');
    assert.deepEqual(emitted, ['1:-1:100001', `1:-1:${TOO_BIG_BYTES}`, '1:-1:6f6b00']);
  });

  test(`a value with a trap is lost, the program goes on (${how})`, () => {
    const { define, emitted } = createThread();
    const defined = define([u32('a')], mayGenerate);
    defined?.enable(1);
    const trap = { valueOf: () => assert.fail('called') };
    defined?.record(trap);
    assert.deepEqual(emitted, ['1:-1:00000000']);
  });
}

for (const mayGenerate of [true, false]) {
  test(`an event that was closed records nothing, whoever has its slot now (${mayGenerate ? 'generated' : 'plain'})`, () => {
    const { define, emitted, state, thread } = createThread();
    const defined = define([u32('a')], mayGenerate);
    const other = define([u32('a')], mayGenerate);
    assert.ok(defined && other);
    thread.close([defined.slot]);
    assert.deepEqual(state.withdrawn, [defined.slot]);
    defined.enable(1);
    defined.record(1);
    other.enable(1);
    other.record(2);
    assert.deepEqual(emitted, [`${other.slot}:-1:02000000`]);
    assert.deepEqual(
      state.announced.map(({ slot }) => slot),
      [defined.slot, other.slot],
    );
  });
}

test('a program without free slots runs on', () => {
  const { define } = createThread();
  for (let i = 0; i < 15; i++) assert.ok(define([], true));
  assert.equal(define([], true), null);
});

test('isEnabled waits like a recording call', () => {
  const { define, state, thread } = createThread();
  state.isPending = true;
  const defined = define([u16('a')], true);
  assert.ok(defined);
  defined.enable(1);
  assert.equal(thread.isEnabled(defined.slot), true);
  assert.equal(state.waits, 1);
});
