import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FixedText } from '../text/put.ts';
import { TextBuffer } from '../text/text-buffer.ts';
import { RecordColumns } from './record-columns.ts';
import { MachinePrograms, TextMachine } from './text-machine.ts';
import { TEXT_MACHINE_SOURCE } from './text-machine-code.ts';
import type { TextPart } from './text-plan.ts';
import { runTextProgram, TextProgram } from './text-program.ts';

test('the code of the machine is that of its source', () => {
  const source = readFileSync(join(import.meta.dirname, '..', '..', 'machine', 'text-machine.ts'));
  assert.equal(createHash('sha256').update(source).digest('hex'), TEXT_MACHINE_SOURCE);
});

const around = { before: '<', after: '>' };
const integer = (sizeBits: number, isSigned: boolean, isLittleEndian = true) =>
  ({
    kind: 'integer',
    sizeBits,
    isSigned,
    isLittleEndian,
    alignmentBits: 8,
    isReversed: false,
    slot: -1,
    roles: [],
    isClockValue: false,
  }) as never;

/** A part that is a structure of one member. */
const member = (operation: never, plan: object): TextPart =>
  ({
    kind: 'root',
    operation: { kind: 'structure', alignmentBits: 8, members: [operation] },
    plan: { kind: 'structure', before: '{', after: '}\n', members: [{ before: 'value = ', plan }] },
  }) as never;

const float = (sizeBits: number, isLittleEndian: boolean) =>
  ({ kind: 'float', sizeBits, isLittleEndian, alignmentBits: 8, isReversed: false }) as never;

const decimal = { kind: 'integer', form: 'decimal', ...around };
const CASES: readonly { readonly what: string; readonly part: TextPart; readonly bytes: number }[] = [
  ...[8, 16, 32, 64].flatMap((bits) =>
    [true, false].flatMap((isSigned) =>
      [true, false].flatMap((isLittleEndian) => [
        {
          what: `${isSigned ? 'signed' : 'unsigned'} integers of ${bits} bits, little-endian=${isLittleEndian}`,
          part: member(integer(bits, isSigned, isLittleEndian), decimal),
          bytes: bits / 8,
        },
        {
          what: `the same in hexadecimal: ${bits}, ${isSigned}, ${isLittleEndian}`,
          part: member(integer(bits, isSigned, isLittleEndian), {
            kind: 'integer',
            form: { hexadecimalBits: bits },
            ...around,
          }),
          bytes: bits / 8,
        },
        {
          what: `the same by a format: ${bits}, ${isSigned}, ${isLittleEndian}`,
          part: member(integer(bits, isSigned, isLittleEndian), {
            kind: 'formatted',
            format: (value: unknown) => `${typeof value} ${value}`,
            ...around,
          }),
          bytes: bits / 8,
        },
      ]),
    ),
  ),
  ...[32, 64].flatMap((bits) =>
    [true, false].map((isLittleEndian) => ({
      what: `real numbers of ${bits} bits, little-endian=${isLittleEndian}`,
      part: member(float(bits, isLittleEndian), { kind: 'real', ...around }),
      bytes: bits / 8,
    })),
  ),
  {
    what: 'texts up to a zero',
    part: member({ kind: 'string' } as never, { kind: 'string', isEscaped: true, ...around }),
    bytes: 40,
  },
  {
    what: 'texts of a fixed length',
    part: member({ kind: 'text', alignmentBits: 8, length: 20 } as never, {
      kind: 'string',
      isEscaped: true,
      ...around,
    }),
    bytes: 20,
  },
  {
    what: 'arrays',
    part: member(
      {
        kind: 'array',
        alignmentBits: 8,
        length: 5,
        element: integer(16, true),
        minimumElementBits: 16,
      } as never,
      {
        kind: 'array',
        before: '[',
        after: ']',
        count: { before: 'n=', after: ':', none: 'none' },
        isGrouped: false,
        separator: ',',
        beforeElement: ' ',
        afterNumber: '=',
        element: decimal,
      },
    ),
    bytes: 10,
  },
];

const EVENTS = 300;

/** Bytes of which many are small, equal, or the ends of ranges, so that numbers of all lengths come. */
function someBytes(length: number): Uint8Array {
  let state = length;
  return Uint8Array.from({ length }, (_, i) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const kind = (i >> 3) % 4;
    if (kind === 0) return state >>> 24;
    if (kind === 1) return (state >>> 24) % 2 === 0 ? 0 : 0xff;
    return i % 8 < 2 + (state >>> 30) ? 0x20 + ((state >>> 20) % 0x60) : 0;
  });
}

