import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideCrash, optionList } from './decide.ts';

test('what is asked for, as the original understands it', () => {
  const plain = { kind: 'recover', folder: 'shm', extractPath: null, viewer: null, isVerbose: false };
  assert.deepEqual(decideCrash(['shm']), plain);
  assert.deepEqual(decideCrash(['-x', 'out', 'shm']), { ...plain, extractPath: 'out' });
  assert.deepEqual(decideCrash(['-vvx', 'out', 'shm']), { ...plain, extractPath: 'out', isVerbose: true });
  assert.deepEqual(decideCrash(['shm', '--viewer=babeltrace -v']), { ...plain, viewer: 'babeltrace -v' });
  assert.deepEqual(decideCrash(['-e', 'a', '--extract=b', 'shm']), {
    ...plain,
    viewer: 'a',
    extractPath: 'b',
  });
  assert.deepEqual(decideCrash([]), { kind: 'help' });
  assert.deepEqual(decideCrash(['-V', '--bogus']), { kind: 'version' });
  assert.deepEqual(decideCrash(['--list-options', 'x', 'y']), { kind: 'list-options' });
});

test('refusals have the words of the original', () => {
  const unknown = 'Error: Unknown command-line option';
  const rows: readonly (readonly [words: readonly string[], lines: readonly string[]])[] = [
    [['--bogus'], ["lttng-crash: unrecognized option '--bogus'", unknown]],
    [['-x'], ["lttng-crash: option requires an argument -- 'x'", unknown]],
    [
      ['--verbose=3', 'shm'],
      ["lttng-crash: option '--verbose' doesn't allow an argument", unknown],
    ],
    [['a', 'b'], ['Error: Command-line error: Specify exactly one input path']],
    [['-v'], ['Error: Command-line error: Specify exactly one input path']],
  ];
  for (const [words, lines] of rows) assert.deepEqual(decideCrash(words), { kind: 'refuse', lines });
  assert.equal(optionList().split('\n').length, 12);
});
