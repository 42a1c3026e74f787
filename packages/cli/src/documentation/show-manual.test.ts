import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandSpecs } from '../lttng/options/commands.ts';
import { sessiondOptions } from '../sessiond/options.ts';
import { lttngPages } from './lttng-pages.ts';
import { pageText } from './page-text.ts';
import { type ManualWorld, showManual } from './show-manual.ts';

const world = (over: Partial<ManualWorld['machine']>): ManualWorld & { readonly seen: string[] } => {
  const seen: string[] = [];
  return {
    seen,
    realProgramFolder: '/opt/lttng-ts/bin',
    print: (text) => seen.push(text),
    machine: {
      environment: {},
      isExecutable: () => true,
      readText: () => '',
      run: async (program, args, streams) => {
        seen.push([program, ...args, streams].join(' '));
        return { kind: 'exited', exitCode: 0 };
      },
      ...over,
    },
  };
};

test('man shows the page of this program, wherever that lies', async () => {
  const here = world({});
  assert.deepEqual(await showManual('lttng-list', here), { kind: 'exited', exitCode: 0 });
  assert.deepEqual(here.seen, ['/usr/bin/man -M /opt/lttng-ts/man 1 lttng-list inherited']);
});

test('a viewer that is named is run whatever is there, and its end is told', async () => {
  const ends = [
    { kind: 'exited', exitCode: 7 },
    { kind: 'killed', signal: 15 },
    { kind: 'not-started', reason: 'No such file or directory' },
  ] as const;
  for (const end of ends) {
    const here = world({
      environment: { LTTNG_MAN_BIN_PATH: '/viewer' },
      isExecutable: () => false,
      run: async () => end,
    });
    assert.deepEqual(await showManual('lttng-sessiond', here), end);
  }
});

test('without man, or without the page, the text of the page is printed', async () => {
  for (const over of [{ isExecutable: () => false }, { readText: () => null }]) {
    const here = world({ ...over, environment: { COLUMNS: '60' } });
    assert.deepEqual(await showManual('lttng-stop', here), { kind: 'exited', exitCode: 0 });
    const [text = ''] = here.seen;
    assert.match(text, /^LTTNG-STOP\(1\)\n\nNAME\n {7}lttng-stop - stop recording sessions\n\nSYNOPSIS\n/);
    assert.match(text, /^ {7}-n, --no-wait\n {11}Return before the trace data are available\.$/m);
    for (const line of text.split('\n')) assert.ok(line.length <= 60, line);
  }
});

test('every command has a page with all its options', () => {
  const textOf = (name: string): string => {
    const page = lttngPages.find((candidate) => candidate.name === name);
    assert.ok(page, name);
    return pageText(page, 80);
  };
  const rows = [
    ...Object.values(commandSpecs).map(({ name, options }) => ({ page: `lttng-${name}`, options })),
    { page: 'lttng-sessiond', options: sessiondOptions },
  ];
  for (const { page, options } of rows) {
    const text = textOf(page);
    for (const option of options) {
      if ('isHidden' in option && option.isHidden === true) continue;
      assert.ok(text.includes(`--${option.long}`), join(page, option.long));
    }
  }
});
