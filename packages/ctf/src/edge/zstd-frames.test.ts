import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decompress } from 'fzstd';
import { framewise } from './decompress.ts';
import { readZstdHeader, ZstdFrames } from './zstd-frames.ts';

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/** A frame of a raw block and one of a byte that repeats. */
const FRAME = Uint8Array.of(...MAGIC, 0x20, 7, 0x18, 0, 0, 1, 2, 3, 0x23, 0, 0, 9);
const PLAIN = [1, 2, 3, 9, 9, 9, 9];
/** `printf TEXT | zstd -c`: with a window, a compressed block and a checksum. */
const PACKED = Buffer.from('KLUv/QRYtQAAgHRoZSBwbGFpbiB0ZXh0LCABAEacSy35Zh0=', 'base64');
const SKIPPABLE = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 5, 5);
const FILE = Uint8Array.of(...FRAME, ...SKIPPABLE, ...PACKED, ...FRAME);

const FRAMES = [FRAME, SKIPPABLE, Uint8Array.from(PACKED), FRAME];

test('frames are told apart, wherever a file is cut into pieces', () => {
  for (let pieceBytes = 1; pieceBytes <= FILE.length; pieceBytes++) {
    const frames = new ZstdFrames();
    const found: number[][] = [[]];
    for (let at = 0; at < FILE.length; at += pieceBytes) {
      for (const part of frames.partsOf(FILE.subarray(at, at + pieceBytes))) {
        found.at(-1)!.push(...part);
        if (frames.isWhole) found.push([]);
      }
    }
    assert.deepEqual(
      found.slice(0, -1).map((frame) => Uint8Array.from(frame)),
      FRAMES,
    );
  }
});

test('a decompressor gets each frame for itself', () => {
  const plain: number[] = [];
  let frame: number[] = [];
  let isEnded = false;
  // Knows one frame at a time, and nothing of frames that are cut.
  const decompressor = framewise({
    push: (part) => {
      if (part === null) isEnded = true;
      else frame.push(...part);
      const known = FRAMES.find((one) => Buffer.compare(one, Uint8Array.from(frame)) === 0);
      if (known === undefined) return;
      if (known !== SKIPPABLE) plain.push(...decompress(known));
      frame = [];
    },
    close: () => undefined,
  });
  for (const byte of FILE) decompressor.push(Uint8Array.of(byte));
  decompressor.push(null);
  const text = [...Buffer.from('the plain text, the plain text, the plain text')];
  assert.deepEqual([plain, isEnded], [[...PLAIN, ...text, ...PLAIN], true]);
});

test('a frame that is cut is refused, and what is none', () => {
  const codec = { push: () => undefined, close: () => undefined };
  const ends = new Set([
    0,
    ...FRAMES.map((_, i) => FRAMES.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0)),
  ]);
  for (let end = 0; end <= FILE.length; end++) {
    const cut = framewise(codec);
    cut.push(FILE.slice(0, end));
    if (ends.has(end)) cut.push(null);
    else assert.throws(() => cut.push(null), /unexpected end of file/, `end=${end}`);
  }
  assert.throws(() => framewise(codec).push(Uint8Array.of(...FRAME, 1, 2, 3, 4)), /no frame/);
  assert.throws(
    () => framewise(codec).push(Uint8Array.of(...FRAME.slice(0, 6), 7, 0, 0)),
    /invalid block type/,
  );
});

test('headers tell sizes and windows in each of their forms', () => {
  const headerOf = (...bytes: readonly number[]) => {
    const found = readZstdHeader(Uint8Array.of(...MAGIC, ...bytes));
    return found === null ? null : [found.contentBytes, found.windowBytes, found.hasChecksum];
  };
  assert.deepEqual(headerOf(0x20, 7), [7, 7, false]);
  assert.deepEqual(headerOf(0x04, 0x58), [null, 2 << 20, true]);
  assert.deepEqual(headerOf(0x40, 0x01, 1, 1), [513, 1152, false]);
  assert.deepEqual(headerOf(0xa3, 1, 2, 3, 4, 0, 0, 1, 0), [65536, 65536, false]);
  assert.deepEqual(headerOf(0xe0, 0, 0, 0, 0, 2, 0, 0, 0), [2 ** 33, 2 ** 33, false]);
  assert.deepEqual([headerOf(0xe0, 0, 0), readZstdHeader(Uint8Array.of(1, 2, 3, 4, 5, 6))], [null, null]);
});
