/**
 * Buffers in files (`--shm-path`), and what `lttng-crash` makes of them when everybody was killed with -9: both daemons
 * leave the same files, and both tools make the same traces of them.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Environment, type Program, repositoryPath, type Side, sides } from '../harness/environment.ts';
import { eventually } from '../harness/eventually.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { lines } from '../harness/reading.ts';
import { order, startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');
const tools = { ours: repositoryPath('bin/lttng-crash'), upstream: 'lttng-crash' } as const;

/** Every name below a folder with its mode; what differs from run to run is masked. */
function modes(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const mode = (statSync(path).mode & 0o7777).toString(8);
      return `${mode} ${path.slice(folder.length + 1)}`
        .replaceAll(/\d{8}-\d{6}/g, 'DATE')
        .replace(/sample-\d+/, 'PID');
    })
    .sort();
}

interface Crashed {
  readonly shm: string;
  readonly files: readonly string[];
}

/** Kills without a warning all processes inside whose command line matches. */
async function killAll(environment: Environment, pattern: string, signals: readonly string[]): Promise<void> {
  // Those that have ended and that nobody waits for are left out.
  const find = async (): Promise<readonly string[]> =>
    lines((await environment.run(['pgrep', '--runstates', 'R,S,D,T', '-f', pattern])).stdout);
  const found = await find();
  assert.ok(found.length > 0, pattern);
  for (const signal of signals) await environment.output(['kill', signal, ...found]);
  await eventually(`${pattern} is gone`, async () => ((await find()).length === 0 ? true : null));
}

async function record(
  environment: Environment,
  side: Side,
  options: { readonly create?: readonly string[]; readonly channel?: readonly string[] },
  work: (sample: Program) => Promise<void>,
): Promise<Crashed> {
  await startDaemon(environment, side);
  const shm = environment.path('shm');
  const session = await TestSession.create(environment, side, {
    create: [`--shm-path=${shm}`, ...(options.create ?? [])],
  });
  await session.enableChannel('chan', '--subbuf-size=4096', '--num-subbuf=4', ...(options.channel ?? []));
  await session.enableEvent('sample:*', '--channel=chan');
  await session.start();
  const sample = environment.start(['taskset', '-c', '0', sampleProgram(), 'serve']);
  await sample.printed(/ready/);
  await work(sample);
  const files = modes(shm);
  // Stopped first: whoever is left must not put anything in order.
  await killAll(environment, 'lttng-(sessiond|consumerd)', ['-STOP', '-KILL']);
  await killAll(environment, 'sample serve', ['-KILL']);
  return { shm, files };
}

async function extracted(environment: Environment, tool: Side, { shm }: Crashed): Promise<string> {
  const out = environment.path(`out-${tool}`);
  const { status, stderr } = await environment.run([tools[tool], '--extract', out, shm]);
  assert.equal(status, 0, stderr);
  return out;
}

