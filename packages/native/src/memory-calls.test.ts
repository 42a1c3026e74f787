import assert from 'node:assert/strict';
import { openSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fd } from './fd.ts';
import { native, refused, skip } from './testing/require-native.ts';

/** Whether the process has a mapping of a memfd of that name. */
const isMapped = (name: string) => readFileSync('/proc/self/maps', 'utf8').includes(`memfd:${name}`);

test('shared memory has its length, its pages and its seals', { skip }, () => {
  const memory = native.createSharedMemory('sealed', 8192);
  assert.equal(native.fileLengthBytes(memory), 8192);
  assert.deepEqual(native.getSeals(memory), ['seal', 'shrink', 'grow']);
  for (const length of [0, 4096, 8193]) {
    assert.throws(() => native.ftruncate(memory, length), refused('ftruncate', 'EPERM'));
  }
  assert.throws(() => native.addSeals(memory, ['write']), refused('fcntl', 'EPERM'));
  native.close(memory);
});

test('two mappings of one file see each other, whatever happens to the descriptor', { skip }, () => {
  const memory = native.createSharedMemory('pair', 4096);
  const [a, b] = [true, false].map((isWritable) => native.mmap(memory, 4096, { isWritable }));
  native.close(memory);
  assert.ok(a !== undefined && b !== undefined);
  new Uint8Array(a.buffer)[7] = 42;
  assert.equal(new Uint8Array(b.buffer)[7], 42);
  a.unmap();
  b.unmap();
});

test('unmapping detaches the buffer and gives the memory back', { skip }, async () => {
  const memory = native.createSharedMemory('detached', 4096);
  const mapping = native.mmap(memory, 4096, { isWritable: true });
  native.close(memory);
  const view = new Uint8Array(mapping.buffer);
  assert.ok(isMapped('detached'));
  mapping.unmap();
  assert.equal(mapping.isUnmapped, true);
  assert.equal(view.length, 0);
  assert.equal(view[0], undefined);
  // The engine lets go of a detached buffer in its own time.
  while (isMapped('detached')) await new Promise((resolve) => setImmediate(resolve));
  mapping.unmap();
});

test('a file that is shorter than the mapping is refused: its end would be SIGBUS', { skip }, () => {
  const memory = native.memfdCreate('short');
  native.ftruncate(memory, 4096);
  assert.throws(() => native.mmap(memory, 8192, { isWritable: true }), refused('mmap', 'EOVERFLOW'));
  native.close(memory);
});

test('the page size is a power of two that memory can be mapped by', { skip }, () => {
  const size = native.pageSizeBytes();
  assert.ok(size >= 4096 && Number.isInteger(Math.log2(size)));
});

test('what the kernel refuses is a SystemError with its name', { skip }, () => {
  const readOnly = fd(openSync('/proc/self/exe', 'r'));
  assert.throws(() => native.mmap(readOnly, 4096, { isWritable: true }), refused('mmap', 'EACCES'));
  assert.deepEqual(native.getSeals(readOnly), []);
  native.close(readOnly);
  assert.throws(() => native.fileLengthBytes(readOnly), refused('fstat', 'EBADF'));
  assert.throws(() => native.mmap(readOnly, 0, { isWritable: false }), { name: 'SystemError' });
  assert.throws(() => native.memfdCreate('x'.repeat(300)), refused('memfd_create', 'EINVAL'));
});
