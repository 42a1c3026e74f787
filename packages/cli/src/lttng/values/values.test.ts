import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allContextTypes, findContextType } from './contexts.ts';
import { isPattern, judgeExclusion, splitExclusions } from './exclusions.ts';
import { findLogLevel, logLevelText } from './log-levels.ts';
import { parseOutputUrl } from './output-url.ts';
import { shellGlob } from './shell-glob.ts';
import { ceilToPowerOfTwo, parseCount, parseSizeBytes, parseTimeUs } from './sizes.ts';

for (const [text, bytes] of [
  ['4096', 4096],
  ['4k', 4096],
  ['4K', 4096],
  ['1M', 1 << 20],
  ['1G', 1 << 30],
  ['0x1000', 4096],
  ['010000', 4096],
  [' 4096', 4096],
  ['0', 0],
  ['089', null],
  ['4m', null],
  ['4kb', null],
  ['4.5k', null],
  ['-1', null],
  ['', null],
  ['99999999999999999999', null],
  ['99999999999999G', null],
] as const) {
  test(`size ${JSON.stringify(text)}`, () => assert.equal(parseSizeBytes(text), bytes));
}

for (const [text, us] of [
  ['200', 200],
  ['100us', 100],
  ['500ms', 500_000],
  ['1s', 1_000_000],
  ['2m', 120_000_000],
  ['1h', 3_600_000_000],
  ['1S', null],
  ['1.5s', null],
  ['0x10', null],
  ['-1', null],
  ['', null],
  ['9999999999999h', null],
] as const) {
  test(`time ${JSON.stringify(text)}`, () => assert.equal(parseTimeUs(text), us));
}

for (const [text, count] of [
  ['8', 8],
  ['0x8', 8],
  ['010', 8],
  ['0', 0],
  ['2k', 2],
  ['-4', null],
  ['abc', null],
  ['', null],
] as const) {
  test(`count ${JSON.stringify(text)}`, () => assert.equal(parseCount(text), count));
}

test('sizes are rounded up to powers of two', () => {
  assert.deepEqual([1, 3, 4, 5000, 2 ** 40 + 1].map(ceilToPowerOfTwo), [1, 4, 4, 8192, 2 ** 41]);
});

test('log levels have names in either case, with or without prefix, and no numbers', () => {
  const spellings = ['INFO', 'info', 'TRACE_INFO', 'EMERG', 'DEBUG', 'DEBUG_LINE'];
  assert.deepEqual(spellings.map(findLogLevel), [6, 6, 6, 0, 14, 13]);
  assert.deepEqual(['6', '', 'nosuch', 'INFO..DEBUG'].map(findLogLevel), [null, null, null, null]);
  assert.deepEqual([0, 14, 15].map(logLevelText), ['TRACE_EMERG', 'TRACE_DEBUG', 'UNKNOWN']);
});

for (const [pattern, exclusion, verdict] of [
  ['app:*', 'app:plain', 'may-exclude'],
  ['*', 'app:*', 'may-exclude'],
  ['k:*a', 'k:b*', 'may-exclude'],
  ['app:*', 'app:*', 'excludes-all'],
  ['app:*', 'a*', 'excludes-all'],
  ['*', '*', 'excludes-all'],
  ['c:*', 'd:*', 'excludes-nothing'],
  ['app:*', '', 'excludes-nothing'],
  ['app:*', 'app', 'excludes-nothing'],
  // A star elsewhere than at the end: not judged.
  ['app:*', '*:plain', 'may-exclude'],
  ['app:*', 'a*n', 'may-exclude'],
  ['app:*', 'a*:*', 'may-exclude'],
  ['app:*', '**', 'may-exclude'],
  ['a*p:*', 'x', 'may-exclude'],
  ['*:plain', '*', 'may-exclude'],
  ['app:**', 'a*', 'may-exclude'],
  // Escapes.
  ['a\\*p*', 'a\\*', 'excludes-nothing'],
  ['a\\*p*', 'a\\**', 'excludes-all'],
  ['a\\*p*', 'a*', 'excludes-nothing'],
  ['app*', 'a\\*', 'excludes-nothing'],
  ['app*', 'app\\*', 'may-exclude'],
] as const) {
  test(`exclusion of ${exclusion} from ${pattern}`, () =>
    assert.equal(judgeExclusion(pattern, exclusion), verdict));
}

test('a comma within an exclusion is escaped, and so is a star within a name', () => {
  assert.deepEqual(splitExclusions('a,b\\,c,d'), ['a', 'b,c', 'd']);
  assert.deepEqual(['a*', 'a\\*', 'a\\\\*', 'a'].map(isPattern), [true, false, true, false]);
});

test('context types are found by their symbols', () => {
  assert.deepEqual(findContextType('vpid'), { kind: 'plain', symbol: 'vpid', miName: 'VPID' });
  assert.deepEqual(findContextType('$app.p:c'), {
    kind: 'application',
    symbol: '$app.p:c',
    provider: 'p',
    name: 'c',
  });
  assert.deepEqual(findContextType('perf:thread:raw:r1a:mine'), {
    kind: 'perf',
    symbol: 'perf:thread:raw:r1a:mine',
    type: 4,
    config: 0x1a,
    fieldName: 'perf_thread_raw_r1a_mine',
  });
  for (const symbol of [
    'VPID',
    '',
    'perf:',
    'perf:cpu:',
    'perf:cpu:raw:zz:x',
    '$app.',
    '$app.a',
    '__proto__',
  ]) {
    assert.equal(findContextType(symbol).kind, 'unknown', symbol);
  }
});

test('every listed context type is found again', () => {
  for (const type of allContextTypes()) assert.deepEqual(findContextType(type.symbol), type);
});

test('URLs are local, of the network, or wrong', () => {
  assert.deepEqual(parseOutputUrl('file:///x'), { kind: 'path', path: '/x' });
  assert.deepEqual(parseOutputUrl('/x'), { kind: 'path', path: '/x' });
  for (const url of ['net://h', 'net6://[::1]:1:2/x', 'tcp://h:1', 'tcp6://h']) {
    assert.equal(parseOutputUrl(url).kind, 'network', url);
  }
  for (const url of ['ftp://x', 'file://x', 'net://', 'x', ''])
    assert.equal(parseOutputUrl(url).kind, 'wrong', url);
});

for (const [pattern, matching, others] of [
  ['*', ['', 'a', 'a b'], []],
  ['a*', ['a', 'ab'], ['ba', '']],
  ['?', ['a', 'é', '😀'], ['', 'ab']],
  ['a.b', ['a.b'], ['axb']],
  ['[a-c]x', ['ax', 'bx', 'cx'], ['dx', '-x']],
  ['[!a-c]x', ['dx', '-x'], ['ax']],
  ['[^a]', ['b'], ['a']],
  ['[]a]', [']', 'a'], ['b']],
  ['[a-]', ['a', '-'], ['b']],
  ['[c-a]', [], ['a', 'b', 'c', '-']],
  ['[a', ['[a'], ['a']],
  ['\\*', ['*'], ['a', '\\*']],
  ['\\[a]', ['[a]'], ['a']],
  ['a\\\\', ['a\\'], ['a']],
  ['(a|b)+$', ['(a|b)+$'], ['a']],
  ['', [''], ['a']],
] as const) {
  test(`a pattern of the shell: ${pattern}`, () => {
    const matches = shellGlob(pattern);
    for (const name of matching) assert.ok(matches(name), name);
    for (const name of others) assert.ok(!matches(name), name);
  });
}
