/**
 * Prints events that come in runs as JSON: those that a CTF source read, by text programs, straight from their packets'
 * bytes; others as messages. The lines are those of `JsonPrinter`.
 */
import type { Packet as CtfPacket, GeneratedStream, RecordTextPart, TextProgram } from '@lttng-ts/ctf';
import { FixedText, putBytes, putNine, putString, runTextProgram, type TextBuffer } from '@lttng-ts/ctf';
import { type ClockClass, cyclesToNs, type EventRun, SEGMENT_LENGTH, type Stream } from '@lttng-ts/graph';
import { CtfColumns } from '../../ctf/fs-source/ctf-columns.ts';
import { binaryToBytes } from '../binary-text.ts';
import type { TextOutput } from '../text-output.ts';
import {
  CONTEXT_START,
  EVENT_START,
  FIELDS_START,
  headText,
  type JsonPrinter,
  packetText,
  timeText,
} from './json-printer.ts';
import { fieldPlan, membersPlan } from './text-plan.ts';

const NS_PER_S = 1_000_000_000n;
const WORD = 0x1_0000_0000;
/** Room that a time takes with everything around it. */
const ROOM_BYTES = 256;
const NOTHING = new Uint8Array(0);
const NO_TEXT = new FixedText(NOTHING);

/** By the number of the event record class: its program; `null`: its events are printed as messages. */
type Programs = (TextProgram | null)[];

/** What printing the events of a stream needs. */
interface StreamPrinting {
  readonly of: GeneratedStream;
  readonly programs: Programs;
  packet: CtfPacket | null;
  packetText: FixedText;
}

export class RunJson {
  readonly #printer: JsonPrinter;
  readonly #output: TextOutput;
  readonly #streams = new Map<Stream, StreamPrinting>();
  readonly #start = binaryToBytes(EVENT_START);
  readonly #time = new SecondTexts();

  constructor(printer: JsonPrinter, output: TextOutput) {
    this.#printer = printer;
    this.#output = output;
  }

  print({ parts, segments }: EventRun): void {
    for (let at = 0; at < segments.length; at += SEGMENT_LENGTH) {
      const columns = parts[segments[at]!]!;
      const [first, end] = [segments[at + 1]!, segments[at + 2]!];
      if (columns instanceof CtfColumns) this.#ctf(columns, first, end);
      else for (let i = first; i < end; i++) this.#output.write(this.#printer.event(columns.eventAt(i)));
    }
  }

  #ctf(columns: CtfColumns, first: number, end: number): void {
    const { run } = columns;
    const { bytes } = run;
    const { starts, bodies, classes } = run.columns;
    const { programs, packetText: given } = this.#printingOf(columns);
    const clock = columns.stream.class.defaultClockClass;
    if (clock !== null) this.#time.clock = clock;
    const output = this.#output;
    const { buffer } = output;
    for (let i = first; i < end; i++) {
      let program = programs[classes[i]!];
      if (program === undefined) {
        program = makeProgram(columns, i);
        programs[classes[i]!] = program;
      }
      if (program === null) {
        output.write(this.#printer.event(columns.eventAt(i)));
        continue;
      }
      buffer.reserve(output.usedBytes, ROOM_BYTES);
      let o = putBytes(buffer.bytes, output.usedBytes, this.#start);
      if (clock !== null) o = this.#time.put(buffer, o, columns.clockHigh[i]!, columns.clockLow[i]!);
      output.usedBytes = runTextProgram(program, bytes, bodies[i]!, starts[i + 1]!, buffer, o, given);
      output.flushWhenFull();
    }
  }

  #printingOf({ stream, packet, run }: CtfColumns): StreamPrinting {
    let printing = this.#streams.get(stream);
    if (printing?.of !== run.stream) {
      printing = { of: run.stream, programs: [], packet: null, packetText: NO_TEXT };
      this.#streams.set(stream, printing);
    }
    if (printing.packet !== run.packet) {
      printing.packet = run.packet;
      printing.packetText = new FixedText(binaryToBytes(packetText(stream, packet)));
    }
    return printing;
  }
}

