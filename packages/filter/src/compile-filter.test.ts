import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compileCapture, compileFilter } from './compile-filter.ts';
import { FilterError } from './language/errors.ts';
import { MAX_NESTING } from './limits.ts';

interface Row {
  readonly expression: string;
  readonly code?: string;
  readonly relocations?: string;
  readonly refused?: number;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Where this project decides otherwise than the recorded compiler, with the reason. */
const DEVIATIONS: ReadonlyMap<string, string> = new Map([
  ['', 'the original command refuses an empty argument (97) before the compiler sees it'],
  ['msg == "ESCSEQ"', "a fault of the original's lexer, which takes the name of its rule for text"],
  ['msg == "aESCSEQb"', 'the same'],
  [
    'a == (1 == (2 == (3 == (4 == (5 == (6 == (7 == (8 == 9))))))))',
    'the original compiles it, and no application can evaluate it: see the test about depth',
  ],
]);

/** Recorded from the original `lttng enable-event --filter`: see tools/record-bytecode.mjs. */
const recorded = JSON.parse(readFileSync(new URL('../cases/compiler.json', import.meta.url), 'utf8')) as {
  rows: readonly Row[];
};

function compiled(expression: string): Row {
  try {
    const { bytes, relocOffset } = compileFilter(expression);
    return {
      expression,
      code: hex(bytes.subarray(0, relocOffset)),
      relocations: hex(bytes.subarray(relocOffset)),
    };
  } catch (error) {
    assert.ok(error instanceof FilterError, `${expression}: ${String(error)}`);
    return { expression, refused: 106 };
  }
}

test('every recorded expression compiles to the same bytes, or is refused as by the original', () => {
  assert.ok(recorded.rows.length >= 350);
  const different: unknown[] = [];
  for (const { expression, code, relocations, refused } of recorded.rows) {
    const theirs = refused === undefined ? { expression, code, relocations } : { expression, refused };
    const ours = compiled(expression);
    const isSame = JSON.stringify(ours) === JSON.stringify(theirs);
    if (isSame === DEVIATIONS.has(expression)) different.push({ theirs, ours });
  }
  assert.deepEqual(different, []);
});

test('captures compile to the object without loading it', () => {
  const capture = (text: string) => {
    const { bytes, relocOffset } = compileCapture(text);
    return `${hex(bytes.subarray(0, relocOffset))} ${hex(bytes.subarray(relocOffset))}`;
  };
  assert.equal(capture('arr[3]'), `${'515202005503000000000000000 1'.replace(' ', '')} 010061727200`);
  assert.equal(capture('$app.pp:cc'), '5052020001 010070703a636300');
  assert.throws(() => compileCapture('a == 1'), { kind: 'syntax' });
});

test('errors say the kind, the line and the column', () => {
  const cases: [string, string, string][] = [
    ['a ==', 'syntax', 'Expected a value, found the end of the expression: line=1, column=5'],
    [
      'a == 1 &&\n  b + 1',
      'unsupported-operator',
      'Arithmetic is not supported: operator "+": line=2, column=5',
    ],
    ['"x"', 'not-a-condition', 'A filter must be a condition, not a string: line=1, column=1'],
    ['$foo.a', 'bad-name', 'Unknown scope "$foo", expected "$ctx" or "$app": line=1, column=1'],
    ['a[b] == 1', 'bad-index', 'An index must be a constant integer: line=1, column=3'],
    ['m == "\\n"', 'bad-escape', 'Only \\* and \\\\ are escapes, found "\\\\n": line=1, column=6'],
    ['m > "*a"', 'bad-pattern', 'A pattern works with "==" and "!=" only, not with ">": line=1, column=3'],
    ['m & "a"', 'operand-type', 'Operator "&" does not apply to a string: line=1, column=3'],
    ['a é', 'syntax', 'Unexpected character "é": line=1, column=3'],
  ];
  for (const [expression, kind, message] of cases) {
    assert.throws(() => compileFilter(expression), { kind, message, code: 'LTTNG_USAGE' }, expression);
  }
});

test('hostile sizes end in an error, never in a stack overflow', () => {
  const n = 100_000;
  for (const text of [
    '('.repeat(60_000),
    `${'!'.repeat(60_000)}a`,
    `${'a==('.repeat(15_000)}1${')'.repeat(100)}`,
    `${'-'.repeat(MAX_NESTING + 1)}a`,
    'a'.repeat(n),
    `a == ${'1'.repeat(n)}`,
    `${'a||b&&c|d^e&f==g<h<<i+j*('.repeat(2000)}a`,
  ]) {
    assert.throws(() => compileFilter(text), { kind: 'limit' }, text.slice(0, 30));
  }
  assert.ok(compileFilter(`${'('.repeat(MAX_NESTING)}a${')'.repeat(MAX_NESTING)}`).relocOffset > 0);
});

test('long chains compile, up to the size of bytecode', () => {
  const chain = (terms: number) => Array.from({ length: terms }, () => 'a==1').join('||');
  assert.ok(compileFilter(chain(3000)).bytes.length > 50_000);
  assert.throws(() => compileFilter(chain(5000)), { message: /bytecode exceeds 65536 bytes/ });
});

test('an expression that applications cannot hold is refused', () => {
  const nested = (depth: number) => `${'a == ('.repeat(depth - 1)}a${')'.repeat(depth - 1)}`;
  assert.ok(compileFilter(nested(8)).relocOffset > 0);
  assert.throws(() => compileFilter(nested(9)), { kind: 'limit' });
});
