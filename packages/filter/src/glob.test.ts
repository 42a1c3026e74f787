import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStarAtEndOnly, isStarGlob, matchStarGlob, normalizeStarGlob, patternsOverlap } from './glob.ts';

test('star patterns match whole texts, and escapes take the next character as it is', () => {
  const matching: [string, string][] = [
    ['', ''],
    ['*', ''],
    ['*', 'abc'],
    ['a*', 'a'],
    ['a*c', 'abc'],
    ['a*c', 'ac'],
    ['*b*', 'abc'],
    ['a*b*c', 'a1b2b3c'],
    ['\\*', '*'],
    ['a\\*b*', 'a*bc'],
    ['\\\\', '\\'],
    ['*\\*', 'ab*'],
    ['**', 'x'],
    ['a?', 'a?'],
  ];
  for (const [pattern, text] of matching)
    assert.equal(matchStarGlob(pattern, text), true, `${pattern} ${text}`);
  const failing: [string, string][] = [
    ['', 'a'],
    ['a', ''],
    ['a*', 'b'],
    ['a*c', 'abd'],
    ['\\*', 'a'],
    ['*a', 'ab'],
    ['a*a', 'a'],
    ['a?', 'ab'],
  ];
  for (const [pattern, text] of failing)
    assert.equal(matchStarGlob(pattern, text), false, `${pattern} ${text}`);
});

test('a hostile pattern takes no exponential time', () => {
  assert.equal(matchStarGlob(`${'*a'.repeat(100)}b`, 'a'.repeat(5000)), false);
});

test('stars are found, and runs of them collapse', () => {
  assert.deepEqual(['a', 'a*', 'a\\*', '\\\\*', '*a'].map(isStarGlob), [false, true, false, true, true]);
  assert.deepEqual(['a*', '*a', 'a**', 'a\\**'].map(isStarAtEndOnly), [true, false, false, true]);
  assert.deepEqual(['a**b***', '\\**', '\\***', '\\\\**'].map(normalizeStarGlob), [
    'a*b*',
    '\\**',
    '\\**',
    '\\\\*',
  ]);
});

test('patterns overlap when one text matches both', () => {
  const yes: [string, string][] = [
    ['a*', '*b'],
    ['a', 'a'],
    ['*', ''],
    ['a*c', 'ab*'],
    ['\\*', '*'],
    ['p:*', 'p:e1'],
  ];
  for (const [a, b] of yes) assert.ok(patternsOverlap(a, b) && patternsOverlap(b, a), `${a} ${b}`);
  const no: [string, string][] = [
    ['a', 'b'],
    ['a*', 'b*'],
    ['*a', '*b'],
    ['\\*', 'a'],
    ['p:*', 'q:e'],
    ['ab*', 'a'],
  ];
  for (const [a, b] of no) assert.ok(!patternsOverlap(a, b) && !patternsOverlap(b, a), `${a} ${b}`);
});
