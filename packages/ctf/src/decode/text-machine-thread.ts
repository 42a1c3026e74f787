/**
 * Text machines in memory of several threads: one thread fills them with runs, whoever has time prints what was given, and
 * the first one takes the texts in their order. It never waits for what nobody has begun: that it prints itself.
 */
import { type MachineMemory, type MachinePrint, startMachine } from './text-machine-engine.ts';
import {
  OUTPUT,
  OUTPUT_BYTES,
  PARTS,
  SEGMENT_END,
  SEGMENTS,
  STATE,
  TEXT_END,
} from './text-machine-layout.ts';

/** Of a machine: whether the run in it is nobody's business, waits for a thread, has one, or is printed. */
export const STATES = { idle: 0, given: 1, taken: 2, printed: 3 } as const;

/** Places in the integers of {@link SharedMachines}. */
const GIVEN_COUNT = 0;
const READY_COUNT = 1;
const IS_OVER = 2;
const CONTROL_BYTES = 12;

/** So often a thread without work looks whether there is some, before it sleeps. */
const PATIENCE = 20_000;

/** What threads have in common; it can be sent to them. */
export interface SharedMachines {
  readonly code: object;
  readonly memories: readonly MachineMemory[];
  readonly control: Int32Array;
}

export const makeControl = (): Int32Array => new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));

/** Whether a thread is there that prints. */
export const hasThread = (control: Int32Array): boolean => Atomics.load(control, READY_COUNT) > 0;

/** Wakes threads: something was given. */
export function tellGiven(control: Int32Array): void {
  Atomics.add(control, GIVEN_COUNT, 1);
  Atomics.notify(control, GIVEN_COUNT, 1);
}

/** Nothing more will be given. */
export function endThreads(control: Int32Array): void {
  Atomics.store(control, IS_OVER, 1);
  Atomics.notify(control, GIVEN_COUNT);
}

/** Prints what is given, until nothing more will be. */
export function printForOthers({ code, memories, control }: SharedMachines): void {
  const machines = memories.map((memory) => ({
    words: new Int32Array(memory.buffer),
    // Texts of values that are not known yet only the first thread can make: it goes on behind them.
    print: startMachine(code, memory, () => 0),
  }));
  Atomics.add(control, READY_COUNT, 1);
  let next = 0;
  for (;;) {
    const given = Atomics.load(control, GIVEN_COUNT);
    let passed = 0;
    for (; passed < machines.length; passed++) {
      const { words, print } = machines[(next + passed) % machines.length]!;
      if (printShared(words, print)) break;
    }
    if (passed < machines.length) {
      next = (next + passed + 1) % machines.length;
      continue;
    }
    // To sleep and wake up takes longer than the next run probably does.
    let patience = PATIENCE;
    while (patience > 0 && Atomics.load(control, GIVEN_COUNT) === given) patience--;
    if (patience > 0) continue;
    if (Atomics.load(control, IS_OVER) === 1) return;
    Atomics.wait(control, GIVEN_COUNT, given);
  }
}

/** Prints a run if it is given and nobody has begun; `false`: nothing is done. */
export function printShared(words: Int32Array, print: MachinePrint): boolean {
  const state = STATE / 4;
  if (Atomics.compareExchange(words, state, STATES.given, STATES.taken) !== STATES.given) return false;
  const limit = OUTPUT + OUTPUT_BYTES;
  let after: number = STATES.given;
  try {
    words[TEXT_END / 4] = print(PARTS, SEGMENTS, words[SEGMENT_END / 4]!, -1, OUTPUT, limit, limit);
    after = STATES.printed;
  } finally {
    // After a failure it is as before: who needs the text fails then.
    Atomics.store(words, state, after);
    Atomics.notify(words, state);
  }
  return true;
}
