import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memorySource } from '@lttng-ts/ctf';
import type { InputFiles } from '@lttng-ts/plugins';
import { Progress } from './progress.ts';
import { progressText } from './text/progress-bar.ts';

const text = (fraction: number, elapsedMs = 1000, columns = 80): string =>
  progressText({ fraction, elapsedMs, columns });

test('a bar is as wide as there is room', () => {
  assert.equal(text(0), '[........................................]  0 %');
  assert.equal(text(0.5), '[####################....................] 50 % 0:01 left');
  assert.equal(text(1), '[########################################]100 % 0:00 left');
  assert.equal(text(0.25, 20 * 60_000, 40), '[#####..............] 25 % 1:00:00 left');
  assert.equal(text(0.5, 1000, 10), ' 50 %');
  assert.equal(text(0.5, 1000, 3), ' 5');
  for (let columns = 0; columns < 90; columns++)
    assert.ok(text(0.3, 5e6, columns).length <= Math.max(columns - 1, 0));
});

function world() {
  let written = '';
  let nowMs = 0;
  const terminal = {
    write: (bytes: Uint8Array) => {
      written += Buffer.from(bytes).toString();
    },
  };
  const progress = new Progress({ terminal, columns: () => 30, nowMs: () => nowMs });
  return {
    progress,
    terminal,
    pass: (ms: number) => {
      nowMs += ms;
    },
    take: () => {
      const taken = written;
      written = '';
      return taken;
    },
  };
}

test('nothing is shown of what takes a moment', () => {
  const { progress, pass, take } = world();
  progress.show(0.1);
  pass(499);
  progress.show(0.9);
  progress.end();
  assert.equal(take(), '');
});

test('the bar comes, moves now and then, and makes room for others', () => {
  const { progress, terminal, pass, take } = world();
  pass(500);
  progress.show(0.25);
  assert.equal(take(), '\r\x1b[K[###.........] 25 % 0:02 left');
  pass(99);
  progress.show(0.5);
  assert.equal(take(), '');
  progress.besides(terminal).write(Buffer.from('a warning\n'));
  assert.equal(take(), '\r\x1b[Ka warning\n');
  pass(1);
  progress.show(0.5);
  assert.match(take(), /50 %/);
  progress.end();
  assert.equal(take(), '\r\x1b[K');
  progress.end();
  assert.equal(take(), '');
});

test('files count by how much of them was read', () => {
  const { progress, pass, take } = world();
  const files = new Map([
    ['a', new Uint8Array(300)],
    ['b', new Uint8Array(100)],
    ['unread', new Uint8Array(1000)],
  ]);
  const input: InputFiles = {
    kindOf: () => 'file',
    list: () => [],
    normalize: (path) => path,
    open: (path) => memorySource(path, files.get(path)!),
  };
  const watched = progress.watch(input);
  const [a, b] = [watched.open('a'), watched.open('b')];
  watched.open('unread');
  pass(600);
  progress.show();
  assert.equal(take(), '', 'nothing is known yet');
  assert.equal(a.read(0, 100).length, 100);
  assert.equal(b.readInto?.(0, new Uint8Array(100)), 100);
  // Again, and back.
  a.read(50, 10);
  pass(100);
  progress.show();
  assert.match(take(), / 50 % /);
  a.read(200, 1000);
  pass(100);
  progress.show();
  assert.match(take(), /100 % /);
});
