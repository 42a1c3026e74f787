/**
 * What breaks around a relay daemon: itself killed, producers killed, a disk that is full, noise and damaged
 * recordings at every port. It
 * lives on (or starts again over the same folder), other sessions are exact, and files can be read up to the last packet
 * that was acknowledged. LTTNG_TS_FUZZ_SECONDS and LTTNG_TS_FUZZ_SEED are for the noise.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeIndexFile } from '@lttng-ts/ctf';
import { Environment, type Program } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { recordingsFolder, skipWithoutRecordings } from '../harness/recorded-traffic.ts';
import { startRelay } from '../harness/relay.ts';

const skip = skipUnless('root', 'native');
const PACKET_BYTES = 4096;
const seconds = process.env['LTTNG_TS_FUZZ_SECONDS'] ?? '10';
const seed = process.env['LTTNG_TS_FUZZ_SEED'] ?? '1';
/** Noise makes files and sessions; what it must not make is memory that grows with it. */
const MAX_MEMORY_KIB = 512 << 10;

const attacker = (name: string): string => join(import.meta.dirname, 'attackers', `${name}.js`);

const peer = (environment: Environment, name: string, packets: number): Program =>
  environment.start([process.execPath, attacker('relay-peer'), name, String(packets)]);

async function acknowledgedBy(program: Program): Promise<number> {
  return Number((await program.printed(/acknowledged=(\d+)/))[1]);
}

async function pidOf(environment: Environment): Promise<string> {
  return (await environment.output(['pgrep', '-r', 'D,R,S', '-x', 'lttng-relayd'])).trim();
}

/** Packets of a peer's file that have an index entry and are what was sent. */
function readablePackets(folder: string, name: string): number {
  const place = join(folder, 'host', name, 'ust/uid/0/64-bit');
  const file = readFileSync(join(place, 'c_0'));
  assert.equal(file.length % PACKET_BYTES, 0, 'no packet is cut');
  const { entries } = decodeIndexFile(readFileSync(join(place, 'index/c_0.idx')));
  for (const [number, { offsetBytes }] of entries.entries()) {
    assert.equal(offsetBytes, BigInt(number * PACKET_BYTES));
    const content = file.subarray(number * PACKET_BYTES, (number + 1) * PACKET_BYTES);
    assert.ok(content.length === PACKET_BYTES && content.every((byte) => byte === number % 251));
  }
  return entries.length;
}

test('a relay that is killed has lost nothing that it acknowledged, and starts again', { skip }, async () => {
  await using environment = await Environment.create();
  const { folder } = await startRelay(environment, 'ours');
  const producer = peer(environment, 'before', 1_000_000);
  await producer.printed(/begun/);
  const pid = await pidOf(environment);
  await environment.output([
    'sh',
    '-c',
    `kill -9 ${pid}; while test -e /proc/${pid}/exe; do sleep 0.01; done`,
  ]);
  const acknowledged = await acknowledgedBy(producer);
  const entries = readablePackets(folder, 'before');
  assert.ok(acknowledged >= 10 && entries >= acknowledged && entries <= acknowledged + 1);
  await startRelay(environment, 'ours');
  assert.equal(await acknowledgedBy(peer(environment, 'after', 50)), 50);
  assert.equal(readablePackets(folder, 'after'), 50);
  assert.equal(readablePackets(folder, 'before'), entries, 'what was there stays');
});

test('a producer that is killed leaves whole packets, and others alone', { skip }, async () => {
  await using environment = await Environment.create();
  const { folder, program } = await startRelay(environment, 'ours');
  const other = peer(environment, 'other', 300);
  const victim = peer(environment, 'victim', 1_000_000);
  await victim.printed(/begun/);
  const { stdout } = await environment.run(['pgrep', '-f', 'relay-peer.js victim']);
  await environment.output(['kill', '-9', ...stdout.trim().split('\n')]);
  await victim.finished();
  assert.equal(await acknowledgedBy(other), 300);
  assert.ok(readablePackets(folder, 'victim') >= 10);
  assert.equal(readablePackets(folder, 'other'), 300);
  assert.equal(program.process.exitCode, null);
});

test('a full disk ends the streams that it hits; what was acknowledged can be read', { skip }, async () => {
  await using environment = await Environment.create();
  const disk = environment.path('relayed');
  await environment.output(['sh', '-c', `mkdir ${disk} && mount -t tmpfs -o size=1m tmpfs ${disk}`]);
  await startRelay(environment, 'ours');
  const inside = environment.seenFromOutside(disk);
  const acknowledged = await acknowledgedBy(peer(environment, 'greedy', 1000));
  assert.ok(acknowledged > 100 && acknowledged < 256);
  assert.equal(readablePackets(inside, 'greedy'), acknowledged);
  // Nothing of a new session fits; the relay says so, and goes on.
  assert.equal(await acknowledgedBy(peer(environment, 'late', 10)), 0);
  await environment.output(['rm', '-r', `${disk}/host/greedy`]);
  assert.equal(await acknowledgedBy(peer(environment, 'next', 100)), 100);
  assert.equal(readablePackets(inside, 'next'), 100);
});

/** Runs an attacker beside its witness; the relay must live, in bounded memory, and write nowhere else. */
async function withstand(name: string, ...words: readonly string[]): Promise<Record<string, number>> {
  await using environment = await Environment.create();
  const { folder, program } = await startRelay(environment, 'ours', '--fd-pool-size=100');
  const pid = await pidOf(environment);
  const attack = environment.start([process.execPath, attacker(name), seconds, seed, folder, ...words]);
  const { status, stdout, stderr } = await attack.finished((Number(seconds) + 60) * 1000);
  assert.equal(status, 0, `seed ${seed}: ${stderr}\n${program.stderr.slice(-3000)}`);
  assert.equal(await pidOf(environment), pid);
  assert.deepEqual(
    readdirSync(environment.folder).filter((name) => name !== 'relayed'),
    [],
  );
  assert.ok(!existsSync(environment.seenFromOutside('/etc/ust')));
  const memory = await environment.output(['cat', `/proc/${pid}/status`]);
  assert.ok(Number(/VmHWM:\s+(\d+)/.exec(memory)?.[1]) < MAX_MEMORY_KIB, memory);
  assert.doesNotMatch(program.stderr, /Fault of the/);
  assert.doesNotMatch(program.stderr, /Fault of a connection/);
  return JSON.parse(stdout);
}

const timeout = (Number(seconds) + 120) * 1000;

test(`noise on all ports for ${seconds} s: a witness is exact, and nothing lies outside`, {
  skip,
  timeout,
}, async (t) => {
  const { packets = 0, rounds = 0 } = await withstand('relay-noise');
  assert.ok(packets > 10 && rounds > 50);
  t.diagnostic(`connections with noise: ${rounds}, packets of the witness: ${packets}`);
});

test(`damaged recordings of original traffic on all ports for ${seconds} s: the same`, {
  skip: skip || skipWithoutRecordings,
  timeout,
}, async (t) => {
  const { packets = 0, plays = 0, replies = 0 } = await withstand('relay-replays', recordingsFolder);
  assert.ok(packets > 10 && plays > 5 && replies > plays);
  t.diagnostic(`recordings played: ${plays}, replies: ${replies}, packets of the witness: ${packets}`);
});
