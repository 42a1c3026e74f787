import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilter } from '../compile-filter.ts';
import type { FieldValue } from '../fields.ts';
import { FilterError } from '../language/errors.ts';
import { ReadingFilter } from './reading-filter.ts';
import type { FieldShape, MemberShape, RecordRoot, RecordShape } from './record-shape.ts';

const int = (isSigned: boolean, sizeBits: number): FieldShape => ({ kind: 'integer', isSigned, sizeBits });
const member = (name: string, shape: FieldShape): MemberShape => ({ name, shape: () => shape });

const ROOTS: Readonly<Record<RecordRoot, readonly MemberShape[]>> = {
  payload: [
    member('size', int(false, 32)),
    member('name', { kind: 'text' }),
    member('ratio', { kind: 'double', sizeBits: 64 }),
    member('list', { kind: 'array', length: null, element: int(true, 16) }),
    member('at', { kind: 'structure', members: [member('x', int(true, 32)), member('y.z', int(true, 32))] }),
  ],
  'specific-context': [member('vpid', int(true, 32))],
  'common-context': [member('vpid', int(true, 32)), member('app_p_n', { kind: 'dynamic' })],
  'packet-context': [member('cpu_id', int(false, 32))],
};
const VALUES: Readonly<Record<RecordRoot, readonly unknown[]>> = {
  payload: [4096, 'cache-1', 0.5, [1, -2], [7, 8]],
  'specific-context': [42],
  'common-context': [41, 5],
  'packet-context': [3],
};
const CONSTANTS: Readonly<Record<string, string | bigint>> = {
  '$event.name': 'app:start',
  '$env.hostname': 'h',
};
const SHAPE: RecordShape = {
  members: (root) => ROOTS[root],
  hasTime: true,
  constant: (name) => CONSTANTS[name] ?? null,
};
const NOW = 1_764_000_000_123_456_789n;

function verdict(expression: string, shape = SHAPE): boolean {
  const verdicts = [false, true].map((isReference) => {
    const link = new ReadingFilter(expression).link(shape, isReference);
    const values = [...link.values];
    for (const { root, path, position } of link.wanted) {
      const value = path.reduce<unknown>((at, i) => (at as readonly unknown[])[i], VALUES[root]);
      values[position] = value as FieldValue;
    }
    if (link.timePosition !== null) values[link.timePosition] = NOW;
    const accepts = link.accepts(values);
    if (link.verdict !== 'depends') assert.equal(link.verdict === 'always', accepts, expression);
    return accepts;
  });
  assert.equal(verdicts[0], verdicts[1], `compiled and interpreted differ: ${expression}`);
  return verdicts[0] === true;
}

test('fields, contexts and what only readers know can be named', () => {
  const accepting = [
    'size == 4096',
    'name == "cache-*"',
    'ratio < 1',
    'list[1] == -2',
    'at.x == 7',
    'at.y.z == 8',
    // The event's own context comes before the channel's.
    '$ctx.vpid == 42',
    '$ctx.cpu_id == 3',
    '$packet.cpu_id == 3',
    '$app.p:n == 5',
    '$event.name == "app:*"',
    '$env.hostname == "h"',
    '$time == 1764000000123456789',
    '$time >= 1764000000000000000 && $time < 1764000001000000000',
    '$event.name == "other" || size > 1',

    'size == 4096 || $app.p:absent == 1',
  ];
  for (const expression of accepting) assert.equal(verdict(expression), true, expression);
  const rejecting = [
    'size == 1',
    'nothing == 1',
    'nothing == 1 || size == 4096',
    'at == 1',
    '$env.nothing == "h"',
    '$packet.nothing == 0 || 1 == 1',
    '$app.p:absent == 1',
    '$app.p:absent == 1 || size == 4096',
    '$event.name == 1',
    'list[2] == 0',
  ];
  for (const expression of rejecting) assert.equal(verdict(expression), false, expression);
});

test('what is the same for a whole class is known when it is linked', () => {
  const verdictOf = (expression: string) => new ReadingFilter(expression).link(SHAPE).verdict;
  assert.equal(verdictOf('$event.name == "app:*"'), 'always');
  assert.equal(verdictOf('$event.name != "app:*"'), 'never');
  assert.equal(verdictOf('$event.name == "other" && size > 1'), 'never');
  assert.equal(verdictOf('size > 1 && $event.name == "other"'), 'never');
  assert.equal(verdictOf('size > 1 && ($event.name == "other" || $env.hostname == "x")'), 'never');
  assert.equal(verdictOf('$event.name == "app:start" && size > 1'), 'depends');
  // A value that is missing rejects, whatever else is true.
  assert.equal(verdictOf('size > 1 || $event.name == "app:start"'), 'depends');
  assert.equal(verdictOf('nothing == 1'), 'never');
  const { refusal } = new ReadingFilter('nothing == 1').link(SHAPE);
  assert.equal(refusal?.reason, 'No such field: name="nothing"');
  assert.equal(refusal.isMissing, true);
  assert.equal(new ReadingFilter('size == "x"').link(SHAPE).refusal?.isMissing, false);
  // So many ways that following them would cost more than it brings.
  const wide = Array.from({ length: 40 }, (_, i) => `(size == ${i} && ratio == ${i})`).join(' || ');
  assert.equal(verdictOf(`$event.name == "other" && (${wide})`), 'never');
  assert.equal(verdictOf(wide), 'depends');
});

