/**
 * Compiles walk programs to WebAssembly: the walk over event records of some classes as one function. It does what the walk machine
 * (`machine/walk-machine.ts`) does with the same programs, without looking at each step for each event record, and finds and
 * leaves the same in memory. Classes that it was not compiled for it leaves to the machine.
 */
import { assert } from '@lttng-ts/base';
import {
  MOST_IDS,
  MOST_LEB_BYTES,
  STOP,
  STREAM,
  TABLE,
  TABLE_COLUMN_BYTES,
  TEXT_WORDS,
  TEXTS_BEFORE_RECORD,
  WALK,
  WALK_MACHINE_PAGES,
} from './walk-machine-layout.ts';
import { STEP } from './walk-program.ts';
import {
  call,
  constant32,
  constant64,
  type Expression,
  FunctionBody,
  get,
  I32,
  I64,
  isNotLess32,
  type Label,
  load,
  moduleOf,
  op,
  op32,
  op64,
  tee,
} from './wasm-code.ts';

export interface WalkPrograms {
  readonly header: Int32Array;
  /** By the number of the class; `undefined`: it has none. */
  readonly classes: readonly (Int32Array | undefined)[];
  /** Whether it fills a table. */
  readonly hasTable: boolean;
}

/** Words of all classes' programs, or of the header's, in one function: engines neither take nor optimise functions of any size. */
const MOST_WORDS = 8192;

/** What the module wants from the machine: the number of a text. */
const IMPORTS = [{ name: 'numberOf', parameterCount: 3 }] as const;
const NUMBER_OF = 0;

/** Parameters of `walk`. */
const PARAMETER = {
  stream: 0,
  base: 1,
  from: 2,
  limit: 3,
  end: 4,
  columns: 5,
  capacity: 6,
  first: 7,
  table: 8,
} as const;
const PARAMETER_COUNT = 9;

/** Words of each step, itself among them; `choose` has more. */
const WORDS: Readonly<Record<number, number>> = {
  [STEP.end]: 2,
  [STEP.add]: 2,
  [STEP.align]: 2,
  [STEP.string]: 1,
  [STEP.wideString]: 2,
  [STEP.readLittle]: 4,
  [STEP.readLittleSigned]: 4,
  [STEP.readBig]: 4,
  [STEP.readBigSigned]: 4,
  [STEP.store]: 2,
  [STEP.id]: 1,
  [STEP.updateClock]: 2,
  [STEP.setClock]: 1,
  [STEP.record]: 1,
  [STEP.skip]: 3,
  [STEP.variableLength]: 2,
  [STEP.loop]: 5,
  [STEP.loopOfSlot]: 5,
  [STEP.next]: 3,
  [STEP.jump]: 2,
  [STEP.choose]: 4,
  [STEP.chooseSigned]: 4,
  [STEP.behind]: 1,
  [STEP.headerLittle]: 11,
  [STEP.headerBig]: 11,
  [STEP.truth]: 1,
  [STEP.put8]: 2,
  [STEP.put16]: 2,
  [STEP.put32]: 2,
  [STEP.put64]: 2,
  [STEP.putText]: 2,
};
const RANGE_WORDS = 5;
const WORD_BYTES = 4;

const ONES = 0x0101_0101_0101_0101n;
const HIGHEST_BITS = 0x8080_8080_8080_8080n;

/** A module with the function `walk`, whose parameters are those of the machine's; `null`: the header's program is too long. */
export function compileWalk(programs: WalkPrograms): Uint8Array | null {
  if (programs.header.length > MOST_WORDS) return null;
  return moduleOf({
    imports: IMPORTS,
    pages: WALK_MACHINE_PAGES,
    name: 'walk',
    parameterCount: PARAMETER_COUNT,
    body: new WalkCompiler(programs).body(),
  });
}

