/**
 * Prints events that come in runs: those that a CTF source read, by text programs, straight from their packets' bytes;
 * others as messages. The lines are those of `PrettyPrinter`. Where there is WebAssembly, a machine follows the programs; events
 * that it leaves are printed here.
 */
import type { GeneratedStream, RecordTextPart, TextProgram } from '@lttng-ts/ctf';
import { FixedText, MachinePrograms, practiseNumbers, runTextProgram, TextMachine } from '@lttng-ts/ctf';
import {
  type ClockClass,
  type EventColumns,
  type EventMessage,
  type EventRun,
  SEGMENT_LENGTH,
} from '@lttng-ts/graph';
import { CtfColumns } from '../../ctf/fs-source/ctf-columns.ts';
import { binaryToBytes } from '../binary-text.ts';
import type { TextOutput } from '../text-output.ts';
import { LineTime } from './line-time.ts';
import type { PrettyPrinter } from './pretty-printer.ts';
import { structurePlan } from './text-plan.ts';

/** By the number of the event record class: its program; `null`: its events are printed as messages. */
type Programs = (TextProgram | null)[];

const NS_PER_S = 1_000_000_000n;
/** Shorter runs are printed as quickly without copying them into a machine. */
const LEAST_MACHINE_EVENTS = 4;

/** What printing the events of a packet needs. */
class PacketPrinting {
  readonly printer: RunPrinter;
  readonly programs: Programs;
  readonly machinePrograms: MachinePrograms;
  readonly clock: ClockClass | null;
  /** The text of the packet's context. */
  readonly packetText: FixedText;

  constructor(
    printer: RunPrinter,
    { programs, machinePrograms }: StreamPrograms,
    clock: ClockClass | null,
    packetText: FixedText,
  ) {
    this.printer = printer;
    this.programs = programs;
    this.machinePrograms = machinePrograms;
    this.clock = clock;
    this.packetText = packetText;
  }
}

interface StreamPrograms {
  readonly programs: Programs;
  readonly machinePrograms: MachinePrograms;
}

export class RunPrinter {
  readonly #printer: PrettyPrinter;
  readonly #output: TextOutput;
  readonly #time: LineTime;
  readonly #programs = new Map<GeneratedStream, StreamPrograms>();
  /** `undefined`: not yet made. */
  #machine: TextMachine | null | undefined;
  /** By part of a run: its first event, and the one behind its last. */
  #firsts = new Int32Array(0);
  #ends = new Int32Array(0);

  constructor(printer: PrettyPrinter, output: TextOutput, printsCycles: boolean) {
    this.#printer = printer;
    this.#output = output;
    this.#time = new LineTime(printer, printsCycles);
    practiseNumbers();
  }

  print(run: EventRun): void {
    const { parts, segments, count } = run;
    this.#time.resume();
    if (count < LEAST_MACHINE_EVENTS || !this.#printByMachine(run)) this.#printParts(parts, segments);
    this.#time.suspend();
  }

  /** `false`: nothing is printed, because the run is not for the machine. */
  #printByMachine({ parts, segments }: EventRun): boolean {
    if (this.#machine === undefined) this.#machine = this.#makeMachine();
    const machine = this.#machine;
    if (machine === null || !machine.begin(parts.length, segments)) return false;
    this.#findParts(parts.length, segments);
    for (let part = 0; part < parts.length; part++) {
      if (!this.#addPart(machine, parts[part]!, this.#firsts[part]!, this.#ends[part]!)) return false;
    }
    this.#runMachine(machine, parts, segments);
    return true;
  }

  #makeMachine(): TextMachine | null {
    const machine = TextMachine.make();
    if (machine === null || !this.#time.prepare(machine)) return null;
    for (const { programs, machinePrograms } of this.#programs.values()) {
      for (const [number, program] of programs.entries())
        if (program !== null && program !== undefined) machine.addProgram(machinePrograms, number, program);
    }
    return machine;
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

  #addPart(machine: TextMachine, columns: EventColumns, first: number, end: number): boolean {
    if (!(columns instanceof CtfColumns)) return false;
    const { machinePrograms, packetText, clock } = this.#printingOf(columns);
    if (clock !== null && clock.frequencyHz !== NS_PER_S) return false;
    return machine.addPart({
      columns,
      bytes: columns.bytes.bytes,
      // A part of which nothing is left has no events.
      first: Math.max(first, 0),
      end: Math.max(end, 0),
      programs: machinePrograms,
      offsetNs: clock?.offsetNs ?? null,
      given: packetText,
    });
  }

  #runMachine(machine: TextMachine, parts: readonly EventColumns[], segments: Int32Array): void {
    const output = this.#output;
    const time = this.#time;
    let segment = 0;
    let event = -1;
    for (;;) {
      if (output.buffer.bytes !== machine.output) {
        output.flush();
        output.buffer.use(machine.output);
      }
      time.lend(machine);
      output.usedBytes = machine.print(segment, event, output.usedBytes, output.batchBytes);
      time.takeBack(machine);
      const { stopReason } = machine;
      if (stopReason === 'done') return;
      segment = machine.stoppedSegment;
      event = machine.stoppedEvent;
      if (stopReason === 'full' && output.usedBytes > 0) {
        output.flushWhenFull();
        // Less than what is usually written at once, but another event has no room.
        output.flush();
      } else {
        const part = segments[SEGMENT_LENGTH * segment]!;
        const columns = parts[part] as CtfColumns;
        this.#ctf(columns, event, event + 1);
        machine.refresh(part, this.#printingOf(columns).machinePrograms);
        event++;
      }
    }
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
    const { programs, machinePrograms, packetText, clock } = this.#printingOf(columns);
    const time = this.#time;
    if (clock !== null) time.clock = clock;
    const output = this.#output;
    const { buffer } = output;
    for (let i = first; i < end; i++) {
      let program = programs[classes[i]!];
      if (program === undefined) {
        program = this.#makeProgram(columns, i);
        programs[classes[i]!] = program;
        if (program !== null) this.#machine?.addProgram(machinePrograms, classes[i]!, program);
      }
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
      programs = { programs: [], machinePrograms: new MachinePrograms() };
      this.#programs.set(stream, programs);
    }
    return programs;
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
