/** Options of upstream after 2.13, which no recorded command line holds: several sessions at once, and trees. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BufferSetInfo } from '@lttng-ts/protocols';
import { FakeDaemon } from '../testing/fake-daemon.ts';
import { runInProcess } from '../testing/in-process.ts';

/** What each line says, on both streams, and its exit code where that is not 0. */
async function said(
  lines: readonly string[],
  daemon: FakeDaemon = new FakeDaemon(),
): Promise<readonly string[]> {
  const steps = lines.map((line) => ({ line: `lttng ${line}` }));
  const outcomes = await runInProcess({ title: 'later options', steps }, daemon);
  return outcomes.flatMap((outcome, index) => {
    assert.ok(outcome !== null);
    const { stdout, stderr, exitCode } = outcome;
    const words = [...stdout, ...stderr].filter((line) => line !== '');
    return [`$ ${lines[index]}`, ...words, ...(exitCode === 0 ? [] : [`=> ${exitCode}`])];
  });
}

const sessions = ['-o /tmp/x web-1', '-o /tmp/x web-2', '-o /tmp/x db'];
const created = [
  ...sessions.map((words) => `create ${words}`),
  'enable-event -u -s web-1 a',
  'enable-event -u -s web-2 a',
];

test('start, stop and destroy of all sessions go on after one that fails', async () => {
  const seen = await said([
    ...created,
    'start --all',
    'start -a',
    'stop --all',
    'stop --all',
    'start --all extra',
    '--mi xml start -a',
    'destroy --all',
    'start --all',
    'stop -a',
  ]);
  assert.deepEqual(seen.slice(seen.indexOf('$ start --all')), [
    '$ start --all',
    'Tracing started for session web-2',
    'Tracing started for session web-1',
    'Error: No channel found in the session',
    '=> 1',
    '$ start -a',
    'Error: No channel found in the session',
    'Warning: Tracing already started for session web-2',
    'Warning: Tracing already started for session web-1',
    '=> 1',
    '$ stop --all',
    'Waiting for data availability',
    'Tracing stopped for session web-2',
    'Waiting for data availability',
    'Tracing stopped for session web-1',
    'Warning: Tracing already stopped for session db',
    '$ stop --all',
    'Warning: Tracing already stopped for session db',
    'Warning: Tracing already stopped for session web-2',
    'Warning: Tracing already stopped for session web-1',
    '$ start --all extra',
    'Error: Unknown argument: extra',
    '=> 1',
    '$ --mi xml start -a',
    ...seen.slice(seen.indexOf('$ --mi xml start -a') + 1, seen.indexOf('$ destroy --all')),
    '$ destroy --all',
    'Session db destroyed',
    'Session web-2 destroyed',
    'Session web-1 destroyed',
    '$ start --all',
    'No session found, nothing to do.',
    '$ stop -a',
    'No session found, nothing to do.',
  ]);
  const document = seen.find((line) => line.startsWith('<command')) ?? '';
  assert.match(document, /<sessions><session><name>web-2<.*<name>web-1<.*<success>false</);
});

test('a pattern chooses sessions', async () => {
  const seen = await said([
    ...created,
    "start --glob 'web-*'",
    "stop -g 'web-?' --no-wait",
    'start --glob',
    "start -g 'none*'",
    "destroy --glob 'web-[2-9]'",
    "destroy -g '*' extra",
    'list',
  ]);
  assert.deepEqual(seen.slice(seen.indexOf("$ start --glob 'web-*'")), [
    "$ start --glob 'web-*'",
    'Tracing started for session web-2',
    'Tracing started for session web-1',
    "$ stop -g 'web-?' --no-wait",
    'Tracing stopped for session web-2',
    'Tracing stopped for session web-1',
    '$ start --glob',
    'Error: Missing pattern of session names.',
    '=> 1',
    "$ start -g 'none*'",
    'No session found, nothing to do.',
    "$ destroy --glob 'web-[2-9]'",
    'Session web-2 destroyed',
    "$ destroy -g '*' extra",
    'Session db destroyed',
    'Session web-1 destroyed',
    'Error: Unknown argument: extra',
    '=> 1',
    '$ list',
    'Currently no available recording session',
  ]);
});

const memory = (residentBytes: number) => [0, 1].map((cpu) => ({ cpu, residentBytes, lengthBytes: 4 << 20 }));
const buffers: readonly BufferSetInfo[] = [
  {
    owner: { kind: 'user', uid: 0, wordSizeBits: 64 },
    capacityBytes: 2 << 20,
    streams: memory(4 << 20),
    usage: { lowestUsageBytes: 84, highestUsageBytes: 1 << 20, outputBytes: 4096 },
  },
  {
    owner: { kind: 'process', pid: 7, name: 'a\x1bb', wordSizeBits: 32 },
    capacityBytes: 2 << 20,
    streams: memory(1 << 20),
    usage: null,
  },
];

