/**
 * The state of Node.js programs: what they tell of themselves when a session begins is what liblttng-ust tells of the same
 * program, under both daemons.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment, type RunOptions, type Side } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { samples } from '../harness/programs.ts';
import { comparableLines, readWith } from '../harness/reading.ts';
import { order, quit, startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');

/** A program that obeys `quit` and tells its state through liblttng-ust. */
const bareProgram = [
  'env',
  'LD_PRELOAD=liblttng-ust.so.1',
  process.execPath,
  '-e',
  "console.log('ready'); process.stdin.once('data', () => process.exit(0));",
];

interface Choices {
  readonly command: readonly string[];
  readonly run?: RunOptions;
  /** Further options of the rule. */
  readonly options?: readonly string[];
  /** What happens while the program runs; it ends by itself or is told to quit. */
  readonly whileRunning?: (session: TestSession) => Promise<void>;
}

/** Lines of state events, in order, with addresses by their file. */
async function stateOf(side: Side, { command, run, options = [], whileRunning }: Choices) {
  await using environment = await Environment.create();
  await startDaemon(environment, side);
  const session = await TestSession.create(environment, side);
  await session.enableEvent('lttng_ust_statedump:*', ...options);
  await session.start();
  const program = environment.start(command, run);
  await program.printed(/ready/);
  // The first event waits until the program is registered.
  if (command !== bareProgram) await order(program, 'kinds');
  // liblttng-ust dumps while main runs; what it is asked next it answers after that.
  await session.lttng('list', '--userspace');
  await whileRunning?.(session);
  await quit(program);
  await session.destroy();
  const { stdout } = await readWith(environment, 'ours', session.folder);
  const files = new Map<string, string>();
  return comparableLines(stdout).map((line) => {
    const [, address = '', path] = /baddr = (0x[\dA-F]+)(?:.* path = "([^"]*)")?/.exec(line) ?? [];
    if (path !== undefined) files.set(address, path);
    return line.replace(/baddr = 0x[\dA-F]+/, `at ${files.get(address) ?? ''}`);
  });
}

const countOf = (lines: readonly string[], name: string): number =>
  lines.filter((line) => line.startsWith(`lttng_ust_statedump:${name}:`)).length;

test('the modules of a Node.js program are told as liblttng-ust tells them', { skip }, async () => {
  const [ours, upstream, library] = await Promise.all([
    stateOf('ours', { command: [...samples.node(), 'serve'] }),
    stateOf('upstream', { command: [...samples.node(), 'serve'] }),
    stateOf('upstream', { command: bareProgram }),
  ]);
  // Namespaces are the environment's own, and so is the order of addresses.
  const withoutNumbers = (lines: readonly string[]) =>
    lines.map((line) => line.replace(/_ns = \d+/g, '_ns')).toSorted();
  assert.deepEqual(withoutNumbers(ours), withoutNumbers(upstream));
  const isModule = (line: string): boolean => line.includes(', { at ');
  const pathOf = (line: string): string => / at (.*?),/.exec(line)?.[1] ?? '';
  const known = new Set(library.filter(isModule).map(pathOf));
  const told = new Set(ours.filter(isModule).map(pathOf));
  const common = [...told].filter((path) => known.has(path));
  assert.ok(common.includes('[linux-vdso.so.1]') && common.some((path) => path.endsWith('/node')));
  assert.ok(common.length >= 5, common.join());
  const ofCommon = (lines: readonly string[]) =>
    lines.filter((line) => isModule(line) && common.includes(pathOf(line))).toSorted();
  assert.deepEqual(ofCommon(ours), ofCommon(library));
  // What the library's own program has not loaded.
  const own = [...told].filter((path) => !known.has(path));
  assert.ok(
    own.some((path) => path.endsWith('lttng-ts.node')),
    own.join(),
  );
  assert.match(ours[0] ?? '', /^lttng_ust_statedump:start:/);
  assert.match(ours[1] ?? '', /^lttng_ust_statedump:procname:.*procname = "node" }/);
  assert.match(
    ours[2] ?? '',
    /^lttng_ust_statedump:namespaces:.* cgroup_ns = [1-9]\d+,.* uts_ns = [1-9]\d+ }/,
  );
  assert.match(ours.at(-1) ?? '', /^lttng_ust_statedump:end:/);
});

test('a state is dumped again when it is asked for, as far as filters and the environment let it', {
  skip,
}, async () => {
  const node = [...samples.node(), 'serve'];
  const [again, filtered, bare] = await Promise.all([
    stateOf('ours', {
      command: node,
      whileRunning: async (session) => void (await session.lttng('regenerate', 'statedump')),
    }),
    stateOf('upstream', { command: node, options: ['--filter=path == "*node"'] }),
    stateOf('ours', {
      command: node,
      run: { env: { LTTNG_UST_WITHOUT_BADDR_STATEDUMP: '1', LTTNG_UST_WITHOUT_PROCNAME_STATEDUMP: '1' } },
    }),
  ]);
  assert.deepEqual([countOf(again, 'start'), countOf(again, 'end')], [2, 2]);
  const half = again.length / 2;
  assert.deepEqual(again.slice(half), again.slice(0, half));
  // The addon and the program itself.
  assert.equal(filtered.length, 2, filtered.join('\n'));
  assert.equal(countOf(filtered, 'bin_info'), 2);
  assert.deepEqual(
    bare.map((line) => line.replace(/: .*/, '')),
    ['start', 'namespaces', 'end'].map((name) => `lttng_ust_statedump:${name}`),
  );
});
