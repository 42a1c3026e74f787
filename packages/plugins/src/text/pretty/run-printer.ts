/**
 * Prints events that come in runs: those that a CTF source read, by text programs, straight from their packets' bytes;
 * others as messages. The lines are those of `PrettyPrinter`. Where there is WebAssembly, a machine follows the programs, in
 * another thread if there is one; events that it leaves are printed here.
 */
import type { GeneratedStream, RecordTextPart, TextProgram } from '@lttng-ts/ctf';
import { FixedText, practiseNumbers, runTextProgram } from '@lttng-ts/ctf';
import {
  type ClockClass,
  type EventColumns,
  type EventMessage,
  type EventRun,
  SEGMENT_LENGTH,
} from '@lttng-ts/graph';
import { CtfColumns } from '../../ctf/fs-source/ctf-columns.ts';
import type { Host } from '../../host.ts';
import { binaryToBytes } from '../binary-text.ts';
import type { TextOutput } from '../text-output.ts';
import { LineTime } from './line-time.ts';
import type { PrettyPrinter } from './pretty-printer.ts';
import {
  type AddedProgram,
  type Place,
  StreamPrograms,
  TextMachines,
  type TextThreads,
} from './text-machines.ts';
import { structurePlan } from './text-plan.ts';

const NS_PER_S = 1_000_000_000n;
/** Shorter runs are printed as quickly without copying them into a machine. */
const LEAST_MACHINE_EVENTS = 4;
/** Shorter runs this thread has printed before another one has seen them. */
const LEAST_GIVEN_EVENTS = 48;

/** What printing the events of a packet needs. */
class PacketPrinting {
  readonly printer: RunPrinter;
  readonly programs: StreamPrograms;
  readonly clock: ClockClass | null;
  /** The text of the packet's context. */
  readonly packetText: FixedText;

  constructor(
    printer: RunPrinter,
    programs: StreamPrograms,
    clock: ClockClass | null,
    packetText: FixedText,
  ) {
    this.printer = printer;
    this.programs = programs;
    this.clock = clock;
    this.packetText = packetText;
  }
}

export interface RunPrinterParts {
  readonly host: Host;
  readonly printer: PrettyPrinter;
  readonly output: TextOutput;
  readonly printsCycles: boolean;
  readonly threads: TextThreads | null;
}

export class RunPrinter {
  readonly #printer: PrettyPrinter;
  /** Where text goes that is printed here. */
  #output: TextOutput;
  readonly #time: LineTime;
  readonly #host: Host;
  readonly #threads: TextThreads | null;
  readonly #programs = new Map<GeneratedStream, StreamPrograms>();
  /** In the order in which they were made: machines may be made later, and have to know them, too. */
  readonly #added: AddedProgram[] = [];
  /** `null`: not yet made. */
  #machines: TextMachines<PacketPrinting> | null = null;
  /** By part of a run: its first event, and the one behind its last. */
  #firsts = new Int32Array(0);
  #ends = new Int32Array(0);

  constructor({ host, printer, output, printsCycles, threads }: RunPrinterParts) {
    this.#host = host;
    this.#printer = printer;
    this.#output = output;
    this.#threads = threads;
    this.#time = new LineTime(printer, printsCycles);
    practiseNumbers();
  }

  /** Prints a run. Other threads may still be at it when this returns: see {@link settle}. */
  print(run: EventRun): void {
    const { count } = run;
    const machines = this.#machines;
    this.#time.resume();
    if (machines === null || !machines.hasThreads(count)) this.#printAlone(run);
    else if (machines.isOpen && (count < LEAST_GIVEN_EVENTS || machines.areBusy)) this.#printBehind(run);
    else if (!this.#give(run)) {
      this.settle();
      this.#printAlone(run);
    }
    this.#time.suspend();
  }

  #printAlone(run: EventRun): void {
    const { parts, segments, count } = run;
    if (count < LEAST_MACHINE_EVENTS || !this.#printByMachine(run)) this.#printParts(parts, segments);
  }