class WalkCompiler {
  readonly #programs: WalkPrograms;
  readonly #out = new FunctionBody(PARAMETER_COUNT);
  /** What the walk is left by: `#reason` says why. */
  #stop: Label = Symbol();
  readonly #reason = this.#out.local(I32);
  /** Where it stands, and where the event record and what follows its header begin. */
  readonly #p = this.#out.local(I32);
  readonly #start = this.#out.local(I32);
  readonly #bodyAt = this.#out.local(I32);
  /** Number of the class. */
  readonly #record = this.#out.local(I32);
  readonly #count = this.#out.local(I32);
  readonly #passed = this.#out.local(I32);
  /** Where the next row goes: that of the first column, or of a table's clock values. */
  readonly #row = this.#out.local(I32);
  readonly #columnBytes = this.#out.local(I32);
  readonly #at = this.#out.local(I32);
  readonly #id = this.#out.local(I64);
  readonly #value = this.#out.local(I64);
  readonly #word = this.#out.local(I64);
  /** The clock, and as it stood behind the last event record. */
  readonly #clock = this.#out.local(I64);
  readonly #noted = this.#out.local(I64);
  readonly #maxClock = this.#out.local(I64);
  readonly #slots = new Map<number, number>();
  readonly #counters = new Map<number, number>();

  constructor(programs: WalkPrograms) {
    this.#programs = programs;
  }

