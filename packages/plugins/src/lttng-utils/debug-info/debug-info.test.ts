/** Symbols and lines of a library that is compiled here, against what binutils say of it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FormatError } from '@lttng-ts/base';
import { memorySource } from '@lttng-ts/ctf';
import { nodeHost } from '../../edge/node-host.ts';
import { CodeLocations, type LoadedBinary, ProcessBinaries } from './binaries.ts';
import { ElfFile } from './elf-file.ts';
import { findRow, readLineTable } from './line-table.ts';

const SOURCE = `int global;
int foo(int x) {
  for (int i = 0; i < x; i++)
    global += i;
  return global;
}

int bar(int x)
{
  return foo(x) + 1;
}
`;

const hasTools = ['gcc', 'nm', 'addr2line'].every((tool) => spawnSync(tool, ['--version']).status === 0);
const options = { skip: hasTools ? false : 'gcc, nm or addr2line is not installed' };

function compile(flags: readonly string[], use: (library: string, folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'debug-info-'));
  try {
    writeFileSync(join(folder, 'lib.c'), SOURCE);
    const library = join(folder, 'lib.so');
    const args = ['-shared', '-fPIC', ...flags, '-o', library, 'lib.c'];
    assert.equal(spawnSync('gcc', args, { cwd: folder }).status, 0);
    use(library, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function addressOf(library: string, name: string): bigint {
  const line = spawnSync('nm', [library], { encoding: 'utf8' })
    .stdout.split('\n')
    .find((candidate) => candidate.endsWith(` T ${name}`));
  assert.ok(line !== undefined);
  return BigInt(`0x${line.split(' ')[0]}`);
}

for (const version of [3, 4, 5]) {
  test(`lines of DWARF ${version} are those that addr2line finds`, options, () => {
    compile([`-gdwarf-${version}`, '-O0'], (library) => {
      const elf = new ElfFile(memorySource(library, readFileSync(library)));
      const rows = readLineTable(elf);
      const start = addressOf(library, 'foo');
      const end = addressOf(library, 'bar') + 16n;
      const addresses = Array.from({ length: Number(end - start) }, (_, i) => start + BigInt(i));
      const args = ['-e', library, ...addresses.map((address) => address.toString(16))];
      const { stdout } = spawnSync('addr2line', args, { encoding: 'utf8' });
      const theirs = stdout
        .trim()
        .split('\n')
        .map((line) => line.replace(/ \(.*/, '').split('/').at(-1));
      const ours = addresses.map((address) => {
        const row = findRow(rows, address);
        return row === null ? null : `${row.file.split('/').at(-1)}:${row.line}`;
      });
      assert.deepEqual(ours, theirs);
    });
  });
}

test('an instruction pointer becomes binary, function and source line', options, () => {
  compile(['-g', '-O0'], (library, folder) => {
    using host = nodeHost();
    const locations = new CodeLocations(host.input, {
      targetPrefix: folder,
      debugInfoFolder: '/nonexistent',
      hasFullPaths: false,
    });
    const binary: LoadedBinary = {
      path: '/lib.so',
      baseAddress: 0x7f0000000000n,
      sizeBytes: 0x10000n,
      isPic: true,
      buildId: null,
      debugLink: null,
    };
    const binaries = new ProcessBinaries();
    binaries.load(binary);
    const address = addressOf(library, 'bar');
    const ip = binary.baseAddress + address + 4n;
    assert.equal(binaries.find(ip), binary);
    assert.equal(binaries.find(binary.baseAddress - 1n), null);
    const { bin, func, src } = locations.locate(binary, ip);
    assert.equal(bin, `lib.so+0x${(address + 4n).toString(16)}`);
    assert.equal(func, 'bar+0x4');
    assert.match(src, /^lib\.c:9$/);
    const missing = locations.locate({ ...binary, path: '/gone.so' }, ip);
    assert.deepEqual([missing.func, missing.src], ['', '']);
  });
});

test('damaged binaries give fewer lines, and never anything else than a FormatError', options, () => {
  compile(['-g'], (library) => {
    const whole = readFileSync(library);
    for (let seed = 1; seed <= 300; seed++) {
      const bytes = Uint8Array.from(whole);
      for (let i = 0; i < 20; i++) bytes[(seed * 7919 + i * 104729) % bytes.length] = (seed * 31 + i) & 0xff;
      try {
        const elf = new ElfFile(memorySource(library, bytes));
        elf.functions();
        readLineTable(elf);
      } catch (error) {
        if (!(error instanceof FormatError || error instanceof RangeError)) throw error;
      }
    }
  });
});
