/**
 * The text machines of a printer: its own, and a ring of them that other threads share. Runs go into one of the ring after
 * another; their texts are taken in the same order. Memory that another thread has touched is dear to come back to, so that
 * what this thread prints itself, because all others are busy, stays in its own machine and waits as text.
 */
import {
  compileMachine,
  endThreads,
  hasThread,
  type MachineMemory,
  MachinePrograms,
  makeControl,
  makeMachineMemory,
  type SharedMachines,
  TextMachine,
  type TextProgram,
  tellGiven,
} from '@lttng-ts/ctf';
import type { Host } from '../../host.ts';
import { TextBehind } from './text-behind.ts';

/** Threads that print with this one. */
export interface TextThreads {
  readonly count: number;
  /** So many events are printed before they are started: a short text is there sooner than a thread. */
  readonly eventsBefore: number;
  /** Starts them: each calls `printForOthers`, and ends when that returns. */
  start(machines: SharedMachines): void;
}

/** One is printed while others are filled, or wait to be taken. */
const MACHINES_PER_THREAD = 3;
/** Text that waits for that of a run, about. */
const MOST_BEHIND_BYTES = 512 << 10;

/** The programs of a data stream class in each machine. */
export class StreamPrograms {
  /** By the number of the event record class: its program; `null`: its events are printed as messages. */
  readonly programs: (TextProgram | null)[] = [];
  readonly #inMachines: MachinePrograms[] = [];

  in(machine: number): MachinePrograms {
    const known = this.#inMachines[machine];
    if (known !== undefined) return known;
    const programs = new MachinePrograms();
    this.#inMachines[machine] = programs;
    return programs;
  }
}

/** A machine, and what the parts of its run are printed with. */
export interface Place<Printing> {
  readonly number: number;
  readonly machine: TextMachine;
  readonly printings: Printing[];
  /** Text of runs behind the one in the machine. */
  readonly behind: TextBehind;
  /** Its run was given, its text is not yet taken. */
  isPending: boolean;
  /** Programs that it knows. */
  programCount: number;
}

/** A program, and whose events it prints. */
export interface AddedProgram {
  readonly programs: StreamPrograms;
  readonly classNumber: number;
  readonly program: TextProgram;
}

export interface TextMachinesParts {
  readonly host: Host;
  readonly threads: TextThreads | null;
  readonly added: readonly AddedProgram[];
}

export class TextMachines<Printing> {
  /** `null`: there is none. */
  readonly own: Place<Printing> | null;
  readonly #host: Host;
  readonly #threads: TextThreads | null;
  readonly #prepare: (machine: TextMachine) => boolean;
  readonly #added: readonly AddedProgram[];
  readonly #places: Place<Printing>[] = [];
  #next = 0;
  #control: Int32Array | null = null;
  #eventCount = 0;

  /**
   * `prepare` tells a new machine what all lines have in common; `false`: no machine can print them. `added`: all programs, those
   * that are made later, too; a machine knows them when its next run comes.
   */
  constructor({ host, threads, added }: TextMachinesParts, prepare: (machine: TextMachine) => boolean) {
    this.#host = host;
    this.#threads = threads;
    this.#added = added;
    this.#prepare = prepare;
    const machine = TextMachine.make(host.takesSharedBytes === true);
    this.own = machine === null ? null : this.#place(machine, 0);
  }

  /** The next one of the ring: its run is the oldest. */
  get next(): Place<Printing> {
    return this.#places[this.#next]!;
  }

  /** Whose run is the newest one. */
  get last(): Place<Printing> {
    return this.#places.at(this.#next - 1)!;
  }

  /** Whether more text may wait for that of the last run. */
  get isOpen(): boolean {
    const { isPending, behind } = this.last;
    return isPending && behind.lengthBytes < MOST_BEHIND_BYTES;
  }

  /** Whether all machines of the ring have runs that are not printed. */
  get areBusy(): boolean {
    const { isPending, machine } = this.next;
    return isPending && !machine.isPrinted;
  }

  /** All of them, the oldest run first. */
  get inOrder(): readonly Place<Printing>[] {
    return [...this.#places.slice(this.#next), ...this.#places.slice(0, this.#next)];
  }

  /** Tells a machine about programs that are new. */
  update(place: Place<Printing>): void {
    for (; place.programCount < this.#added.length; place.programCount++) {
      const { programs, classNumber, program } = this.#added[place.programCount]!;
      place.machine.addProgram(programs.in(place.number), classNumber, program);
    }
  }

  /** Whether runs can be given to threads; starts these when `eventCount` more events make it worthwhile. */
  hasThreads(eventCount: number): boolean {
    if (this.#threads === null) return false;
    if (this.#control !== null) return hasThread(this.#control);
    this.#eventCount += eventCount;
    if (this.#eventCount >= this.#threads.eventsBefore && this.own !== null) this.#start(this.#threads);
    return false;
  }

  #start(threads: TextThreads): void {
    const code = compileMachine(true);
    const memories: MachineMemory[] = [];
    while (memories.length < MACHINES_PER_THREAD * threads.count) {
      const memory = makeMachineMemory(true);
      const place = this.#place(new TextMachine(code, memory), memories.push(memory));
      if (place !== null) this.#places.push(place);
    }
    this.#control = makeControl();
    threads.start({ code, memories, control: this.#control });
  }

  #place(machine: TextMachine, number: number): Place<Printing> | null {
    if (!this.#prepare(machine)) return null;
    const behind = new TextBehind(this.#host);
    return { number, machine, printings: [], behind, isPending: false, programCount: 0 };
  }

  /** Gives the run in the next machine to whoever has time. */
  give(): void {
    const place = this.#places[this.#next]!;
    place.isPending = true;
    place.machine.give();
    tellGiven(this.#control!);
    this.#next = (this.#next + 1) % this.#places.length;
  }

  end(): void {
    if (this.#control !== null) endThreads(this.#control);
  }
}
