/**
 * Prints events that come in runs: those that a CTF source read, by text programs, straight from their packets' bytes;
 * others as messages. The lines are those of `PrettyPrinter`.
 */
import type { GeneratedStream, RecordTextPart, TextProgram } from '@lttng-ts/ctf';
import { FixedText, practiseNumbers, runTextProgram } from '@lttng-ts/ctf';
import { type ClockClass, type EventMessage, type EventRun, SEGMENT_LENGTH } from '@lttng-ts/graph';
import { CtfColumns } from '../../ctf/fs-source/ctf-columns.ts';
import { binaryToBytes } from '../binary-text.ts';
import type { TextOutput } from '../text-output.ts';
import { LineTime } from './line-time.ts';
import type { PrettyPrinter } from './pretty-printer.ts';
import { structurePlan } from './text-plan.ts';

/** By the number of the event record class: its program; `null`: its events are printed as messages. */
type Programs = (TextProgram | null)[];

/** What printing the events of a packet needs. */
class PacketPrinting {
  readonly printer: RunPrinter;
  readonly programs: Programs;
  readonly clock: ClockClass | null;
  /** The text of the packet's context. */
  readonly packetText: FixedText;

  constructor(printer: RunPrinter, programs: Programs, clock: ClockClass | null, packetText: FixedText) {
    this.printer = printer;
    this.programs = programs;
    this.clock = clock;
    this.packetText = packetText;
  }
}

export class RunPrinter {
  readonly #printer: PrettyPrinter;
  readonly #output: TextOutput;
  readonly #time: LineTime;
  readonly #programs = new Map<GeneratedStream, Programs>();

  constructor(printer: PrettyPrinter, output: TextOutput, printsCycles: boolean) {
    this.#printer = printer;
    this.#output = output;
    this.#time = new LineTime(printer, printsCycles);
    practiseNumbers();
  }

  print({ parts, segments }: EventRun): void {
    this.#time.resume();
    for (let at = 0; at < segments.length; at += SEGMENT_LENGTH) {
      const columns = parts[segments[at]!]!;
      // One by one, here and wherever something is done for each event: taking apart an array makes one, and an iterator,
      // until the engine has optimised the function.
      const first = segments[at + 1]!;
      const end = segments[at + 2]!;
      if (columns instanceof CtfColumns) this.#ctf(columns, first, end);
      else for (let i = first; i < end; i++) this.#message(columns.eventAt(i));
    }
    this.#time.suspend();
  }

  /** Prints an event as a message. */
  #message(event: EventMessage): void {
    this.#time.suspend();
    this.#output.write(this.#printer.event(event));
    this.#time.resume();
  }

  #ctf(columns: CtfColumns, first: number, end: number): void {
    const { bytes, starts, bodies, classes } = columns;
    const { programs, packetText, clock } = this.#printingOf(columns);
    const time = this.#time;
    if (clock !== null) time.clock = clock;
    const output = this.#output;
    const { buffer } = output;
    for (let i = first; i < end; i++) {
      let program = programs[classes[i]!];
      if (program === undefined) {
        program = this.#makeProgram(columns, i);
        programs[classes[i]!] = program;
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

  #programsOf(stream: GeneratedStream): Programs {
    let programs = this.#programs.get(stream);
    if (programs === undefined) {
      programs = [];
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
