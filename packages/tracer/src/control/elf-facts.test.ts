import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { elfFacts } from './elf-facts.ts';

const hasReadelf = spawnSync('readelf', ['--version']).status === 0;
const file = readFileSync(process.execPath);
const readAt = (offset: number, lengthBytes: number) => file.subarray(offset, offset + lengthBytes);

test('facts of a program are those that readelf tells', { skip: hasReadelf ? false : 'no readelf' }, () => {
  const facts = elfFacts(readAt);
  assert.ok(facts !== null);
  const run = (...words: readonly string[]) =>
    execFileSync('readelf', [...words, process.execPath], { encoding: 'utf8', maxBuffer: 1 << 26 });
  const header = run('-h');
  assert.equal(facts.isPositionIndependent, /Type: +DYN/.test(header));
  const [, buildId] = /Build ID: ([0-9a-f]+)/.exec(run('-n')) ?? [];
  assert.equal(facts.buildId === null ? undefined : Buffer.from(facts.buildId).toString('hex'), buildId);
  const loads = [
    ...run('-lW').matchAll(/LOAD +0x\S+ (0x[0-9a-f]+) 0x[0-9a-f]+ 0x[0-9a-f]+ (0x[0-9a-f]+)/g),
  ].map(([, begin, size]) => ({ begin: Number(begin), end: Number(begin) + Number(size) }));
  const first = Math.min(...loads.map(({ begin }) => begin));
  const last = Math.max(...loads.map(({ end }) => end));
  assert.equal(facts.sizeInMemoryBytes, BigInt(last - first));
});

test('what is cut off or changed is no ELF file, or another one, and never a fault', () => {
  assert.equal(
    elfFacts(() => new Uint8Array()),
    null,
  );
  assert.equal(
    elfFacts((_, length) => new Uint8Array(length)),
    null,
  );
  const head = Uint8Array.from(file.subarray(0, 4096));
  for (let at = 0; at < 64; at++) {
    for (const value of [0, 0xff]) {
      const damaged = Uint8Array.from(head);
      damaged[at] = value;
      // Reads of more than there is are answered with less, as at the end of a file.
      elfFacts((offset, length) => damaged.subarray(offset, offset + length));
    }
  }
});
