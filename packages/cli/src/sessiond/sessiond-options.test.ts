import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { configEntries, parseSwitch } from '../daemon/config-file.ts';
import { daemonLog } from '../daemon/log-lines.ts';
import { parseGetopt } from '../daemon/parse-getopt.ts';
import type { StartDecision } from '../daemon/start.ts';
import { checkArgument } from './option-values.ts';
import { sessiondOptions, withoutEffect } from './options.ts';
import { decideStart, type SessiondSettings } from './settings.ts';

const files: Record<string, string> = {
  '/etc/lttng.conf': '[sessiond]\ngroup=system\nverbose=yes\n',
  '/home/lttng.conf': '[sessiond]\ngroup=user\napps-sock=/user\n',
  '/given.conf': '[sessiond]\nquiet=on\nload=/given\nsig-parent=yes\n',
};

function decide(line: string, environment: Record<string, string> = {}): StartDecision<SessiondSettings> {
  return decideStart({
    words: line.split(' ').filter((word) => word !== ''),
    environment,
    configPaths: [],
    readText: (path) => files[path] ?? null,
  });
}

function settingsOf(line: string, environment: Record<string, string> = {}): SessiondSettings {
  const decision = decide(line, environment);
  assert.equal(decision.kind, 'run');
  return (decision as Extract<StartDecision<SessiondSettings>, { kind: 'run' }>).settings;
}

test('without options the daemon stays in the foreground', () => {
  assert.deepEqual(settingsOf(''), {
    mode: 'foreground',
    signalsParent: false,
    isQuiet: false,
    verbosity: 0,
    tracesKernel: true,
    groupName: 'tracing',
    clientSocket: null,
    applicationSocket: null,
    pidFile: null,
    consumerPath: null,
    loadPath: null,
    defaultTraceFormat: 'ctf-1.8',
    withoutEffect: [],
  });
});

test('abbreviations of upstream mean what they mean there, whatever was added since', () => {
  for (const word of ['--d', '--da', '--daemonize']) assert.equal(settingsOf(word).mode, 'daemon', word);
  assert.equal(settingsOf('--default=ctf-2').defaultTraceFormat, 'ctf-2');
  const refusal = "option '--c' is ambiguous; possibilities: '--client-sock'";
  assert.ok(parseGetopt(sessiondOptions, ['--c']).refusal?.startsWith(refusal));
});

test('each option has its place', () => {
  assert.deepEqual(
    settingsOf(
      '-dSqvv --no-kernel -g g -c /c -a /a -p /p --consumerd64-path=/x -l /l --kmod-probes a --agent-tcp-port=1 --default-trace-format=ctf-2',
    ),
    {
      mode: 'daemon',
      signalsParent: true,
      isQuiet: true,
      verbosity: 2,
      tracesKernel: false,
      groupName: 'g',
      clientSocket: '/c',
      applicationSocket: '/a',
      pidFile: '/p',
      consumerPath: '/x',
      loadPath: '/l',
      defaultTraceFormat: 'ctf-2',
      withoutEffect: ['agent-tcp-port', 'kmod-probes'],
    },
  );
});

test('who asks for both ways into the background keeps the streams', () => {
  assert.equal(settingsOf('-d').mode, 'daemon');
  assert.equal(settingsOf('-b').mode, 'background');
  assert.equal(settingsOf('-d -b').mode, 'background');
  assert.equal(settingsOf('-b -d').mode, 'background');
});

test('files override each other in order, and the command line overrides them', () => {
  const decision = decideStart({
    words: ['--config=/given.conf', '-v', '--load=/line'],
    environment: { LTTNG_CONSUMERD64_BIN: '/environment' },
    configPaths: ['/etc/lttng.conf', '/absent.conf', '/home/lttng.conf'],
    readText: (path) => files[path] ?? null,
  });
  assert.equal(decision.kind, 'run');
  assert.deepEqual(decision.messages, []);
  const { settings } = decision as Extract<StartDecision<SessiondSettings>, { kind: 'run' }>;
  assert.equal(settings.groupName, 'user');
  assert.equal(settings.applicationSocket, '/user');
  assert.equal(settings.verbosity, 2);
  assert.equal(settings.isQuiet, true);
  assert.equal(settings.loadPath, '/line');
  assert.equal(settings.signalsParent, true);
  assert.equal(settings.consumerPath, '/environment');
});

test('the option names the consumer before the variable does', () => {
  const environment = { LTTNG_CONSUMERD64_BIN: '/environment' };
  assert.equal(settingsOf('--consumerd64-path=/option', environment).consumerPath, '/option');
  assert.equal(settingsOf('', { LTTNG_CONSUMERD64_BIN: '' }).consumerPath, null);
});

test('verbosity ends at three', () => {
  assert.equal(settingsOf('-vvvvvvv').verbosity, 3);
  assert.equal(settingsOf('--verbose --verbose').verbosity, 2);
});

test('options, words and abbreviations mix as in getopt_long', () => {
  const read = (line: string) => parseGetopt(sessiondOptions, line.split(' '));
  assert.deepEqual(read('word -gG other --group H -- -x').positionals, ['word', 'other', '-x']);
  assert.deepEqual(
    read('word -gG other --group H -- -x').uses.map(({ value }) => value),
    ['G', 'H'],
  );
  assert.deepEqual(read('--e=1 --dae').uses, [
    { long: 'extra-kmod-probes', value: '1' },
    { long: 'daemonize', value: null },
  ]);
  assert.match(read('--c x').refusal ?? '', /^option '--c' is ambiguous; possibilities: '--client-sock'/);
  assert.deepEqual(read('-').positionals, ['-']);
});

