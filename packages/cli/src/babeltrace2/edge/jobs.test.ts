/** `--jobs` as a process: the same bytes and the same end as with one thread. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const root = join(import.meta.dirname, '..', '..', '..', '..', '..');
const program = join(root, 'bin', 'babeltrace2');
const TIMEOUT_MS = 60_000;

const METADATA = `/* CTF 1.8 */
typealias integer { size = 32; align = 8; } := u32;
typealias integer { size = 64; align = 8; } := u64;
trace { major = 1; minor = 8; byte_order = le; packet.header := struct { u32 magic; u32 stream_id; }; };
clock { name = monotonic; freq = 1000000000; offset = 0; };
typealias integer { size = 64; align = 8; map = clock.monotonic.value; } := clock_value;
stream {
  id = 0;
  packet.context := struct {
    clock_value timestamp_begin; clock_value timestamp_end; u64 content_size; u64 packet_size; u64 events_discarded;
  };
  event.header := struct { u32 id; clock_value timestamp; };
};
event { name = "jobs:tick"; id = 0; stream_id = 0; fields := struct { u32 index; }; };
`;
const [HEAD_BYTES, EVENT_BYTES] = [8 + 5 * 8, 4 + 8 + 4];
const [STREAMS, PACKETS, EVENTS] = [3, 40, 2000];

/** A trace of 3.8 MB whose streams take turns, with a loss before each packet but the first. */
function writeTrace(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'babeltrace2-jobs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const trace = join(folder, 'trace');
  mkdirSync(trace);
  writeFileSync(join(trace, 'metadata'), METADATA);
  for (let stream = 0; stream < STREAMS; stream++) {
    const packets = Array.from({ length: PACKETS }, (_, packet) => writePacket(stream, packet));
    writeFileSync(join(trace, `stream_${stream}`), Buffer.concat(packets));
  }
  return trace;
}

function writePacket(stream: number, packet: number): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + EVENTS * EVENT_BYTES);
  const timeOf = (event: number): bigint =>
    BigInt(3_600_000_000_000 + (packet * EVENTS + event) * 1000 + stream);
  const sizeBits = BigInt(bytes.length * 8);
  bytes.writeUInt32LE(0xc1fc1fc1, 0);
  [timeOf(0), timeOf(EVENTS - 1), sizeBits, sizeBits, BigInt(packet)].forEach((value, i) => {
    bytes.writeBigUInt64LE(value, 8 + 8 * i);
  });
  for (let event = 0; event < EVENTS; event++) {
    const at = HEAD_BYTES + event * EVENT_BYTES;
    bytes.writeBigUInt64LE(timeOf(event), at + 4);
    bytes.writeUInt32LE(packet * EVENTS + event, at + 12);
  }
  return bytes;
}

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function read(trace: string, ...options: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(program, [...options, trace], {
    encoding: 'latin1',
    maxBuffer: 1 << 28,
    timeout: TIMEOUT_MS,
    env: { ...process.env, TZ: 'UTC' },
  });
  return { status, stdout, stderr };
}

test('several threads print what one prints', (t) => {
  const trace = writeTrace(t);
  const whole = read(trace);
  assert.equal(whole.status, 0);
  assert.equal(whole.stdout.split('\n').length - 1, STREAMS * PACKETS * EVENTS);
  assert.equal(whole.stderr.split('WARNING').length - 1, STREAMS * (PACKETS - 1));
  for (const jobs of [1, 2, 4]) {
    const outcome = read(trace, `--jobs=${jobs}`);
    assert.ok(outcome.stdout === whole.stdout, `jobs=${jobs}`);
    assert.equal(outcome.stderr, whole.stderr);
    assert.equal(outcome.status, 0);
  }
});

test('a damaged trace ends alike', (t) => {
  const trace = writeTrace(t);
  // An event class that does not exist, in the middle.
  const bytes = Buffer.concat(Array.from({ length: PACKETS }, (_, packet) => writePacket(1, packet)));
  bytes.writeUInt32LE(
    7,
    (PACKETS / 2) * (HEAD_BYTES + EVENTS * EVENT_BYTES) + HEAD_BYTES + 500 * EVENT_BYTES,
  );
  writeFileSync(join(trace, 'stream_1'), bytes);
  const whole = read(trace);
  assert.equal(whole.status, 1);
  assert.match(whole.stderr, /Unknown event record class: id=7/);
  for (const jobs of [2, 4]) {
    const outcome = read(trace, '--jobs', String(jobs));
    assert.ok(outcome.stdout === whole.stdout, `jobs=${jobs}`);
    assert.equal(outcome.stderr, whole.stderr);
    assert.equal(outcome.status, 1);
  }
  // What is wrong before any event is told once, too.
  truncateSync(join(trace, 'stream_2'), 100_000);
  assert.deepEqual(read(trace, '--jobs=2'), read(trace));
});

test('what cannot be divided is done by one thread', (t) => {
  const trace = writeTrace(t);
  for (const options of [
    ['-o', 'dummy'],
    ['--begin=01:00:00.1', '--end=01:00:00.101'],
    ['-c', 'sink.utils.counter'],
  ])
    assert.deepEqual(read(trace, '--jobs=2', ...options), read(trace, ...options));
});

test('a reader that goes away ends all threads quietly', (t) => {
  const trace = writeTrace(t);
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', `"${program}" --jobs=4 "${trace}" | head -n 1`], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  assert.match(stdout, /jobs:tick/);
  assert.equal(stderr, '');
});

test('a number of threads that is none is refused', () => {
  const { status, stderr } = read('/nowhere', '--jobs=0');
  assert.equal(status, 1);
  assert.match(stderr, /Invalid --jobs option's argument \(expecting 1 to 99\):\n {6}0/);
});
