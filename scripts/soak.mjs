// @ts-check
/**
 * `npm run soak [-- SECONDS]`: sessions are made, started, stopped and destroyed for three minutes while programs
 * come and go and some are killed with -9; fails when a survivor's events are not exact, or when the daemon or its
 * consumer keeps descriptors, memory, shared memory or processes. Then a thousand rotations and clears at random
 * moments must keep every event that survives, once, and a thousand snapshots must have no holes; and ten thousand
 * streams must go through a relay daemon that may have 128 files open. Not part of `npm test`: it takes its time.
 * Needs root and the original tracer, like the tests of `tests/src/hostile`, whose world it uses.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build, installDependencies, root, run } from './setup.mjs';

const seconds = Number(process.argv[2] ?? 180);
const PROGRAMS = 6;
const KILLED = 2;
const EVENTS = 200;
/** Rounds after which caches are warm. */
const WARM_UP_ROUNDS = 5;
/** Noise of a garbage-collected heap over the run. */
const MAX_GROWTH_BYTES = 24 << 20;

installDependencies();
build();
const { World, until } = await import(join(root, 'tests/dist/hostile/world.js'));

/** @param {number} pid @param {typeof world} world */
const descriptorCount = (pid, world) =>
  readdirSync(world.environment.seenFromOutside(`/proc/${pid}/fd`)).length;

/** The process that `nsenter` runs, seen from here. @param {any} program */
async function childOf(program) {
  const outside = program.process.pid;
  return await until('a program has started', async () => {
    const children = readFileSync(`/proc/${outside}/task/${outside}/children`, 'utf8').trim();
    return children === '' ? undefined : Number(children.split(' ')[0]);
  });
}

/** @param {readonly number[]} numbers */
const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

const world = await World.create();
const samples = [];
const faults = [];
let [recorded, killed, rounds] = [0, 0, 0];
const end = Date.now() + seconds * 1000;

try {
  for (; Date.now() < end && faults.length === 0; rounds++) await round(rounds);
} finally {
  await world[Symbol.asyncDispose]();
}

/** One session with its programs; notes what the daemon and the consumer hold afterwards. @param {number} number */
async function round(number) {
  const small = { subbufferSizeBytes: 4096 << (number % 3), subbufferCount: 64 };
  const session = await world.session(`soak-${number}`, { attributes: number % 2 === 0 ? {} : small });
  const programs = Array.from({ length: PROGRAMS }, (_, index) =>
    world.environment.start([
      join(root, 'tests/dist/programs/sample'),
      'ticks',
      String(index),
      // Those that are killed would go on for long.
      String(index < KILLED ? 1000 * EVENTS : EVENTS),
      '100',
    ]),
  );
  const victims = programs.slice(0, KILLED);
  for (const victim of victims) {
    const pid = await childOf(victim);
    await delay(Math.random() * 100);
    process.kill(pid, 'SIGKILL');
    killed++;
  }
  for (const program of programs) await program.finished();
  const losses = await session.stop();
  await session.destroy();
  const { events } = await session.read();
  for (let index = KILLED; index < PROGRAMS; index++) {
    const own = events.filter((/** @type {any} */ { writer }) => writer === index).length;
    recorded += own;
    if (own !== EVENTS) {
      faults.push(`round ${number}: program ${index} has ${own} of ${EVENTS}, ${JSON.stringify(losses)}`);
    }
  }
  await world.environment.output(['rm', '-rf', session.folder]);
  await until('all programs are gone', async () => {
    const { applications } = await world.control.call('application.list', { domain: 'ust' });
    return applications.length === 0 ? true : undefined;
  });
  const [, consumer] = /Consumer started: uid=0, pid=(\d+)/.exec(world.daemon.stderr) ?? [];
  const pids = { daemon: world.daemonPid, consumer: Number(consumer) };
  samples.push({
    daemonFds: descriptorCount(pids.daemon, world),
    consumerFds: descriptorCount(pids.consumer, world),
    daemonBytes: world.residentBytes(pids.daemon),
    consumerBytes: world.residentBytes(pids.consumer),
    sharedFiles: readdirSync(world.environment.seenFromOutside('/dev/shm')).length,
    processes: readdirSync(world.environment.seenFromOutside('/proc')).filter((name) => /^\d+$/.test(name))
      .length,
  });
}

const warm = samples.slice(WARM_UP_ROUNDS);
const [first, last] = [warm.slice(0, warm.length >> 2), warm.slice(-(warm.length >> 2))];
if (first.length === 0) faults.push(`too few rounds to compare: ${rounds}`);
/** @type {readonly (keyof typeof samples[number])[]} */
const measures = ['daemonFds', 'consumerFds', 'sharedFiles', 'processes', 'daemonBytes', 'consumerBytes'];
for (const name of first.length === 0 ? [] : measures) {
  const [before, after] = [first, last].map((part) => median(part.map((sample) => sample[name])));
  const limit = name.endsWith('Bytes') ? MAX_GROWTH_BYTES : 0;
  console.log(`${name}: ${before} -> ${after}`);
  if (Number(after) - Number(before) > limit) faults.push(`${name} grew from ${before} to ${after}`);
}
console.log(`rounds=${rounds}, events of survivors=${recorded}, killed=${killed}`);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;

const many = ['exactness', 'many-snapshots'].map((name) => join(root, `tests/dist/hostile/${name}.test.js`));
run(process.execPath, ['--test', ...many], { ...process.env, LTTNG_TS_ROUNDS: '1000' });
const relay = ['many-streams'].map((name) => join(root, `tests/dist/hostile/${name}.test.js`));
run(process.execPath, ['--test', ...relay], { ...process.env, LTTNG_TS_STREAMS: '10000' });
