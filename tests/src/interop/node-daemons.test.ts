/** Session daemons come and go; a Node.js program finds them, and never notices when they fail. */
import assert from 'node:assert/strict';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { commandOf, Environment, type Side } from '../harness/environment.ts';
import { lttng, order, quit, record, startDaemon } from '../harness/recording.ts';
import { daemonSides, eventLines, nodeLives, registered, samples, serve, skip } from './node-world.ts';

const sample = () => samples.node();
const rules = [['sample:tick']];
/** Longest that a program may take beyond what it takes alone; less than the three seconds that it waits for a daemon unasked. */
const SLACK_MS = 1500;
/** A busy machine makes a run long, but not each of so many; a program that waits where it should not always does. */
const ATTEMPTS = 20;

/** Kills a daemon that wrote its pid into a file. */
async function kill(environment: Environment, pidFile: string): Promise<void> {
  await environment.output(['sh', '-c', 'read pid < "$1"; kill -9 $pid; rm "$1"', 'sh', pidFile]);
}

/** How long a program runs, in ms. */
async function durationMs(
  environment: Environment,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const begin = performance.now();
  const outcome = await environment.run(command, { env });
  assert.equal(outcome.status, 0, outcome.stderr);
  assert.equal(outcome.stderr, '');
  assert.match(outcome.stdout, /done/);
  return performance.now() - begin;
}

/** Repeats what takes a time until it takes less than a limit; gives the shortest. */
async function shortestMs(limitMs: number, run: () => Promise<number>): Promise<number> {
  let shortest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && shortest >= limitMs; attempt++) {
    shortest = Math.min(shortest, await run());
  }
  return shortest;
}

for (const side of daemonSides) {
  test(`a program that runs already is recorded, daemon: ${side}`, { skip }, async () => {
    await using environment = await Environment.create();
    await startDaemon(environment, side);
    const program = await serve(environment, sample());
    await registered(program);
    const { folder } = await record(environment, { side, rules }, async () => {
      await order(program, 'ticks 1 5');
    });
    await quit(program);
    assert.equal((await eventLines(environment, folder)).length, 5);
  });

  test(`a daemon that starts after the program is found, daemon: ${side}`, { skip }, async () => {
    await using environment = await Environment.create();
    const program = await serve(environment, sample());
    await order(program, 'ticks 1 2');
    await startDaemon(environment, side);
    await registered(program);
    const { folder } = await record(environment, { side, rules }, async () => {
      await order(program, 'ticks 1 3');
    });
    await quit(program);
    assert.equal((await eventLines(environment, folder)).length, 3);
  });

  test(`a daemon that is killed and started again is found again, daemon: ${side}`, { skip }, async () => {
    await using environment = await Environment.create();
    const pidFile = environment.path('pid');
    const start = [commandOf(side, 'lttng-sessiond'), '--daemonize', '--no-kernel', `--pidfile=${pidFile}`];
    await environment.output(start);
    await lttng(environment, side, 'create', 'lost', `--output=${environment.path('lost')}`);
    await lttng(environment, side, 'enable-event', '--userspace', 'sample:*');
    await lttng(environment, side, 'start');
    const program = await serve(environment, sample());
    await order(program, 'ticks 1 100');
    await kill(environment, pidFile);
    // More than the buffers hold, with nobody who reads: the program goes on.
    await order(program, 'ticks 2 200000');
    await program.printed(/Session daemon is gone/);
    // Helpers of a killed daemon keep its sockets for a moment: the next one refuses to start as long.
    const again = 'for i in $(seq 400); do "$@" && exit 0; sleep 0.05; done; exit 1';
    await environment.output(['sh', '-c', again, 'sh', ...start]);
    await registered(program, 2);
    const { folder } = await record(environment, { side, rules }, async () => {
      await order(program, 'ticks 3 7');
    });
    await quit(program);
    assert.equal((await eventLines(environment, folder)).length, 7);
  });

  test(`a busy event loop makes no daemon wait, daemon: ${side}`, { skip }, async () => {
    await using environment = await Environment.create();
    // The daemon drops an application that has not answered for a second.
    const env = { LTTNG_APP_SOCKET_TIMEOUT: '1' };
    await environment.output([commandOf(side, 'lttng-sessiond'), '--daemonize', '--no-kernel'], { env });
    const program = await serve(environment, nodeLives());
    await registered(program);
    const file = environment.path('enough');
    program.write(`busy ${file}\n`);
    const { folder } = await record(environment, { side, rules }, async () => {
      // All that the daemon asked so far, it asked while the program computed.
      writeFileSync(file, '');
      await program.printed(/done busy/);
      await order(program, 'ticks 4');
    });
    await quit(program);
    assert.equal((await eventLines(environment, folder)).length, 4);
    assert.doesNotMatch(program.stderr, /Session daemon is gone/);
  });

  test(`root's daemon and the user's record one program, daemon: ${side}`, { skip }, async () => {
    await using environment = await Environment.create();
    const uid = 1000;
    const home = environment.path('home');
    mkdirSync(home);
    chownSync(home, uid, uid);
    chownSync(environment.folder, uid, uid);
    const user = { uid, cwd: home, env: { HOME: home, LTTNG_HOME: home } };
    await startDaemon(environment, side);
    await environment.output([commandOf(side, 'lttng-sessiond'), '--daemonize', '--no-kernel'], user);
    const asUser = async (...words: readonly string[]) =>
      await environment.output([commandOf(side, 'lttng'), ...words], user);
    await asUser('create', 'user', `--output=${home}/user`);
    await asUser('enable-event', '--userspace', 'sample:tick', '--filter=index >= 3');
    await asUser('start');
    const { folder } = await record(environment, { side, rules }, async () => {
      await environment.output([...sample(), 'ticks', '1', '5'], user);
    });
    await asUser('destroy');
    assert.equal((await eventLines(environment, folder)).length, 5, 'root');
    assert.equal((await eventLines(environment, `${home}/user`)).length, 2, 'user');
  });
}

