/**
 * Prints events that come in runs as details: those that a CTF source read, by text programs, straight from their
 * packets' bytes; others, and the first event of each class, as messages. The blocks are those of `DetailsPrinter`.
 */
import {
  FixedText,
  type GeneratedStream,
  MAX_INTEGER_BYTES,
  putBytes,
  putGroupedInt64,
  putGroupedUint64,
  type RecordTextPart,
  runTextProgram,
  type TextProgram,
} from '@lttng-ts/ctf';
import { type ClockClass, cyclesToNs, type EventRun, SEGMENT_LENGTH, type Stream } from '@lttng-ts/graph';
import { CtfColumns } from '../../ctf/fs-source/ctf-columns.ts';
import { binaryToBytes } from '../binary-text.ts';
import type { TextOutput } from '../text-output.ts';
import type { DetailsPrinter } from './details-printer.ts';
import { detailsPlan } from './text-plan.ts';

const NS_PER_S = 1_000_000_000n;
const WORD = 0x1_0000_0000;
/** Room that the two times of a block take, without what stands around them. */
const TIMES_BYTES = 2 * MAX_INTEGER_BYTES;
const NOTHING = new FixedText(new Uint8Array(0));

/** By the number of the event record class: its program; `null`: its events are printed as messages. */
type Programs = (TextProgram | null)[];

export class RunDetails {
  readonly #printer: DetailsPrinter;
  readonly #output: TextOutput;
  readonly #programs = new Map<Stream, { readonly of: GeneratedStream; readonly programs: Programs }>();
  readonly #beforeTime: Uint8Array;
  readonly #betweenTimes: Uint8Array;
  readonly #afterTime: Uint8Array;
  /** Its offset is kept in two halves. */
  #clock: ClockClass | null = null;
  #offsetHigh = 0;
  #offsetLow = 0;

  constructor(printer: DetailsPrinter, output: TextOutput) {
    this.#printer = printer;
    this.#output = output;
    const { before, between, after } = printer.timeFrame;
    this.#beforeTime = binaryToBytes(`\n${before}`);
    this.#betweenTimes = binaryToBytes(between);
    this.#afterTime = binaryToBytes(after);
  }

  print({ parts, segments }: EventRun): void {
    for (let at = 0; at < segments.length; at += SEGMENT_LENGTH) {
      const columns = parts[segments[at]!]!;
      const [first, end] = [segments[at + 1]!, segments[at + 2]!];
      if (columns instanceof CtfColumns) this.#ctf(columns, first, end);
      else for (let i = first; i < end; i++) this.#output.write(this.#printer.message(columns.eventAt(i)));
    }
  }

  #ctf(columns: CtfColumns, first: number, end: number): void {
    const { run } = columns;
    const { starts, bodies, classes } = run.columns;
    const programs = this.#programsOf(columns);
    const clock = this.#printer.printsTime ? columns.stream.class.defaultClockClass : null;
    const output = this.#output;
    const { buffer } = output;
    for (let i = first; i < end; i++) {
      const program = programs[classes[i]!];
      if (program === undefined || program === null) {
        output.write(this.#printer.message(columns.eventAt(i)));
        if (program === undefined) programs[classes[i]!] = this.#makeProgram(columns, i);
        continue;
      }
      const o = this.#putTime(columns, i, clock);
      output.usedBytes = runTextProgram(program, run.bytes, bodies[i]!, starts[i + 1]!, buffer, o, NOTHING);
      output.flushWhenFull();
    }
  }

  #programsOf({ stream, run }: CtfColumns): Programs {
    let known = this.#programs.get(stream);
    if (known?.of !== run.stream) {
      known = { of: run.stream, programs: [] };
      this.#programs.set(stream, known);
    }
    return known.programs;
  }

  /** Writes what is before the tag of the stream: an empty line, and the times. */
  #putTime(columns: CtfColumns, index: number, clock: ClockClass | null): number {
    const { buffer, usedBytes } = this.#output;
    const around = this.#beforeTime.length + this.#betweenTimes.length + this.#afterTime.length;
    buffer.reserve(usedBytes, around + TIMES_BYTES);
    const out = buffer.bytes;
    if (clock === null) {
      out[usedBytes] = 0x0a;
      return usedBytes + 1;
    }
    // With a sign: else they would become objects on their way.
    const cyclesHigh = columns.clockHigh[index]! | 0;
    const cyclesLow = columns.clockLow[index]! | 0;
    let o = putBytes(out, usedBytes, this.#beforeTime);
    o = putGroupedUint64(out, o, cyclesHigh, cyclesLow);
    o = putBytes(out, o, this.#betweenTimes);
    o = this.#putNs(out, o, clock, cyclesHigh, cyclesLow);
    return putBytes(out, o, this.#afterTime);
  }

  #putNs(out: Uint8Array, o: number, clock: ClockClass, cyclesHigh: number, cyclesLow: number): number {
    if (clock.frequencyHz !== NS_PER_S) {
      const cycles = (BigInt(cyclesHigh >>> 0) << 32n) | BigInt(cyclesLow >>> 0);
      const ns = BigInt.asUintN(64, cyclesToNs(clock, cycles));
      return putGroupedInt64(out, o, Number(ns >> 32n), Number(ns & 0xffff_ffffn));
    }
    if (clock !== this.#clock) {
      this.#clock = clock;
      this.#offsetHigh = Number(clock.offsetNs >> 32n);
      this.#offsetLow = Number(clock.offsetNs & 0xffff_ffffn);
    }
    const low = (cyclesLow >>> 0) + this.#offsetLow;
    const high = cyclesHigh + this.#offsetHigh + (low >= WORD ? 1 : 0);
    return putGroupedInt64(out, o, high | 0, low | 0);
  }

  /** The program of event `index`'s class: what stands behind the times. `null`: only messages know. */
  #makeProgram(columns: CtfColumns, index: number): TextProgram | null {
    const { stream, run } = columns;
    const record = run.recordAt(index);
    const eventClass = columns.eventClassAt(index);
    const { specificContext, payload } = record.eventRecordClass;
    const parts: RecordTextPart[] = [{ kind: 'literal', text: this.#printer.eventHead(stream, eventClass) }];
    const roots = [
      [
        'Common context',
        stream.class.eventCommonContext,
        run.dataStream.dataStreamClass.eventRecordCommonContext,
      ],
      ['Specific context', eventClass.specificContext, specificContext],
      ['Payload', eventClass.payload, payload],
    ] as const;
    for (const [root, [name, fieldClass, ctf]] of roots.entries()) {
      if (fieldClass === null || ctf === null) continue;
      const { text, indent } = this.#printer.rootHead(name);
      parts.push(
        { kind: 'literal', text },
        { kind: 'root', root: root as 0 | 1 | 2, plan: detailsPlan(this.#printer, fieldClass, ctf, indent) },
        { kind: 'literal', text: '\n' },
      );
    }
    return record.makeTextProgram(parts);
  }
}