  body(): readonly number[] {
    const out = this.#out;
    const { hasTable } = this.#programs;
    const table = get(PARAMETER.table);
    out.set(this.#p, get(PARAMETER.from));
    out.set(this.#start, get(PARAMETER.from));
    out.set(this.#count, get(PARAMETER.first));
    for (const clock of [this.#clock, this.#noted, this.#maxClock])
      out.set(clock, load('i64', constant32(WALK.clockLow)));
    if (hasTable) out.set(this.#row, load('i32', table, TABLE.cycles));
    else {
      out.set(this.#columnBytes, shifted(get(PARAMETER.capacity), 2));
      out.set(this.#row, op32('add', get(PARAMETER.columns), shifted(get(PARAMETER.first), 2)));
    }
    out.block((stop) => {
      this.#stop = stop;
      out.loop((next) => {
        this.#goStopIf(op32('geU', get(this.#p), get(PARAMETER.limit)));
        this.#goStopIf(isNotLess32(get(this.#count), get(PARAMETER.capacity)));
        if (hasTable)
          this.#goStopIf(op32('geU', load('i32', table, TABLE.textCount), constant32(TEXTS_BEFORE_RECORD)));
        out.set(this.#id, constant64(-1n));
        this.#header();
        this.#classes();
        this.#endRecord();
        out.go(next);
      });
    });
    if (!hasTable) out.store('i32', this.#inColumn(4), this.#offset(this.#start));
    const left = constant32(0);
    out.store('i32', left, get(this.#count), WALK.rows);
    out.store('i32', left, get(hasTable ? this.#passed : this.#count), WALK.passed);
    out.store('i32', left, get(this.#reason), WALK.reason);
    out.store('i64', left, get(this.#noted), WALK.clockLow);
    out.store('i64', left, get(this.#id), WALK.idLow);
    out.store('i64As32', left, op64('shrU', get(this.#maxClock), constant64(32n)), WALK.maxClockHigh);
    return out.finish(get(this.#start));
  }

  #goStopIf(condition: Expression): void {
    this.#out.goIf(this.#stop, condition);
  }

  /** From the packet's window on. */
  #offset(local: number): Expression {
    return op32('sub', get(local), get(PARAMETER.base));
  }

  /** Where the row lies in the column with this number. */
  #inColumn(number: number): Expression {
    return op32('add', get(this.#row), op32('mul', get(this.#columnBytes), constant32(number)));
  }

  #header(): void {
    const out = this.#out;
    const { header } = this.#programs;
    const isUsual = header[0] === STEP.headerLittle || header[0] === STEP.headerBig;
    out.block((record) => {
      if (isUsual) out.block((general) => this.#usualHeader(general, record));
      // The last one is `record`.
      this.#steps(header, isUsual ? WORDS[header[0]!]! : 0, header.length - 1);
    });
  }

  #usualHeader(general: Label, record: Label): void {
    const out = this.#out;
    const [kind, idByte, idFront, idUnwanted, lower, more, clockByte, clockFront, clockUnwanted, bytes] = this
      .#programs.header as unknown as readonly [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const isLittle = kind === STEP.headerLittle;
    out.set(this.#value, this.#read(isLittle, false, [idByte, idFront, idUnwanted]));
    const beyond = op64('sub', get(this.#value), constant64(BigInt(lower >>> 0)));
    out.goIf(general, op64('gtU', beyond, constant64(BigInt(more >>> 0))));
    out.set(this.#id, get(this.#value));
    out.set(this.#value, this.#read(isLittle, false, [clockByte, clockFront, clockUnwanted]));
    this.#updateClock(64 - clockUnwanted);
    this.#advance(bytes);
    out.go(record);
  }

  /** Puts `sizeBits` bits of a clock value in place of the clock's; what is less than before has carried. */
  #updateClock(sizeBits: number): void {
    const value = get(this.#value);
    if (sizeBits === 64) {
      this.#out.set(this.#clock, value);
      return;
    }
    const most = (1n << BigInt(sizeBits)) - 1n;
    const low = op64('and', get(this.#clock), constant64(most));
    const high = op64('and', get(this.#clock), constant64(~most));
    const carry = op64('shl', op('extend', op64('ltU', value, low)), constant64(BigInt(sizeBits)));
    this.#out.set(this.#clock, op64('add', op64('add', high, value), carry));
  }

  #advance(bytes: number): void {
    if (bytes !== 0) this.#out.set(this.#p, op32('add', get(this.#p), constant32(bytes)));
  }

  /** Finds the program for the class; goes on behind the event record but for the end of its last field. */
  #classes(): void {
    const out = this.#out;
    const { classes } = this.#programs;
    out.set(this.#bodyAt, get(this.#p));
    const index = op64('add', get(this.#id), constant64(1n));
    out.set(this.#reason, constant32(STOP.notMine));
    this.#goStopIf(op64('geU', index, constant64(BigInt(MOST_IDS))));
    const place = op32('add', get(PARAMETER.stream), shifted(op('wrap', index), 2));
    out.set(this.#reason, constant32(STOP.unknownId));
    this.#goStopIf(op('eqz', tee(this.#at, load('i32', place, STREAM.programs))));
    out.set(this.#reason, constant32(STOP.other));
    out.set(this.#record, load('i32', get(this.#at)));
    const different = differentPrograms(classes);
    const labels = different.map(({ label }) => label);
    // Numbers of some classes may be missing.
    const byNumber = Array.from(
      classes,
      (steps) =>
        different.find((one) => steps !== undefined && isSame(one.steps, steps))?.label ?? this.#stop,
    );
    out.block((end) => {
      for (const label of [...labels].reverse()) out.open(label);
      out.goBy(get(this.#record), byNumber, this.#stop);
      for (const { steps } of different) {
        out.end();
        out.set(this.#reason, constant32(STOP.done));
        const endAt = steps.length - WORDS[STEP.end]!;
        this.#steps(steps, 0, endAt);
        this.#advance(steps[endAt + 1]!);
        out.go(end);
      }
    });
  }

  /** Notes an event record that has ended in these bytes. */
  #endRecord(): void {
    const out = this.#out;
    this.#goStopIf(op32('gtU', get(this.#p), get(PARAMETER.end)));
    this.#goStopIf(op32('eq', get(this.#p), get(this.#start)));
    if (this.#programs.hasTable) {
      out.set(this.#passed, op32('add', get(this.#passed), constant32(1)));
      out.block((isOther) => {
        out.goIf(isOther, op32('ne', get(this.#record), load('i32', get(PARAMETER.table), TABLE.record)));
        out.store('i64', get(this.#row), get(this.#clock));
        out.set(this.#row, op32('add', get(this.#row), constant32(8)));
        out.set(this.#count, op32('add', get(this.#count), constant32(1)));
      });
    } else {
      out.store('i64As32', this.#inColumn(0), op64('shrU', get(this.#clock), constant64(32n)));
      out.store('i64As32', this.#inColumn(1), get(this.#clock));
      out.store('i32', this.#inColumn(2), this.#offset(this.#bodyAt));
      out.store('i32', this.#inColumn(3), get(this.#record));
      out.store('i32', this.#inColumn(4), this.#offset(this.#start));
      out.set(this.#row, op32('add', get(this.#row), constant32(WORD_BYTES)));
      out.set(this.#count, op32('add', get(this.#count), constant32(1)));
      out.block((isNotLater) => {
        out.goIf(isNotLater, op64('geU', get(this.#maxClock), get(this.#clock)));
        out.set(this.#maxClock, get(this.#clock));
      });
    }
    out.set(this.#noted, get(this.#clock));
    out.set(this.#start, get(this.#p));
  }

  /** Steps from word `from` on, before `to`. All go forward but for loops, which lie in each other. */
  #steps(steps: Int32Array, from: number, to: number): void {
    const out = this.#out;
    const targets = new Map<number, Label>();
    for (let at = from; at < to; at = wordsBehind(steps, at))
      for (const target of targetsOf(steps, at)) targets.set(target, targets.get(target) ?? Symbol());
    // What is nearest lies in what is farther.
    const inOrder = [...targets].sort(([a], [b]) => b - a);
    for (const [, label] of inOrder) out.open(label);
    let ended = 0;
    for (let at = from; ; at = wordsBehind(steps, at)) {
      if (targets.has(at)) {
        out.end();
        ended++;
      }
      if (at >= to) break;
      this.#step(steps, at, targets);
    }
    assert(ended === targets.size, 'Steps that go elsewhere');
  }

  #step(steps: Int32Array, at: number, labels: ReadonlyMap<number, Label>): void {
    const out = this.#out;
    const [kind, first = 0, second = 0, third = 0] = steps.subarray(at, at + 4);
    const p = get(this.#p);
    switch (kind) {
      case STEP.add:
        this.#advance(first);
        this.#checkEnd();
        break;
      case STEP.align: {
        const aligned = op32('and', op32('add', p, constant32(first - 1)), constant32(-first));
        out.set(this.#p, aligned);
        break;
      }
      case STEP.string:
        this.#findEndOfString();
        out.set(this.#p, get(this.#at));
        break;
      case STEP.wideString:
        out.loop((again) => {
          this.#goStopIf(op32('geU', p, get(PARAMETER.end)));
          out.set(this.#at, load(first === 2 ? 'i32U16' : 'i32', p));
          this.#advance(first);
          out.goIf(again, get(this.#at));
        });
        break;
      case STEP.readLittle:
      case STEP.readLittleSigned:
      case STEP.readBig:
      case STEP.readBigSigned: {
        const isLittle = kind === STEP.readLittle || kind === STEP.readLittleSigned;
        const isSigned = kind === STEP.readLittleSigned || kind === STEP.readBigSigned;
        out.set(this.#value, this.#read(isLittle, isSigned, [first, second, third]));
        break;
      }
      case STEP.store:
        out.set(this.#slot(first), get(this.#value));
        break;
      case STEP.id:
        out.set(this.#id, get(this.#value));
        break;
      case STEP.updateClock:
        this.#updateClock(first);
        break;
      case STEP.setClock:
        out.set(this.#clock, get(this.#value));
        break;
      case STEP.skip: {
        const bytes = constant64(BigInt(second >>> 0));
        this.#checkEnd();
        this.#goStopIf(op64('gtU', get(this.#slot(first)), op64('divU', this.#rest(), bytes)));
        const skipped = op('wrap', op64('mul', get(this.#slot(first)), bytes));
        out.set(this.#p, op32('add', p, skipped));
        break;
      }
      case STEP.variableLength:
        this.#variableLength(first !== 0);
        break;
      case STEP.loop:
      case STEP.loopOfSlot:
        this.#loop(steps, at);
        break;
      case STEP.jump:
        out.go(labels.get(targetsOf(steps, at)[0]!)!);
        break;
      case STEP.choose:
      case STEP.chooseSigned:
        this.#choose(steps, at, labels);
        break;
      case STEP.behind:
        this.#goStopIf(op32('eq', p, get(PARAMETER.end)));
        break;
      case STEP.truth:
        out.set(this.#value, op('extend', op64('ne', get(this.#value), constant64(0n))));
        break;
      case STEP.put8:
        out.store('i64As8', this.#inTable(first, 0), get(this.#value));
        break;
      case STEP.put16:
        out.store('i64As16', this.#inTable(first, 1), get(this.#value));
        break;
      case STEP.put32:
        out.store('i64As32', this.#inTable(first, 2), get(this.#value));
        break;
      case STEP.put64:
        out.store('i64', this.#inTable(first, 3), get(this.#value));
        break;
      case STEP.putText:
        this.#putText(first);
        break;
      default:
        assert(false, 'Step that is none');
    }
  }

  #checkEnd(): void {
    this.#goStopIf(op32('gtU', get(this.#p), get(PARAMETER.end)));
  }

  /** Bytes to the end: 64 bits. */
  #rest(): Expression {
    return op('extend', op32('sub', get(PARAMETER.end), get(this.#p)));
  }

  #slot(number: number): number {
    return known(this.#slots, number, () => this.#out.local(I64));
  }

  /** Bits of a word: see `placeOf` of `walk-program.ts`. */
  #read(
    isLittle: boolean,
    isSigned: boolean,
    [byte, front, unwanted]: readonly [number, number, number],
  ): Expression {
    const p = get(this.#p);
    const shift = isSigned ? 'shrS' : 'shrU';
    if (isLittle && front === unwanted) {
      if (unwanted === 0) return load('i64', p, byte);
      if (unwanted === 32) return load(isSigned ? 'i64S32' : 'i64U32', p, byte);
      if (unwanted === 48) return load(isSigned ? 'i64S16' : 'i64U16', p, byte);
      if (unwanted === 56) return load(isSigned ? 'i64S8' : 'i64U8', p, byte);
    }
    const word = load('i64', p, byte);
    const ordered = isLittle ? word : this.#turned(word);
    return op64(shift, op64('shl', ordered, constant64(BigInt(front))), constant64(BigInt(unwanted)));
  }

  /** Bytes in the other order. */
  #turned(word: Expression): Expression {
    const swapped = (value: Expression, bits: bigint, mask: bigint): Expression =>
      op64(
        'or',
        op64('and', op64('shrU', tee(this.#word, value), constant64(bits)), constant64(mask)),
        op64('shl', op64('and', get(this.#word), constant64(mask)), constant64(bits)),
      );
    const bytes = swapped(word, 8n, 0x00ff_00ff_00ff_00ffn);
    return op64('rotr', swapped(bytes, 16n, 0x0000_ffff_0000_ffffn), constant64(32n));
  }

  /** `#at` is then behind the zero of the string that begins here. */
  #findEndOfString(): void {
    const out = this.#out;
    out.set(this.#at, get(this.#p));
    out.block((found) => {
      out.loop((again) => {
        this.#goStopIf(op32('geU', get(this.#at), get(PARAMETER.end)));
        out.set(this.#word, load('i64', get(this.#at)));
        const carried = op64('sub', get(this.#word), constant64(ONES));
        const notSet = op64('xor', get(this.#word), constant64(-1n));
        out.set(this.#word, op64('and', op64('and', carried, notSet), constant64(HIGHEST_BITS)));
        out.goIf(found, op64('ne', get(this.#word), constant64(0n)));
        out.set(this.#at, op32('add', get(this.#at), constant32(8)));
        out.go(again);
      });
    });
    const bytes = op32('shrU', op('wrap', op('ctz64', get(this.#word))), constant32(3));
    out.set(this.#at, op32('add', op32('add', get(this.#at), bytes), constant32(1)));
  }

  #variableLength(isSigned: boolean): void {
    const out = this.#out;
    const [first, bits, value] = [this.#at, this.#word, this.#value];
    const lengthBytes = op32('sub', get(this.#p), get(first));
    const lengthBits = op('extend', op32('mul', lengthBytes, constant32(7)));
    out.set(first, get(this.#p));
    out.set(bits, constant64(0n));
    out.loop((again) => {
      this.#goStopIf(op32('geU', get(this.#p), get(PARAMETER.end)));
      out.set(this.#reason, constant32(STOP.notMine));
      this.#goStopIf(op32('geU', lengthBytes, constant32(MOST_LEB_BYTES)));
      out.set(this.#reason, constant32(STOP.done));
      out.set(value, load('i64U8', get(this.#p)));
      const more = op64('shl', op64('and', get(value), constant64(0x7fn)), lengthBits);
      out.set(bits, op64('or', get(bits), more));
      this.#advance(1);
      out.goIf(again, op64('geU', get(value), constant64(0x80n)));
    });
    const unused = op64('sub', constant64(64n), lengthBits);
    out.set(value, isSigned ? op64('shrS', op64('shl', get(bits), unused), unused) : get(bits));
  }

  #loop(steps: Int32Array, at: number): void {
    const out = this.#out;
    const [kind, count, leastBits, depth] = steps.subarray(at, at + 4) as unknown as readonly [
      number,
      number,
      number,
      number,
    ];
    const endAt = at + steps[at + 4]! / WORD_BYTES;
    const length = kind === STEP.loop ? constant64(BigInt(count >>> 0)) : get(this.#slot(count));
    const counter = known(this.#counters, depth, () => out.local(I32));
    this.#checkEnd();
    const most = op64('divU', op64('shl', this.#rest(), constant64(3n)), constant64(BigInt(leastBits >>> 0)));
    this.#goStopIf(op64('gtU', length, most));
    out.set(counter, op('wrap', length));
    out.block((end) => {
      out.goIf(end, op('eqz', get(counter)));
      out.loop((again) => {
        // Behind the elements stands `next`.
        this.#steps(steps, at + WORDS[kind]!, endAt - WORDS[STEP.next]!);
        this.#checkEnd();
        out.goIf(again, tee(counter, op32('sub', get(counter), constant32(1))));
      });
    });
  }

  #choose(steps: Int32Array, at: number, labels: ReadonlyMap<number, Label>): void {
    const out = this.#out;
    const turned = steps[at] === STEP.choose ? 0n : 1n << 63n;
    out.set(this.#word, op64('xor', get(this.#slot(steps[at + 1]!)), constant64(turned)));
    const count = steps[at + 2]!;
    for (let range = at + 3; range < at + 3 + RANGE_WORDS * count; range += RANGE_WORDS) {
      const lower = longAt(steps, range);
      const upper = longAt(steps, range + 2);
      if (lower > upper) continue;
      const beyond = op64('sub', get(this.#word), constant64(lower));
      const target = at + steps[range + 4]! / WORD_BYTES;
      out.goIf(labels.get(target)!, op64('leU', beyond, constant64(upper - lower)));
    }
    const otherwise = steps[at + 3 + RANGE_WORDS * count]!;
    out.go(otherwise === 0 ? this.#stop : labels.get(at + otherwise / WORD_BYTES)!);
  }

  /** Where the row lies in a table's column, whose elements have 1, 2, 4 or 8 bytes. */
  #inTable(number: number, shift: 0 | 1 | 2 | 3): Expression {
    const column = load('i32', get(PARAMETER.table), TABLE.columns + TABLE_COLUMN_BYTES * number);
    return op32('add', column, shifted(get(this.#count), shift));
  }

  #putText(number: number): void {
    const out = this.#out;
    const table = get(PARAMETER.table);
    this.#findEndOfString();
    const last = op32('sub', get(this.#at), constant32(1));
    const knownTexts = load('i32', table, TABLE.columns + TABLE_COLUMN_BYTES * number + WORD_BYTES);
    const found = known(this.#counters, -1, () => out.local(I32));
    out.set(found, call(NUMBER_OF, knownTexts, get(this.#p), op32('sub', last, get(this.#p))));
    out.block((done) => {
      out.block((unknown) => {
        out.goIf(unknown, op('eqz', get(found)));
        out.store('i32', this.#inTable(number, 2), op32('sub', get(found), constant32(1)));
        out.go(done);
      });
      const count = load('i32', table, TABLE.textCount);
      const place = op32('mul', count, constant32(TEXT_WORDS * WORD_BYTES));
      out.set(found, op32('add', load('i32', table, TABLE.texts), place));
      out.store('i32', table, op32('add', count, constant32(1)), TABLE.textCount);
      [constant32(number), get(this.#count), get(this.#p), last].forEach((word, i) => {
        out.store('i32', get(found), word, WORD_BYTES * i);
      });
    });
    out.set(this.#p, get(this.#at));
  }
}

const shifted = (value: Expression, bits: number): Expression =>
  bits === 0 ? value : op32('shl', value, constant32(bits));

/** Programs that differ from each other, the first ones if they are too many. */
function differentPrograms(
  classes: WalkPrograms['classes'],
): readonly { readonly steps: Int32Array; readonly label: Label }[] {
  const different: { steps: Int32Array; label: Label }[] = [];
  let words = 0;
  for (const steps of classes) {
    if (steps === undefined || different.some((one) => isSame(one.steps, steps))) continue;
    words += steps.length;
    if (words > MOST_WORDS) break;
    different.push({ steps, label: Symbol() });
  }
  return different;
}

const isSame = (a: Int32Array, b: Int32Array): boolean =>
  a.length === b.length && a.every((word, i) => word === b[i]);

function known<Value>(values: Map<number, Value>, number: number, make: () => Value): Value {
  const value = values.get(number) ?? make();
  values.set(number, value);
  return value;
}

/** The word behind a step; behind all of a loop. */
function wordsBehind(steps: Int32Array, at: number): number {
  const kind = steps[at]!;
  if (kind === STEP.loop || kind === STEP.loopOfSlot) return at + steps[at + 4]! / WORD_BYTES;
  const isChoice = kind === STEP.choose || kind === STEP.chooseSigned;
  return at + WORDS[kind]! + (isChoice ? RANGE_WORDS * steps[at + 2]! : 0);
}

/** Words that a step may go to, besides the one behind it. */
function targetsOf(steps: Int32Array, at: number): readonly number[] {
  switch (steps[at]) {
    case STEP.jump:
      return [at + steps[at + 1]! / WORD_BYTES];
    case STEP.choose:
    case STEP.chooseSigned: {
      const places = Array.from({ length: steps[at + 2]! }, (_, i) => at + 3 + RANGE_WORDS * i + 4);
      const goals = [...places, at + 3 + RANGE_WORDS * places.length].map((place) => steps[place]!);
      return goals.filter((goal) => goal !== 0).map((goal) => at + goal / WORD_BYTES);
    }
    default:
      return [];
  }
}

/** An unsigned number of 64 bits. */
const longAt = (steps: Int32Array, at: number): bigint =>
  (BigInt(steps[at + 1]! >>> 0) << 32n) | BigInt(steps[at]! >>> 0);
