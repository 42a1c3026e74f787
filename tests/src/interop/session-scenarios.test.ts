/**
 * The table of session scenarios is whole: every command, option and document that says what sessions record, and what
 * becomes of it, is in a row; what is not is named here, with the reason. Needs no daemon.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allUses, usesOf } from '@lttng-ts/cli/testing';
import { sessionScenarios } from './session-scenarios.ts';

const TEXTS = 'prints only: recorded command lines (packages/cli/cases)';

const elsewhere: readonly { readonly uses: RegExp; readonly why: string }[] = [
  { uses: /--(help|list-options|list-commands|list)$|^(help|version|view)\b/, why: TEXTS },
  { uses: /^(list|status) /, why: TEXTS },
  { uses: /^lttng --/, why: TEXTS },
  {
    uses: /^lttng-/,
    why: 'programs of their own: cases/sessiond.json, relayd.json, options.json; crash.test.ts',
  },
  { uses: /^metadata\b/, why: 'obsolete, another name for regenerate: cases/regenerate.json' },
  {
    uses: /--(kernel|jul|log4j|python|syscall|probe|function|buffers-global)$/,
    why: `another domain. ${TEXTS}`,
  },
  {
    uses: /--(ctrl-url|data-url|live|no-consumer)$/,
    why: 'a relay daemon: relay.test.ts, cases/network.json',
  },
  { uses: /^(archive-policy|doctor|listen)\b/, why: 'ours: tests of the system' },
  {
    uses: /^(start|stop|destroy) --(all|glob)$|--(mem-usage|no-truncate|style|trace-format)$/,
    why: 'later than 2.13',
  },
];

test('every command and option that says what is recorded is in a row, or has a reason', () => {
  const used = new Set(sessionScenarios.flatMap(({ lines }) => lines).flatMap(usesOf));
  const missing = allUses().filter((use) => !used.has(use));
  assert.deepEqual(
    missing.filter((use) => !elsewhere.some(({ uses }) => uses.test(use))),
    [],
  );
  for (const { uses } of elsewhere)
    assert.ok(
      missing.some((use) => uses.test(use)),
      `needless: ${uses}`,
    );
});

test('rows have titles of their own', () => {
  const titles = sessionScenarios.map(({ title }) => title);
  assert.equal(new Set(titles).size, titles.length);
});