for (const { what, part, bytes: eventBytes } of CASES) {
  test(`the machine prints what programs print: ${what}`, () => {
    const program = new TextProgram([{ kind: 'literal', text: 'event: ' }, { kind: 'given' }, part]);
    assert.ok(program.isForMachine);
    const bytes = someBytes(EVENTS * eventBytes);
    const columns = new RecordColumns(EVENTS);
    for (let i = 0; i < EVENTS; i++) {
      columns.bodies[i] = i * eventBytes;
      columns.starts[i] = i * eventBytes;
    }
    columns.starts[EVENTS] = EVENTS * eventBytes;
    const given = new FixedText(Uint8Array.from(Buffer.from('{ cpu = 1 }, ')));
    const packet = { bytes, view: new DataView(bytes.buffer) };
    const buffer = new TextBuffer();
    let expectedBytes = 0;
    for (let i = 0; i < EVENTS; i++) {
      const end = columns.starts[i + 1]!;
      expectedBytes = runTextProgram(program, packet, i * eventBytes, end, buffer, expectedBytes, given);
    }
    const machine = TextMachine.make();
    assert.ok(machine !== null);
    assert.ok(machine.setTimeFrame(null, given));
    const programs = new MachinePrograms();
    machine.addProgram(programs, 0, program);
    // Not from the first event on: everything is copied to another place.
    const first = 3;
    assert.ok(machine.begin(1, Int32Array.of(0, first, 10, 0, 10, EVENTS)));
    assert.ok(machine.addPart({ columns, bytes, first, end: EVENTS, programs, offsetNs: null, given }));
    let text = '';
    let [segment, event] = [0, -1];
    for (;;) {
      const usedBytes = machine.print(segment, event, 0, 1000);
      text += Buffer.from(machine.output.subarray(0, usedBytes)).toString('latin1');
      if (machine.stopReason === 'done') break;
      assert.equal(machine.stopReason, 'full');
      segment = machine.stoppedSegment;
      event = machine.stoppedEvent;
    }
    const expected = Buffer.from(buffer.bytes.subarray(0, expectedBytes)).toString('latin1');
    const skippedBytes = [0, 1, 2].reduce(
      (o, i) =>
        runTextProgram(program, packet, i * eventBytes, columns.starts[i + 1]!, new TextBuffer(), 0, given) +
        o,
      0,
    );
    assert.equal(text, expected.slice(skippedBytes));
  });
}

test('the machine stops before what is not for it', () => {
  const program = new TextProgram([{ kind: 'literal', text: 'x' }]);
  const machine = TextMachine.make()!;
  const none = new FixedText(new Uint8Array(0));
  assert.ok(machine.setTimeFrame(none, none));
  const programs = new MachinePrograms();
  machine.addProgram(programs, 0, program);
  const columns = new RecordColumns(8);
  columns.classes.set([0, 0, 1, 0, 0, 0, 0, 0]);
  // The second event is a second behind the first one.
  columns.clockLow.set([10, 1_000_000_010, 1_000_000_011, 1_000_000_012]);
  const bytes = new Uint8Array(8);
  assert.ok(machine.begin(1, Int32Array.of(0, 0, 4)));
  machine.addPart({ columns, bytes, first: 0, end: 4, programs, offsetNs: 0n, given: none });
  const time = { second: none, secondHigh: 0, secondLow: 0, previousHigh: 0, previousLow: 5 };
  machine.setTime({ ...time, hasPrevious: false });
  assert.equal(machine.print(0, -1, 0, 100), 0);
  assert.deepEqual([machine.stopReason, machine.stoppedEvent], ['not-mine', 0]);
  machine.setTime({ ...time, hasPrevious: true });
  assert.equal(machine.print(0, -1, 0, 100), 9 + 3 + 9 - 3 + 1);
  assert.deepEqual([machine.stopReason, machine.stoppedEvent], ['not-mine', 1]);
  assert.deepEqual([machine.previousHigh, machine.previousLow], [0, 10]);
  machine.setTime({ ...time, secondLow: 1_000_000_000, previousLow: 1_000_000_000, hasPrevious: true });
  machine.print(0, 1, 0, 100);
  assert.deepEqual([machine.stopReason, machine.stoppedEvent], ['not-mine', 2]);
});

test('what is too much for its memory is refused', () => {
  const machine = TextMachine.make()!;
  assert.equal(machine.begin(10_000, new Int32Array(3)), false);
  assert.equal(machine.begin(1, new Int32Array(1 << 20)), false);
  assert.ok(machine.begin(1, Int32Array.of(0, 0, 1)));
  const columns = new RecordColumns(8);
  columns.starts[1] = 8 << 20;
  const none = new FixedText(new Uint8Array(0));
  const part = { columns, bytes: new Uint8Array(8 << 20), first: 0, end: 1, offsetNs: null, given: none };
  assert.equal(machine.addPart({ ...part, programs: new MachinePrograms() }), false);
});
