/** Numbers and texts as bytes, against the strings that they stand for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../testing/random.ts';
import { formatG } from './format-number.ts';
import {
  escapeText,
  putBigHex,
  putGroupedInt64,
  putGroupedUint64,
  putHex32,
  putHex64,
  putInt32,
  putInt64,
  putJsonText,
  putNine,
  putReal,
  putString,
  putText,
  putUint32,
  putUint64,
} from './put.ts';
import { TextBuffer } from './text-buffer.ts';

const out = new Uint8Array(4096);

/** What `put` writes at some place. */
function written(put: (o: number) => number): string {
  return Buffer.from(out.subarray(5, put(5))).toString('latin1');
}

/** Around every power of two and of ten, and at random. */
function integers(bits: number): readonly bigint[] {
  const limit = 1n << BigInt(bits);
  const edges = [...Array(bits + 1).keys()].map((bit) => 1n << BigInt(bit));
  const tens = [...Array(20).keys()].map((digits) => 10n ** BigInt(digits));
  const random = new Random(bits);
  const some = Array.from({ length: 2000 }, () => random.bits(bits));
  return [0n, ...[...edges, ...tens].flatMap((edge) => [edge - 1n, edge, edge + 1n]), ...some].filter(
    (value) => value >= 0n && value < limit,
  );
}

test('integers of 32 bits', () => {
  for (const value of integers(32)) {
    const number = Number(value);
    assert.equal(
      written((o) => putUint32(out, o, number)),
      `${value}`,
    );
    assert.equal(
      written((o) => putInt32(out, o, number | 0)),
      `${number | 0}`,
    );
    assert.equal(
      written((o) => putHex32(out, o, number)),
      value.toString(16).toUpperCase(),
    );
    if (value < 1_000_000_000n)
      assert.equal(
        written((o) => putNine(out, o, number)),
        `${value}`.padStart(9, '0'),
      );
  }
});

test('integers of 64 bits in two halves', () => {
  for (const value of integers(64)) {
    const [high, low] = [Number(value >> 32n), Number(value & 0xffff_ffffn)];
    assert.equal(
      written((o) => putUint64(out, o, high, low)),
      `${value}`,
    );
    assert.equal(
      written((o) => putInt64(out, o, high, low)),
      `${BigInt.asIntN(64, value)}`,
    );
    assert.equal(
      written((o) => putHex64(out, o, high, low)),
      value.toString(16).toUpperCase(),
    );
    const grouped = (number: bigint): string =>
      number < 10_000n && number > -10_000n ? `${number}` : `${number}`.replace(/\B(?=(\d{3})+$)/g, ',');
    assert.equal(
      written((o) => putGroupedUint64(out, o, high, low)),
      grouped(value),
    );
    assert.equal(
      written((o) => putGroupedInt64(out, o, high, low)),
      grouped(BigInt.asIntN(64, value)),
    );
    const bits = BigInt.asUintN(44, value).toString(16).toUpperCase();
    assert.equal(
      written((o) => putBigHex(out, o, value, 44)),
      bits,
    );
  }
});

test('floating point numbers are rounded as %g rounds them', () => {
  const random = new Random(1);
  const view = new DataView(new ArrayBuffer(8));
  const check = (value: number): void =>
    assert.equal(
      written((o) => putReal(out, o, value)),
      formatG(value),
      `${value}`,
    );
  for (const value of [0, -0, Number.NaN, Number.POSITIVE_INFINITY, 0.5, 999999.5, 9.999995, 0.00001234565])
    check(value);
  for (let exponent = -30; exponent < 30; exponent++) {
    for (const digits of ['1', '9.99999', '9.999995', '9.9999949', '1.000005', '1.2345675', '5.4321']) {
      check(Number(`${digits}e${exponent}`));
      check(-Number(`${digits}e${exponent}`));
    }
  }
  for (let i = 0; i < 20_000; i++) {
    check((random.below(2 ** 32) / 2 ** random.below(40)) * (random.oneIn(2) ? 1 : -1));
    check(random.below(10_000_000) / 10 ** random.below(12));
    view.setBigUint64(0, random.bits(64));
    check(view.getFloat64(0));
  }
});

test('every byte of a text is escaped as in a string, up to a zero', () => {
  const bytes = Uint8Array.from({ length: 255 }, (_, i) => i + 1);
  const binary = Buffer.from(bytes).toString('latin1');
  assert.equal(
    written((o) => putText(out, o, bytes, 0, bytes.length)),
    escapeText(binary),
  );
  assert.equal(
    written((o) => putText(out, o, Uint8Array.of(65, 0, 66), 0, 3)),
    'A',
  );
});

test('a buffer grows and keeps what is in it', () => {
  const buffer = new TextBuffer(4);
  let end = putString(buffer, 0, 'abc', 0);
  end = putString(buffer, end, 'x'.repeat(100), 8);
  assert.equal(Buffer.from(buffer.bytes.subarray(0, end)).toString(), `abc${'x'.repeat(100)}`);
  assert.ok(buffer.bytes.length >= end + 8);
});

test('texts of JSON are those of JSON.stringify', () => {
  const random = new Random(7);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for (let round = 0; round < 2000; round++) {
    const bytes = Uint8Array.from({ length: Number(random.bits(6)) }, () => {
      const byte = Number(random.bits(8));
      // Mostly what needs nothing, or an escape sequence.
      return round % 3 === 0 ? byte : byte & 0x7f;
    });
    const expected = JSON.stringify(decoder.decode(bytes)).slice(1, -1);
    assert.equal(
      Buffer.from(out.subarray(5, putJsonText(out, 5, bytes, 0, bytes.length))).toString(),
      expected,
    );
  }
  for (const text of ['é"\u2028\\日本\u0001\u007f😀', '\ufeffmark first', 'mark \ufeffinside']) {
    const words = new TextEncoder().encode(text);
    const end = putJsonText(out, 0, words, 0, words.length);
    assert.equal(Buffer.from(out.subarray(0, end)).toString(), JSON.stringify(text).slice(1, -1));
  }
});