test('settings in a file: sections, comments, separators', () => {
  const text = '\ufeffa=0\n[x]\na=1\n[y]\n ; c\n# c\n a : 2 ; c\nb=;3\nc = p q \r\nd\n[open\ne=4\n[x] z\na=5';
  assert.deepEqual(configEntries(text, 'y'), [
    { name: 'a', value: '2' },
    { name: 'b', value: ';3' },
    { name: 'c', value: 'p q' },
    { name: 'e', value: '4' },
  ]);
  assert.deepEqual(
    configEntries(text, 'x').map(({ value }) => value),
    ['1', '5'],
  );
});

test('switches in a file are words or numbers', () => {
  const values = ['yes', 'On', 'TRUE', '1', '2x', '0', 'no', 'Off', 'false', '', '-1', 'perhaps'];
  assert.deepEqual(values.map(parseSwitch), [1, 1, 1, 1, 2, 0, 0, 0, 0, null, null, null]);
});

test('numbers are read as strtoul reads them', () => {
  const isRight = (value: string) => checkArgument('agent-tcp-port', value) === null;
  assert.deepEqual(['1', '65534', '0x10', '010', '7z'].map(isRight), Array(5).fill(true));
  assert.deepEqual(['0', '65535', '-1', ' 1', 'x', '', `${2n ** 64n}`].map(isRight), Array(7).fill(false));
});

test('options without effect say so', () => {
  for (const { long, summary } of sessiondOptions) {
    assert.equal(/^Accepted, without effect\b/.test(summary), withoutEffect.includes(long), long);
  }
});

test('log lines have the level, the local time of day and the text', () => {
  const lines: string[] = [];
  const world = {
    nowNs: () => 1_000_000_000_000_000_000n + 7n,
    utcOffsetMinutes: () => 60,
    write: (line: string) => void lines.push(line),
  };
  const log = daemonLog({ isQuiet: false, verbosity: 1 }, world);
  log('error', 'e');
  log('warning', 'w');
  log('info', 'i');
  log('debug', 'd');
  daemonLog({ isQuiet: false, verbosity: 2 }, world)('debug', 'd');
  daemonLog({ isQuiet: true, verbosity: 3 }, world)('error', 'e');
  assert.deepEqual(lines, [
    'Error: e\n',
    'Warning: w\n',
    'DBG1 - 02:46:40.000000007 [Main]: i\n',
    'DBG2 - 02:46:40.000000007 [Main]: d\n',
  ]);
});

interface RecordedStep {
  readonly line: string;
  readonly stderr: readonly string[];
  readonly exitCode: number;
  readonly ours?: { readonly stderr?: readonly string[] };
}

/** Refusals of the original's that need nothing but words to be repeated. */
function recordedRefusals(): readonly RecordedStep[] {
  const path = join(import.meta.dirname, '..', '..', 'cases', 'sessiond.json');
  const { sequences } = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly sequences: readonly { readonly title: string; readonly steps: readonly RecordedStep[] }[];
  };
  return sequences.filter(({ title }) => title.endsWith('refused')).flatMap(({ steps }) => steps);
}

const prefixes = { refusal: 'lttng-sessiond', error: 'Error', warning: 'Warning' } as const;

for (const { line, stderr, exitCode, ours } of recordedRefusals()) {
  test(`refused as by the original: ${line}`, () => {
    const words = (line.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replaceAll("'", ''));
    const decision = decideStart({
      words: words.slice(1),
      environment: {},
      configPaths: [],
      readText: (path) => (path === 'c.conf' ? '' : null),
    });
    assert.equal(decision.kind, 'refuse');
    assert.equal(exitCode, 1);
    const said = decision.messages.map(({ kind, text }) => `${prefixes[kind]}: ${text}`);
    assert.deepEqual([...said, ''], ours?.stderr ?? stderr);
  });
}

test('the default trace format: variable, then file, then command line', () => {
  const decide = (words: readonly string[], variable: string | null, file = '') =>
    decideStart({
      words,
      environment: variable === null ? {} : { LTTNG_SESSIOND_DEFAULT_TRACE_FORMAT: variable },
      configPaths: ['c.conf'],
      readText: () => `[sessiond]\n${file}`,
    });
  const formatOf = (...request: Parameters<typeof decide>): string => {
    const decision = decide(...request);
    assert.equal(decision.kind, 'run');
    return decision.settings.defaultTraceFormat;
  };
  assert.equal(formatOf([], null), 'ctf-1.8');
  assert.equal(formatOf([], 'ctf-2'), 'ctf-2');
  assert.equal(formatOf([], 'ctf-2', 'default-trace-format=ctf-1.8'), 'ctf-1.8');
  assert.equal(formatOf([], null, 'default-trace-format=ctf-3'), 'ctf-1.8');
  assert.equal(formatOf(['--default-trace-format=ctf-1.8'], 'ctf-2'), 'ctf-1.8');
  const wrongOption = decide(['--default-trace-format', 'ctf-3'], null);
  assert.deepEqual(
    [wrongOption.kind, wrongOption.messages],
    [
      'refuse',
      [
        {
          kind: 'error',
          text: 'Wrong value in --default-trace-format parameter: ctf-3 (there are ctf-1.8, ctf-2)',
        },
      ],
    ],
  );
  assert.equal(decide([], 'ctf').kind, 'refuse');
});