  /** Prints a run whose text waits for that of the run which was given last. */
  #printBehind(run: EventRun): void {
    const output = this.#output;
    this.#output = this.#machines!.last.behind.output;
    try {
      this.#printAlone(run);
    } finally {
      // The next one may use the same memory.
      this.#output.flush();
      this.#output = output;
    }
  }

  /** All text of the runs before is in the output when this returns. */
  settle(): void {
    if (this.#machines === null) return;
    for (const place of this.#machines.inOrder) this.#collect(place);
  }

  end(): void {
    this.#machines?.end();
  }

  /** Gives a run to other threads, the clock going on behind it; `false`: nothing is done, because it is not for them. */
  #give(run: EventRun): boolean {
    const { parts, segments } = run;
    const time = this.#time;
    const machines = this.#machines!;
    const place = machines.next;
    this.#collect(place);
    if (!time.hasPrevious || !this.#fill(place, run, true)) return false;
    // What it printed before may not yet be written.
    this.#output.flush();
    time.expect(parts[segments[0]!]!, segments[1]!);
    time.lend(place.machine);
    machines.give();
    time.pass(parts[segments[segments.length - SEGMENT_LENGTH]!]!, segments[segments.length - 1]! - 1);
    return true;
  }

  /** Takes the text of a run that was given. */
  #collect(place: Place<PacketPrinting>): void {
    if (!place.isPending) return;
    place.isPending = false;
    const { machine } = place;
    const output = this.#output;
    const usedBytes = machine.finish();
    output.flush();
    output.buffer.use(machine.output);
    output.usedBytes = usedBytes;
    if (machine.stopReason !== 'done') {
      const { previous } = this.#time;
      this.#time.takeBack(machine);
      this.#goOn(place, (segment, event) => this.#printCopy(place, segment, event));
      this.#time.previous = previous;
    }
    output.flush();
    place.behind.moveTo(output);
  }

  /** `false`: nothing is printed, because the run is not for the machine. */
  #printByMachine(run: EventRun): boolean {
    this.#machines ??= this.#makeMachines();
    const place = this.#machines.own;
    if (place === null || !this.#fill(place, run, false)) return false;
    const { parts, segments } = run;
    this.#start(place, 0, -1);
    this.#goOn(place, (segment, event) => {
      const part = segments[SEGMENT_LENGTH * segment]!;
      this.#ctf(parts[part] as CtfColumns, event, event + 1);
      this.#machines?.update(place);
      place.machine.refresh(part, place.printings[part]!.programs.in(place.number));
    });
    return true;
  }

  #makeMachines(): TextMachines<PacketPrinting> {
    const parts = { host: this.#host, threads: this.#threads, added: this.#added };
    return new TextMachines(parts, (machine) => this.#time.prepare(machine));
  }

  /**
   * Puts a run into a machine. `isForOthers`: its events will be gone when it is printed, and all of them must have what the
   * machine needs. `false`: it is not for the machine.
   */
  #fill(place: Place<PacketPrinting>, { parts, segments }: EventRun, isForOthers: boolean): boolean {
    const { machine, printings } = place;
    if (!machine.begin(parts.length, segments)) return false;
    this.#findParts(parts.length, segments);
    for (let part = 0; part < parts.length; part++) {
      const columns = parts[part]!;
      if (!(columns instanceof CtfColumns)) return false;
      const printing = this.#printingOf(columns);
      const { clock } = printing;
      if (clock !== null && clock.frequencyHz !== NS_PER_S) return false;
      // A part of which nothing is left has no events.
      const first = Math.max(this.#firsts[part]!, 0);
      const end = Math.max(this.#ends[part]!, 0);
      if (isForOthers && (clock === null || !this.#areForMachine(columns, first, end))) return false;
      if (clock !== null) this.#time.clock = clock;
      this.#machines?.update(place);
      printings[part] = printing;
      const isCopied = machine.addPart({
        columns,
        bytes: columns.bytes.bytes,
        first,
        end,
        programs: printing.programs.in(place.number),
        offsetNs: clock?.offsetNs ?? null,
        given: printing.packetText,
      });
      if (!isCopied) return false;
    }
    return true;
  }

  /** Events of a part are one behind the other. */
  #findParts(partCount: number, segments: Int32Array): void {
    if (this.#firsts.length < partCount) {
      this.#firsts = new Int32Array(2 * partCount);
      this.#ends = new Int32Array(2 * partCount);
    }
    const firsts = this.#firsts;
    const ends = this.#ends;
    firsts.fill(-1, 0, partCount);
    ends.fill(-1, 0, partCount);
    for (let at = 0; at < segments.length; at += SEGMENT_LENGTH) {
      const part = segments[at]!;
      if (firsts[part]! < 0) firsts[part] = segments[at + 1]!;
      ends[part] = segments[at + 2]!;
    }
  }

  /** Whether a machine knows the steps of all events; makes programs of classes that come for the first time. */
  #areForMachine(columns: CtfColumns, first: number, end: number): boolean {
    const { classes } = columns;
    const { programs } = this.#printingOf(columns).programs;
    for (let i = first; i < end; i++) {
      let program = programs[classes[i]!];
      if (program === undefined) program = this.#addProgram(columns, i);
      if (program === null || !program.isForMachine) return false;
    }
    return true;
  }

  #start({ machine }: Place<PacketPrinting>, segment: number, event: number): void {
    const output = this.#output;
    const time = this.#time;
    if (output.buffer.bytes !== machine.output) {
      output.flush();
      output.buffer.use(machine.output);
    }
    time.lend(machine);
    output.usedBytes = machine.print(segment, event, output.usedBytes, output.batchBytes);
    time.takeBack(machine);
  }

  /** Goes on where the machine stopped, to the end of its run. `printHere` prints an event that is not for the machine. */
  #goOn(place: Place<PacketPrinting>, printHere: (segment: number, event: number) => void): void {
    const { machine } = place;
    const output = this.#output;
    while (machine.stopReason !== 'done') {
      const segment = machine.stoppedSegment;
      let event = machine.stoppedEvent;
      if (machine.stopReason === 'full' && output.usedBytes > 0) {
        output.flushWhenFull();
        // Less than what is usually written at once, but another event has no room.
        output.flush();
      } else {
        printHere(segment, event);
        event++;
      }
      this.#start(place, segment, event);
    }
  }

  /** Prints an event from its copy in a machine. */
  #printCopy({ machine, printings }: Place<PacketPrinting>, segment: number, event: number): void {
    const copy = machine.eventAt(segment, event);
    const { programs, packetText, clock } = printings[copy.part]!;
    const output = this.#output;
    let o = output.usedBytes;
    if (clock !== null) {
      this.#time.clock = clock;
      o = this.#time.put(output.buffer, o, copy, 0);
    }
    const program = programs.programs[copy.classNumber]!;
    const { body, end } = copy;
    output.usedBytes = runTextProgram(program, machine.memory, body, end, output.buffer, o, packetText);
    output.flushWhenFull();
  }

  #printParts(parts: readonly EventColumns[], segments: Int32Array): void {
    for (let at = 0; at < segments.length; at += SEGMENT_LENGTH) {
      const columns = parts[segments[at]!]!;
      // One by one, here and wherever something is done for each event: taking apart an array makes one, and an iterator,
      // until the engine has optimised the function.
      const first = segments[at + 1]!;
      const end = segments[at + 2]!;
      if (columns instanceof CtfColumns) this.#ctf(columns, first, end);
      else for (let i = first; i < end; i++) this.#message(columns.eventAt(i));
    }
  }

  /** Prints an event as a message. */
  #message(event: EventMessage): void {
    this.#time.suspend();
    this.#output.write(this.#printer.event(event));
    this.#time.resume();
  }

  #ctf(columns: CtfColumns, first: number, end: number): void {
    const { bytes, starts, bodies, classes } = columns;
    const { programs: ofStream, packetText, clock } = this.#printingOf(columns);
    const { programs } = ofStream;
    const time = this.#time;
    if (clock !== null) time.clock = clock;
    const output = this.#output;
    const { buffer } = output;
    for (let i = first; i < end; i++) {
      let program = programs[classes[i]!];
      if (program === undefined) program = this.#addProgram(columns, i);
      if (program === null) {
        this.#message(columns.eventAt(i));
        continue;
      }
      let o = output.usedBytes;
      if (clock !== null) o = time.put(buffer, o, columns, i);
      output.usedBytes = runTextProgram(program, bytes, bodies[i]!, starts[i + 1]!, buffer, o, packetText);
      output.flushWhenFull();
    }
  }

  #printingOf(columns: CtfColumns): PacketPrinting {
    const known = columns.sinkData;
    if (known instanceof PacketPrinting && known.printer === this) return known;
    const { stream, packet, run } = columns;
    const text = this.#printer.root('packet', stream.class.packetContext, packet?.context);
    const packetText = text === null ? NOTHING : new FixedText(binaryToBytes(text));
    const clock = stream.class.defaultClockClass;
    const printing = new PacketPrinting(this, this.#programsOf(run.stream), clock, packetText);
    columns.sinkData = printing;
    return printing;
  }

  #programsOf(stream: GeneratedStream): StreamPrograms {
    let programs = this.#programs.get(stream);
    if (programs === undefined) {
      programs = new StreamPrograms();
      this.#programs.set(stream, programs);
    }
    return programs;
  }

  /** Makes the program of event `index`'s class and tells machines. */
  #addProgram(columns: CtfColumns, index: number): TextProgram | null {
    const { programs } = this.#printingOf(columns);
    const classNumber = columns.classes[index]!;
    const program = this.#makeProgram(columns, index);
    programs.programs[classNumber] = program;
    if (program !== null) this.#added.push({ programs, classNumber, program });
    return program;
  }

  /** The program of event `index`'s class: what stands behind the time. `null`: only messages know. */
  #makeProgram(columns: CtfColumns, index: number): TextProgram | null {
    const record = columns.run.recordAt(index);
    const { stream, packet, run } = columns;
    const eventClass = columns.eventClassAt(index);
    const { dataStreamClass } = run.dataStream;
    const { specificContext, payload } = record.eventRecordClass;
    const what = this.#printer.what(stream, eventClass, stream.class.defaultClockClass !== null);
    const fields: RecordTextPart[][] = [];
    if (stream.class.packetContext !== null) {
      // A packet without a context where its class has one: leave it to messages.
      if (packet === null || packet.context === null) return null;
      fields.push([{ kind: 'given' }]);
    }
    const roots = [
      ['common', stream.class.eventCommonContext, dataStreamClass.eventRecordCommonContext],
      ['specific', eventClass.specificContext, specificContext],
      ['payload', eventClass.payload, payload],
    ] as const;
    roots.forEach(([name, fieldClass, ctf], root) => {
      if (fieldClass === null || ctf === null) return;
      const plan = structurePlan(this.#printer, fieldClass, ctf, this.#printer.hasNames(name));
      fields.push([
        { kind: 'literal', text: this.#printer.beforeRoot(name) },
        { kind: 'root', root: root as 0 | 1 | 2, plan },
      ]);
    });
    const comma = { kind: 'literal', text: ', ' } as const;
    return record.makeTextProgram([
      { kind: 'literal', text: what },
      ...fields.flatMap((field, i) => (i === 0 ? field : [comma, ...field])),
      { kind: 'literal', text: '\n' },
    ]);
  }
}

const NOTHING = new FixedText(new Uint8Array(0));
