import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { compileFilter } from '../compile-filter.ts';
import { decodeFilter, linkFilter } from '../event-filter.ts';
import { js } from './code.ts';
import { describeSteps } from './compile.ts';
import { linkProgram } from './link.ts';

test('texts in holes are literals, whatever they hold', () => {
  const hostile = '"; process.exit(1); //\n\u2028`$';
  assert.equal(js`x = ${hostile};`.source, `x = ${JSON.stringify(hostile)};`);
  assert.equal(
    js`${-1} ${-0} ${-5n} ${Number.NaN} ${Infinity} ${true}`.source,
    '(-1) (-0) (-5n) NaN Infinity true',
  );
});

test('a filter compiles to code that names no field', () => {
  const resolver = { findField: () => ({ position: 3, kind: 'signed', sizeBits: 32 }) as const };
  const linked = linkProgram(decodeFilter(compileFilter('seq > 1000')), resolver);
  assert.ok(linked.kind === 'linked');
  assert.equal(
    describeSteps(linked.steps),
    [
      'let s0;',
      'let s1;',
      's0 = fields[3];',
      "if (typeof s0 === 'number' && Number.isSafeInteger(s0)) s0 = s0 | 0;",
      'else if ((s0 = integerOf(s0, 32, true)) === undefined) return false;',
      's1 = 1000;',
      's0 = s0 > s1 ? 1 : 0;',
      'return s0 != 0;',
    ].join('\n'),
  );
});

const MODULE = new URL('../index.js', import.meta.url).href;
const SCRIPT = `
  import { compileFilter, decodeFilter, linkFilter } from ${JSON.stringify(MODULE)};
  const resolver = { findField: () => ({ position: 0, kind: 'signed', sizeBits: 32 }) };
  const { accepts } = linkFilter(decodeFilter(compileFilter('a == 7 && a & 4 != 0')), resolver);
  console.log(accepts.name === 'eventFilter' ? 'generated' : 'interpreted', accepts([7], {}), accepts([8], {}));
`;

test('filters run where code generation is forbidden, by the platform or by the user', () => {
  const run = (flags: readonly string[], env: Readonly<Record<string, string>>) =>
    execFileSync(process.execPath, [...flags, '--input-type=module', '-e', SCRIPT], {
      env: { ...process.env, LTTNG_TS_CODEGEN: '1', ...env },
      encoding: 'utf8',
    }).trim();
  assert.equal(run([], {}), 'generated true false');
  assert.equal(run(['--disallow-code-generation-from-strings'], {}), 'interpreted true false');
  assert.equal(run([], { LTTNG_TS_CODEGEN: '0' }), 'interpreted true false');
});

test('application contexts are left to the interpreter', () => {
  const { accepts } = linkFilter(decodeFilter(compileFilter('$app.p:n > 1')), { findField: () => null });
  assert.equal(accepts([], { readContext: () => 2 }), true);
  assert.equal(accepts([], { readContext: () => undefined }), false);
});
