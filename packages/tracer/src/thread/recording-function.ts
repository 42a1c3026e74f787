/**
 * The function behind `shop.order(…)`: one read when nobody records, else filters, encoding into the scratch memory and
 * one native call. Nothing here may throw into the program.
 */
import type { Slot } from '@lttng-ts/native';
import { MORE_BIT } from '../control/recording-table.ts';
import { compile, js } from '../encode/code.ts';
import { createEncoder } from '../encode/encoder.ts';
import { generateEncoder, parameterList } from '../encode/generate.ts';
import type { Plan } from '../encode/plan.ts';
import * as runtime from '../encode/runtime.ts';
import { NO_ROOM } from '../encode/runtime.ts';
import { APPLICATION_BITS } from '../thread-protocol.ts';
import type { RecordingThread } from './recording-thread.ts';

export type RecordingFunction = (...values: readonly unknown[]) => void;

/** A length that no sub-buffer holds: the ring buffers count the record as lost because it is too big. */
export const TOO_BIG_BYTES = 0x4000_0000;

/** Makes the recording function of a slot. */
export function createRecordingFunction(
  thread: RecordingThread,
  slot: Slot,
  plan: Plan,
  mayGenerate: boolean,
): RecordingFunction {
  return (mayGenerate && generate(thread, slot, plan)) || interpret(thread, slot, plan);
}

function generate(thread: RecordingThread, slot: Slot, plan: Plan): RecordingFunction | null {
  const source = generateEncoder(plan);
  const parameters = parameterList(source);
  const comma = source.parameters.length === 0 ? js`` : js`, `;
  const applicationBits = thread.recorder.enableWords.length - APPLICATION_BITS;
  const body = js`
function encode(bytes, view${comma}${parameters}) {${source.body}
}
function record(${parameters}) {
  try {
    if (filter.isClosed) return;
    let word = cell.words[${slot}];
    if (cell.isPending) {
      word = thread.settle(${slot});
      if (word === 0) return;
    }
    let mask = -1;
    if (word >>> 16 !== 0) {
      mask = thread.accept(filter, word, [${parameters}]);
      if (mask === 0) return;
    }
    if (words[${applicationBits}] !== 0) thread.fillContexts(words[${applicationBits}]);
    let length = encode(scratch.bytes, scratch.view${comma}${parameters});
    while (length < 0) {
      length = scratch.grow() ? encode(scratch.bytes, scratch.view${comma}${parameters}) : ${TOO_BIG_BYTES};
    }
    recorder.emit(${slot}, length, mask);
    if (word >>> ${MORE_BIT} !== 0 && mask < 0) filter.emitFurther(recorder, length);
  } catch {
    // Only a program's stack that is full, or a value with a trap, comes here: the event is lost, the program goes on.
  }
}
return function (${parameters}) {
  if (cell.words[${slot}] !== 0) record(${parameters});
};`;
  const { cell, scratch, recorder } = thread;
  const names = [
    ...[js`thread`, js`cell`, js`scratch`, js`recorder`, js`filter`, js`words`, js`runtime`],
    ...source.constantNames,
  ];
  try {
    return compile(body, names, [
      thread,
      cell,
      scratch,
      recorder,
      thread.filterOf(slot),
      recorder.enableWords,
      runtime,
      ...source.constants,
    ]) as RecordingFunction;
  } catch {
    // Code generation is forbidden in this process.
    return null;
  }
}

function interpret(thread: RecordingThread, slot: Slot, plan: Plan): RecordingFunction {
  const { cell, scratch, recorder } = thread;
  const encode = createEncoder(plan, false);
  const filter = thread.filterOf(slot);
  const record = (values: readonly unknown[]): void => {
    if (filter.isClosed) return;
    const word = cell.isPending ? thread.settle(slot) : (cell.words[slot] ?? 0);
    if (word === 0) return;
    const mask = word >>> 16 === 0 ? -1 : thread.accept(filter, word, values);
    if (mask === 0) return;
    const contextBits = recorder.enableWords[recorder.enableWords.length - APPLICATION_BITS] ?? 0;
    if (contextBits !== 0) thread.fillContexts(contextBits);
    let length = encode(scratch.bytes, scratch.view, ...values);
    while (length === NO_ROOM) {
      length = scratch.grow() ? encode(scratch.bytes, scratch.view, ...values) : TOO_BIG_BYTES;
    }
    recorder.emit(slot, length, mask);
    if (word >>> MORE_BIT !== 0 && mask < 0) filter.emitFurther(recorder, length);
  };
  return (...values) => {
    if (cell.words[slot] === 0) return;
    try {
      record(values);
    } catch {
      // As in the generated function.
    }
  };
}
