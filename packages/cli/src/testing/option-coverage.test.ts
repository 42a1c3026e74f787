/**
 * Every command, every option and every command's XML document is used by a recorded command line (`cases/`), which our
 * programs repeat word for word; what cannot be recorded from LTTng-tools 2.13 is named here, with its own test.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { allUses, usesOf } from './option-coverage.ts';
import { recordedFiles } from './recorded-files.ts';

const repository = join(import.meta.dirname, '../../../..');

const testedElsewhere: readonly {
  readonly uses: RegExp;
  readonly why: string;
  readonly test: string;
}[] = [
  { uses: /^archive-policy\b/, why: 'ours', test: 'tests/src/system/archive-policy.test.ts' },
  { uses: /^doctor\b/, why: 'ours', test: 'tests/src/system/doctor.test.ts' },
  { uses: /^listen\b/, why: 'ours', test: 'tests/src/system/listen.test.ts' },
  {
    uses: /^(start|stop) --(all|glob)$|^destroy --glob$/,
    why: 'of LTTng-tools 2.14',
    test: 'packages/cli/src/lttng/later-options.test.ts',
  },
  {
    uses: /^(list|status) --(mem-usage|style|no-truncate)$/,
    why: 'of LTTng-tools 2.15',
    test: 'packages/cli/src/lttng/later-options.test.ts',
  },
  {
    uses: /^(create --trace-format|lttng-sessiond --default-trace-format)$/,
    why: 'of LTTng-tools 2.15',
    test: 'tests/src/interop/trace-format.test.ts',
  },
  {
    uses: /^lttng-relayd --(pid-file|dynamic-port-allocation)$/,
    why: 'of LTTng-tools 2.14',
    test: 'tests/src/system/relay-daemon.test.ts',
  },
  {
    uses: /^lttng-relayd --(status|json|metrics-port)$/,
    why: 'ours',
    test: 'tests/src/system/relay-daemon.test.ts',
  },
  {
    uses: /^lttng-relayd --((first-bytes|stall|resume)-timeout|max-host-(connections|streams|bytes)|tls-(peer-ca|ports))$/,
    why: 'ours',
    test: 'packages/cli/src/relayd/settings.test.ts',
  },
  {
    uses: /^lttng-relayd --(token-file|tls-(certificate|key))$/,
    why: 'ours',
    test: 'tests/src/system/relay-security.test.ts',
  },
];

function recordedUses(): ReadonlySet<string> {
  const sequences = recordedFiles().flatMap((file) => file.sequences);
  const lines = sequences.flatMap(({ steps }) => steps.map(({ line }) => line));
  return new Set(lines.flatMap(usesOf));
}

test('a line is read as a shell and the programs read it', () => {
  assert.deepEqual(usesOf('X=1 lttng -q --mi=xml create -o "a b" s; lttng list -uf | grep "lttng x"'), [
    'lttng --quiet',
    'lttng --mi',
    'create',
    'create (--mi xml)',
    'create --output',
    'list',
    'list --userspace',
    'list --fields',
  ]);
  assert.deepEqual(usesOf("lttng enable-event -ua --filter 'a && b; lttng stop' && lttng-sessiond -d"), [
    'enable-event',
    'enable-event --userspace',
    'enable-event --all',
    'enable-event --filter',
    'lttng-sessiond --daemonize',
  ]);
  assert.deepEqual(usesOf('echo lttng create; lttng nosuch --all; (lttng-crash -x d e)'), [
    'lttng-crash --extract',
  ]);
});

test('every command, option and document is recorded from the original, or tested elsewhere', () => {
  const recorded = recordedUses();
  const missing = allUses().filter((use) => !recorded.has(use));
  const unexplained = missing.filter((use) => !testedElsewhere.some(({ uses }) => uses.test(use)));
  assert.deepEqual(unexplained, []);
  for (const { uses, test: path } of testedElsewhere) {
    assert.ok(
      missing.some((use) => uses.test(use)),
      `recorded by now: ${uses}`,
    );
    assert.ok(existsSync(join(repository, path)), path);
  }
});