test('names of readers are refused for tracers, and misspelt ones for readers', () => {
  for (const expression of ['$event.name == "a"', '$time > 1', '$packet.cpu_id == 0', '$env.x == 1']) {
    assert.throws(() => compileFilter(expression), { kind: 'bad-name' });
  }
  const message = (expression: string): string => {
    try {
      new ReadingFilter(expression);
    } catch (error) {
      assert.ok(error instanceof FilterError);
      return error.message;
    }
    return 'accepted';
  };
  assert.equal(message('$event == 1'), 'Expected a name after "$event.": line=1, column=1');
  assert.equal(message('a &&\n $time.x == 1'), '"$time" has no members: line=2, column=2');
  assert.equal(
    message('$foo.x == 1'),
    'Unknown scope "$foo", expected "$ctx", "$app", "$event", "$time", "$packet", "$stream", "$trace" or "$env": line=1, column=1',
  );
  assert.equal(
    message('$event.nam == 1'),
    'Unknown name "$event.nam", expected "$event.name", "$event.loglevel" or "$event.id": line=1, column=1',
  );
  assert.equal(
    message('1 && $stream.name == 1'),
    'Unknown name "$stream.name", expected "$stream.id": line=1, column=6',
  );
  assert.equal(message('$env.anything == 1'), 'accepted');
  assert.equal(message('size >'), 'Expected a value, found the end of the expression: line=1, column=7');
});

test('a text beside $time is a time', () => {
  const time = (expression: string, options = {}) => new ReadingFilter(expression, options);
  const gmt = { isGmt: true };
  assert.equal(verdict('$time == "1764000000.123456789"'), true);
  assert.equal(verdict('"1764000000.123456788" < $time && $time < "1764000000.12345679"'), true);
  assert.equal(verdict('$time >= "-5"'), true);
  assert.equal(verdict('$time < "2025-11-23"'), false);
  // 2025-11-24 16:00:00 UTC is 1764000000.
  assert.deepEqual(time('$time > "2025-11-24 16:00:00.5"', gmt).time, {
    beginNs: 1_764_000_000_500_000_001n,
    endNs: null,
  });
  const ofDay = time('$time < "16:00"', gmt);
  assert.equal(ofDay.needsDay, true);
  assert.throws(() => ofDay.link(SHAPE), /linked without a day/);
  const onDay = ofDay.onDay(NOW - 3_600_000_000_000n);
  assert.deepEqual([onDay.needsDay, onDay.time.endNs], [false, 1_763_999_999_999_999_999n]);
  for (const expression of ['$time > "noon"', '$time == "*"', 'size > 1 && ($time < "2025-13")']) {
    assert.throws(() => time(expression), { kind: 'bad-time' });
  }
  assert.throws(() => time('$time < "9999-01-01"'), /Time out of range: "9999-01-01": line=1, column=9/);
  assert.throws(() => time('$time & "1"'), { kind: 'operand-type' });
});

/** Expression, and where in time it can be true. */
const BOUNDS: readonly (readonly [string, bigint | null, bigint | null])[] = [
  ['$time > 5', 6n, null],
  ['5 > $time', null, 4n],
  ['$time >= 5 && $time <= 7', 5n, 7n],
  ['$time == 5 && size > 1', 5n, 5n],
  ['$time > -5', -4n, null],
  ['$time > 3 || $time > 5', 4n, null],
  ['$time > 3 || size > 5', null, null],
  ['($time > 3 && $time < 9) || $time == 12', 4n, 12n],
  ['($time > 3 || size > 5) && $time < 8', null, 7n],
  ['$time > 9 && $time < 3', 10n, 10n],
  ['$time != 5', null, null],
  ['!($time > 5)', null, null],
  ['($time > 5) == 0', null, null],
  ['$time > 1.5', null, null],
  ['$time > size', null, null],
  ['$time & 1 == 0', null, null],
  ['size > 1', null, null],
];

test('conjunctions bound the time', () => {
  for (const [expression, beginNs, endNs] of BOUNDS) {
    assert.deepEqual(new ReadingFilter(expression).time, { beginNs, endNs }, expression);
  }
  const long = Array.from({ length: 1000 }, (_, i) => `$time != ${i}`).join(' && ');
  assert.deepEqual(new ReadingFilter(`$time > 1 && ${long}`).time, { beginNs: 2n, endNs: null });
});
