// @ts-check
/**
 * The tracepoints of sample-provider.h, and the series of events of sample.c, in JavaScript. Both programs must give
 * the same trace text.
 *
 * One kind of field of C has no twin: those that are not written (`…_nowrite`), which exist for filters only.
 */
import {
  array,
  defineEnumeration,
  defineProvider,
  event,
  f32,
  f64,
  i8,
  i16,
  i32,
  i64,
  sequence,
  string,
  textArray,
  textSequence,
  u8,
  u16,
  u32,
  u64,
} from '@lttng-ts/tracer';

const labels = /** @type {const} */ ({ RED: 0, GREEN: [1, 5], BLUE: 'auto', NEGATIVE: -3 });
const color = defineEnumeration('color', labels);
const narrowColor = defineEnumeration('color', labels, { container: i8 });

export const sample = defineProvider('sample', {
  tick: event({ fields: [i32('writer'), i64('index'), string('text')] }),
  integers: event({
    level: 'INFO',
    fields: [
      i8('i8'),
      u8('u8'),
      i16('i16'),
      u16('u16'),
      i32('i32'),
      u32('u32'),
      i64('i64'),
      u64('u64'),
      u32('hex', { base: 16 }),
      u16('net', { byteOrder: 'network' }),
      u32('nethex', { byteOrder: 'network', base: 16 }),
    ],
  }),
  floats: event({ level: 'WARNING', fields: [f32('f'), f64('d')] }),
  arrays: event({
    level: 'ERR',
    fields: [
      array('fixed', i32, 3),
      sequence('dynamic', i32, { length: u8 }),
      textArray('fixedtext', 5),
      textSequence('dynamictext', { length: u64 }),
    ],
  }),
  enums: event({ fields: [color('color'), narrowColor('narrow')] }),
  empty: event({ modelEmfUri: 'http://example.org/empty' }),
});

/** @param {number} ms */
function pause(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Emits `count` ticks, in the calling thread. @param {number} writer @param {number} count @param {number} pauseUs */
export function emitTicks(writer, count, pauseUs = 0) {
  for (let i = 0; i < count; i++) {
    sample.tick(writer, i, 'tock');
    if (pauseUs > 0) pause(pauseUs / 1000);
  }
}

/**
 * The number whose big-endian bytes are the machine's bytes of `value`: C's macros take network integers as they are in
 * memory, the package takes numbers.
 * @param {number} value @param {number} sizeBytes
 */
function fromNetworkOrder(value, sizeBytes) {
  const view = new DataView(new Uint32Array([value]).buffer);
  const isLittleEndian = view.getUint16(0, true) === (value & 0xffff);
  if (sizeBytes === 2) return view.getUint16(isLittleEndian ? 0 : 2);
  return view.getUint32(0);
}

const integers = [0n, 1n, -1n, 127n, -128n, 0x1234n, -(2n ** 31n), 2n ** 63n - 1n, -(2n ** 63n)];
const floats = [0, -0, 1.5, -2.25, 1e300, 1e-5, Number('3.14159265358979')];
const numbers = [1, -2, 3, 4, 5];
const colors = [0, 1, 5, 6, -3, 77];

/** Emits one event of every kind, with several values; returns how many. */
export function emitKinds() {
  for (const n of integers) {
    const low = Number(BigInt.asIntN(32, n));
    const [net, netHex] = [fromNetworkOrder(low, 2), fromNetworkOrder(low, 4)];
    sample.integers(low, low, low, low, low, low, n, n, low, net, netHex);
  }
  for (const d of floats) sample.floats(d, d);
  for (let i = 0; i <= 5; i++) {
    sample.arrays(numbers, new Int32Array(numbers).subarray(0, i), 'hello', 'hello'.slice(0, i));
  }
  for (const value of colors) sample.enums(value, value);
  sample.empty();
  sample.tick(7, -7, 'quote " backslash \\ newline \n tab \t umlaut ä');
  return 30;
}