test('LTTNG_HOME comes before HOME', { skip }, async () => {
  const [side] = daemonSides as readonly [Side];
  await using environment = await Environment.create();
  const home = environment.path('home');
  mkdirSync(home);
  const uid = 1000;
  chownSync(home, uid, uid);
  chownSync(environment.folder, uid, uid);
  const user = { uid, cwd: home, env: { HOME: environment.path('elsewhere'), LTTNG_HOME: home } };
  await environment.output([commandOf(side, 'lttng-sessiond'), '--daemonize', '--no-kernel'], user);
  const program = environment.start([...sample(), 'serve'], {
    ...user,
    env: { ...user.env, LTTNG_UST_DEBUG: '1' },
  });
  await registered(program);
  await quit(program);
});

test('LTTNG_UST_APP_PATH names the folder of the one daemon to register with', { skip }, async () => {
  const [side] = daemonSides as readonly [Side];
  await using environment = await Environment.create();
  const folder = environment.path('apps');
  mkdirSync(folder);
  // LTTng 2.13 has another way to listen there.
  const socket = `--apps-sock=${folder}/lttng-ust-sock-8`;
  await environment.output([commandOf(side, 'lttng-sessiond'), '--daemonize', '--no-kernel', socket]);
  const { folder: trace } = await record(environment, { side, rules }, async () => {
    const env = { LTTNG_UST_APP_PATH: folder };
    await environment.output([...sample(), 'ticks', '1', '3'], { env });
    await environment.output([...sample(), 'ticks', '2', '4']);
  });
  assert.equal((await eventLines(environment, trace)).length, 3);
});

test('where no daemon is, a program runs as ever', { skip }, async () => {
  await using environment = await Environment.create();
  const command = [...sample(), 'ticks', '1', '100000'];
  const aloneMs = await durationMs(environment, command, { LTTNG_TS_DISABLE: '1' });
  const limitMs = aloneMs + SLACK_MS;
  // The shortest time-out that is told from none.
  const env = { LTTNG_UST_REGISTER_TIMEOUT: '3000' };
  const run = async (): Promise<number> => await durationMs(environment, command, env);
  assert.ok((await shortestMs(limitMs, run)) < limitMs, 'no daemon');
  // Left by one that was killed: a file that is no socket, and wait memory that promises a daemon.
  await environment.output(['sh', '-c', ': > /run/lttng/lttng-ust-sock-8']);
  await environment.output([
    'sh',
    '-c',
    'printf "\\001" > /dev/shm/lttng-ust-wait-8; truncate -s 4096 /dev/shm/lttng-ust-wait-8',
  ]);
  assert.ok((await shortestMs(limitMs, run)) < limitMs, 'a stale socket');
});

test('a daemon that never answers is waited for no longer than asked', { skip }, async () => {
  await using environment = await Environment.create();
  const silent = environment.start([
    process.execPath,
    '-e',
    "require('node:net').createServer(() => {}).listen('/run/lttng/lttng-ust-sock-8', () => console.log('listens'))",
  ]);
  await silent.printed(/listens/);
  const command = [...sample(), 'ticks', '1', '1000'];
  const aloneMs = await durationMs(environment, command, { LTTNG_TS_DISABLE: '1' });
  const waiting = async (timeoutMs: number): Promise<number> => {
    const took = await durationMs(environment, command, { LTTNG_UST_REGISTER_TIMEOUT: String(timeoutMs) });
    assert.ok(took >= timeoutMs, `waited ${took} of ${timeoutMs} ms`);
    return took;
  };
  const limitMs = aloneMs + 700 + SLACK_MS;
  assert.ok((await shortestMs(limitMs, () => waiting(700))) < limitMs, 'waits no longer');
  assert.ok((await shortestMs(aloneMs + SLACK_MS, () => waiting(0))) < aloneMs + SLACK_MS, 'does not wait');
});

test('a daemon that talks nonsense is left, and the program runs on', { skip }, async () => {
  await using environment = await Environment.create();
  const script = `
    require('node:net').createServer((s) => { s.on('error', () => {}); s.write(Buffer.alloc(4096, 0xa5)); })
      .listen('/run/lttng/lttng-ust-sock-8', () => console.log('listens'));`;
  const hostile = environment.start([process.execPath, '-e', script]);
  await hostile.printed(/listens/);
  const program = await serve(environment, sample());
  await program.printed(/Session daemon is gone/);
  await order(program, 'ticks 1 1000');
  await quit(program);
});