function assertSame(one: string, other: string): void {
  assert.deepEqual(modes(one), modes(other));
  for (const entry of readdirSync(one, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    assert.deepEqual(readFileSync(path), readFileSync(join(other, path.slice(one.length))), path);
  }
}

const variants: Readonly<Record<string, readonly string[]>> = {
  'per user': [],
  'per process': ['--buffers-pid'],
  overwrite: ['--overwrite'],
};

for (const [name, channel] of Object.entries(variants)) {
  test(`what a crash leaves can be read, whoever recorded and whoever reads: ${name}`, { skip }, async () => {
    const files: (readonly string[])[] = [];
    for (const side of sides) {
      await using environment = await Environment.create();
      const crashed = await record(environment, side, { channel }, async (sample) => {
        await order(sample, 'ticks 1 100');
        await order(sample, 'kinds');
      });
      files.push(crashed.files);
      const [ours, upstream] = [
        await extracted(environment, 'ours', crashed),
        await extracted(environment, 'upstream', crashed),
      ];
      assertSame(ours, upstream);
      const left = lines(await environment.output(['babeltrace2', ours]));
      // The original's metadata may not be in its trace yet; ours is there before the first event.
      const recording = environment.path('recording');
      const written = side === 'ours' ? lines(await environment.output(['babeltrace2', recording])) : [];
      assert.ok(left.length > 30);
      // Together they are everything, once.
      if (side === 'ours') assert.equal(left.length + written.length, 130);
      const text = await environment.output([tools.ours, crashed.shm]);
      assert.deepEqual(lines(text).length, left.length);
      const viewed = await environment.output([tools.ours, '--viewer=babeltrace2 --no-delta', crashed.shm]);
      assert.equal(lines(viewed).length, left.length);
    }
    assert.deepEqual(files[0], files[1]);
  });
}

test('an orderly end leaves nothing behind; what others put there stays', { skip }, async () => {
  for (const side of sides) {
    await using environment = await Environment.create();
    await startDaemon(environment, side);
    const shm = environment.path('shm');
    const session = await TestSession.create(environment, side, { create: [`--shm-path=${shm}`] });
    await session.enableEvent('sample:*');
    await session.start();
    const sample = environment.start([sampleProgram(), 'ticks', '1', '10']);
    assert.equal((await sample.finished()).status, 0);
    assert.equal(readdirSync(shm).length, 1);
    await session.stop();
    await session.destroy();
    assert.deepEqual(
      await eventually('it is empty', () => (readdirSync(shm).length === 0 ? [] : null)),
      [],
      side,
    );
    assert.equal(existsSync(shm), true);
  }
});

test('a session without output keeps its last events through a crash of the daemon', { skip }, async () => {
  await using environment = await Environment.create();
  const crashed = await record(environment, 'ours', { create: ['--snapshot'] }, async (sample) => {
    await order(sample, 'ticks 1 3000');
  });
  const out = await extracted(environment, 'ours', crashed);
  const events = lines(await environment.output(['babeltrace2', out]));
  const indexes = events.map((line) => Number(/index = (\d+)/.exec(line)?.[1]));
  assert.ok(indexes.length > 100 && indexes.length < 3000);
  assert.deepEqual(
    indexes,
    indexes.map((_, at) => 3000 - indexes.length + at),
  );
});

test('a buffer file that is cut while it is used costs its stream alone', { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  const shm = environment.path('shm');
  const session = await TestSession.create(environment, 'ours', { create: [`--shm-path=${shm}`] });
  await session.enableChannel('chan', '--subbuf-size=4096', '--num-subbuf=4', '--switch-timer=1000000');
  await session.enableEvent('sample:tick', '--channel=chan');
  await session.start();
  const first = environment.start(['taskset', '-c', '1', sampleProgram(), 'serve']);
  await first.printed(/ready/);
  await order(first, 'ticks 1 10');
  const [file] = readdirSync(shm, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('chan_0'),
  );
  await environment.output(['truncate', '--size=0', join(shm, file ?? '')]);
  await eventually('the fault is told', async () => {
    const { stdout } = await session.attempt('status');
    return /corrupt buffer: chan_0/.test(stdout) ? true : null;
  });
  await order(first, 'ticks 1 10');
  await session.stop();
  await session.destroy();
  const events = lines(await environment.output(['babeltrace2', session.folder]));
  assert.equal(events.length, 20);
});

test('refusals of lttng-crash: the exit statuses of the original', { skip }, async () => {
  await using environment = await Environment.create();
  await environment.output(['mkdir', 'empty']);
  // What cannot be read leaves a folder of the original's in `/tmp`; ours may lie there itself.
  const own = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs tmpfs /tmp && exec "$@"', 'sh'];
  const rows: readonly (readonly string[])[] = [
    ['/nonexistent'],
    ['--extract', 'empty', 'empty'],
    ['--extract', 'no/such', 'empty'],
    ['--bogus'],
    ['empty', 'empty'],
    ['--version'],
    ['--list-options'],
  ];
  for (const words of rows) {
    const [ours, upstream] = [
      await environment.run([tools.ours, ...words]),
      await environment.run([...own, tools.upstream, ...words]),
    ];
    assert.equal(ours.status, upstream.status, words.join(' '));
    if (words[0] === '--list-options') assert.equal(ours.stdout, upstream.stdout);
  }
});