/** What the lines say of a daemon whose channels have these buffers; the time of creation is the machine's. */
async function treesOf(...lines: readonly string[]): Promise<readonly string[]> {
  const steps = [
    'create -o /tmp/x web',
    "enable-event -u --channel=ch 'a*' --filter 'i > 3' --loglevel-only=INFO --exclude=a1",
    'enable-channel -u rest --overwrite --tracefile-size=1M',
    'track -u --vpid=5',
    ...lines,
  ];
  const seen = await said(steps, new FakeDaemon({ buffers: new Map([['ch', buffers]]) }));
  const own = seen.slice(seen.indexOf(`$ ${lines[0]}`));
  return own.map((line) => line.replace(/\d{4}-\d\d-\d\d @ [\d:]{8}/, 'TIME'));
}

test('a tree shows a session with the memory of its buffers', async () => {
  assert.deepEqual(await treesOf('list web --mem-usage=full --style=compact'), [
    '$ list web --mem-usage=full --style=compact',
    '# Recording session `web` <Created: TIME>',
    '  > Trace format: CTF 1.8',
    '  > Output:       `/tmp/x`',
    '  > Domain User space <2 channels>',
    '    > Process filter:',
    '      : Virtual process IDs:  Allow only 5',
    '      : Virtual user IDs:     Allow all',
    '      : Virtual group IDs:    Allow all',
    '    + Event record channel `ch` <1 event rule>',
    '      > Loss mode:    Discard newest event record',
    '      > Ring buffers: 4 sub-buffers of 512.00 KiB per CPU, per Unix user',
    '      > Timer periods:',
    '        > Monitor timer: 1.00 s',
    '        > Read timer:    Inactive',
    '        > Switch timer:  Inactive',
    '      > Statistics:',
    '        > Discarded event records: 0',
    '        > Fill at last sample:     84 B to 1.00 MiB of 2.00 MiB',
    '        > Memory usage: [############--------] 10.00 MiB / 16.00 MiB',
    '          : For UID 0 (64-bit):          [####################] 8.00 MiB / 8.00 MiB, fill 84 B to 1.00 MiB of 2.00 MiB',
    '          :   CPU   0:                   [####################] 4.00 MiB / 4.00 MiB',
    '          :   CPU   1:                   [####################] 4.00 MiB / 4.00 MiB',
    '          : For PID 7 (a\\x1bb) (32-bit): [#####---------------] 2.00 MiB / 8.00 MiB',
    '          :   CPU   0:                   [#####---------------] 1.00 MiB / 4.00 MiB',
    '          :   CPU   1:                   [#####---------------] 1.00 MiB / 4.00 MiB',
    '      + Event rule `a*`',
    '        > Filter:     `i > 3`',
    '        > Log level:  Exactly TRACE_INFO (6)',
    '        > Exclusions: `a1`',
    '    + Event record channel `rest` <0 event rules>',
    '      > Loss mode:          Overwrite oldest sub-buffer',
    '      > Ring buffers:       4 sub-buffers of 512.00 KiB per CPU, per Unix user',
    '      > Largest trace file: 1.00 MiB',
    '      > Timer periods:',
    '        > Monitor timer: 1.00 s',
    '        > Read timer:    Inactive',
    '        > Switch timer:  Inactive',
    '      > Statistics:',
    '        > Discarded packets: 0',
    '        > Memory usage:      None',
  ]);
});

test('the options of the tree are checked, and choose what is in it', async () => {
  const seen = await treesOf(
    'status --mem-usage=compact --channel=ch',
    'status --mem-usage=compact',
    'list --no-truncate',
    'list web --domain --style=breathe',
    'list web --style=wide',
    'list --mem-usage=none',
    '--mi json list web --mem-usage=total',
  );
  const after = (command: string): readonly string[] => {
    const from = seen.slice(seen.indexOf(`$ ${command}`) + 1);
    const end = from.findIndex((line) => line.startsWith('$ '));
    return end < 0 ? from : from.slice(0, end);
  };
  assert.equal(after('status --mem-usage=compact').filter((line) => line.includes('CPU   ')).length, 0);
  assert.equal(after('status --mem-usage=compact').filter((line) => line.includes(': For ')).length, 2);
  assert.deepEqual(after('list --no-truncate'), [
    '# Recording session `web` <Created: TIME>',
    '  > Trace format: CTF 1.8',
    '  > Output:       `/tmp/x`',
  ]);
  assert.deepEqual(after('list web --domain --style=breathe').slice(3), [
    '  > Domain User space <2 channels>',
    '    > Process filter:',
    '      : Virtual process IDs:  Allow only 5',
    '      : Virtual user IDs:     Allow all',
    '      : Virtual group IDs:    Allow all',
  ]);
  assert.deepEqual(after('list web --style=wide'), [
    'Error: Invalid value for --style option: wide (there are breathe, compact)',
    '=> 1',
  ]);
  assert.deepEqual(after('list --mem-usage=none'), [
    'Error: Invalid value for --mem-usage option: none (there are total, compact, full)',
    '=> 1',
  ]);
  const [json = ''] = after('--mi json list web --mem-usage=total');
  assert.deepEqual(JSON.parse(json).items[0].buffers[0], { domain: 'ust', channel: 'ch', sets: buffers });
});

test('the machine interface in XML stays that of 2.13', async () => {
  const seen = await treesOf('--mi xml list web', '--mi xml list web --mem-usage=full');
  const [without, withTree] = seen.filter((line) => line.startsWith('<command'));
  assert.ok(without?.includes('<name>ch</name>'));
  assert.equal(withTree, without);
});