/** The program of event `index`'s class: what stands behind the time. `null`: only messages know. */
function makeProgram(columns: CtfColumns, index: number): TextProgram | null {
  const { stream, run } = columns;
  const record = run.recordAt(index);
  const eventClass = columns.eventClassAt(index);
  const { specificContext, payload } = record.eventRecordClass;
  const parts: RecordTextPart[] = [
    { kind: 'literal', text: headText(stream, eventClass) },
    { kind: 'given' },
  ];
  const common = stream.class.eventCommonContext;
  const ctfCommon = run.dataStream.dataStreamClass.eventRecordCommonContext;
  const specific = eventClass.specificContext;
  // Of two members of one name only one is printed: messages know which.
  const names = [common, specific].flatMap((context) => context?.members.map(({ name }) => name) ?? []);
  if (new Set(names).size < names.length) return null;
  if (common !== null || specific !== null) {
    parts.push({ kind: 'literal', text: CONTEXT_START });
    if (common !== null && ctfCommon !== null) {
      parts.push({ kind: 'root', root: 0, plan: membersPlan(common, ctfCommon, true) });
    }
    if (specific !== null && specificContext !== null) {
      const isFirst = common === null || common.members.length === 0;
      parts.push({ kind: 'root', root: 1, plan: membersPlan(specific, specificContext, isFirst) });
    }
    parts.push({ kind: 'literal', text: '}' });
  }
  parts.push({ kind: 'literal', text: FIELDS_START });
  if (eventClass.payload === null || payload === null) parts.push({ kind: 'literal', text: '{}' });
  else parts.push({ kind: 'root', root: 2, plan: fieldPlan(eventClass.payload, payload) });
  parts.push({ kind: 'literal', text: '}\n' });
  return record.makeTextProgram(parts);
}

/** Times as text: almost every event is in the second of the one before, whose text is kept. */
class SecondTexts {
  #clock: ClockClass | null = null;
  #offsetHigh = 0;
  #offsetLow = 0;
  /** Whether a cycle is a nanosecond. */
  #isPlain = false;
  /** The kept second as two halves, and the text before its nanoseconds and between them and the same digits again. */
  #secondHigh = Number.NEGATIVE_INFINITY;
  #secondLow = 0;
  #before: Uint8Array = NOTHING;
  #between: Uint8Array = NOTHING;
  #hasDate = true;

  set clock(clock: ClockClass) {
    if (clock === this.#clock) return;
    this.#clock = clock;
    this.#isPlain = clock.frequencyHz === NS_PER_S;
    this.#offsetHigh = Number(clock.offsetNs >> 32n);
    this.#offsetLow = Number(clock.offsetNs & 0xffff_ffffn);
    this.#secondHigh = Number.NEGATIVE_INFINITY;
  }

  /** Writes the time of a clock value; there is room. */
  put(buffer: TextBuffer, o: number, cyclesHigh: number, cyclesLow: number): number {
    if (!this.#isPlain) return this.#putExact(buffer, o, cyclesHigh, cyclesLow);
    let high = cyclesHigh + this.#offsetHigh;
    let low = cyclesLow + this.#offsetLow;
    if (low >= WORD) {
      low -= WORD;
      high++;
    }
    const fraction = (high - this.#secondHigh) * WORD + (low - this.#secondLow);
    if (!(fraction >= 0 && fraction < 1e9)) return this.#putExact(buffer, o, cyclesHigh, cyclesLow);
    const out = buffer.bytes;
    let end = putBytes(out, o, this.#before);
    if (this.#hasDate) end = putBytes(out, putNine(out, end, fraction), this.#between);
    return putNine(out, end, fraction);
  }

  #putExact(buffer: TextBuffer, o: number, high: number, low: number): number {
    const clock = this.#clock!;
    const ns = cyclesToNs(clock, (BigInt(high) << 32n) | BigInt(low));
    const text = timeText(clock, ns);
    // Digits of nanoseconds are those of the second and nine more, unless they count backwards or are few.
    if (this.#isPlain && ns >= NS_PER_S) this.#keep(text, ns - (ns % NS_PER_S));
    return putString(buffer, o, text, ROOM_BYTES);
  }

  #keep(text: string, second: bigint): void {
    this.#secondHigh = Number(second >> 32n);
    this.#secondLow = Number(second & 0xffff_ffffn);
    const dot = text.indexOf('.');
    this.#hasDate = dot >= 0;
    const lastNine = text.length - 9;
    this.#before = binaryToBytes(text.slice(0, this.#hasDate ? dot + 1 : lastNine));
    this.#between = binaryToBytes(this.#hasDate ? text.slice(dot + 10, lastNine) : '');
  }
}
