/** Damaged traces at the command line: what is whole is printed, then one error tells the place, and the exit status is 1. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeIndexEntry, encodeIndexHeader } from '@lttng-ts/ctf';
import {
  EVENTS,
  eventOffset,
  PACKET_BYTES,
  PACKETS,
  STREAMS,
  writeTurnTrace,
} from '../../testing/turn-trace.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..', '..');
const program = join(root, 'bin', 'babeltrace2');
const ORIGINAL = '/usr/bin/babeltrace2';
const TIMEOUT_MS = 60_000;

function read(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, words, {
    encoding: 'latin1',
    maxBuffer: 1 << 28,
    timeout: TIMEOUT_MS,
    env: { ...process.env, TZ: 'UTC' },
  });
  return { status, stdout, stderr, lines: stdout.split('\n').length - 1 };
}

/** Overwrites bytes of a file. */
function scribble(path: string, at: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

interface Damage {
  readonly what: string;
  readonly harm: (file: string) => void;
  /** Events of the damaged data stream that are before the damage. */
  readonly left: number;
  readonly told: RegExp;
}

const DAMAGES: readonly Damage[] = [
  {
    what: 'a file that is cut in a packet',
    harm: (file) => truncateSync(file, eventOffset(7, 100) + 5),
    left: 7 * EVENTS + 100,
    told: /packet=7, offsetBytes=224336\n.*Packet exceeds its file: packet-end=256384, file-size=225989/,
  },
  {
    what: 'a file that is cut in the header of a packet',
    harm: (file) => truncateSync(file, 7 * PACKET_BYTES + 6),
    left: 7 * EVENTS,
    told: /packet=7, offsetBytes=224336\n.*Field exceeds packet content/,
  },
  {
    what: 'an event class that does not exist',
    harm: (file) => scribble(file, eventOffset(7, 1000), Uint8Array.of(9)),
    left: 7 * EVENTS + 1000,
    told: /packet=7, offsetBytes=224336\n +Event record: offsetBits=128384\n +Unknown event record class: id=9/,
  },
  {
    what: 'a packet without magic',
    harm: (file) => scribble(file, 7 * PACKET_BYTES, new Uint8Array(4)),
    left: 7 * EVENTS,
    told: /packet=7, offsetBytes=224336\n +Wrong magic in packet: magic=0x0/,
  },
  {
    what: 'a file that begins with no packet',
    harm: (file) => scribble(file, 0, new Uint8Array(4)),
    left: 0,
    told: /packet=0, offsetBytes=0\n +Wrong magic in packet: magic=0x0/,
  },
];

for (const { what, harm, left, told } of DAMAGES) {
  test(`${what}: everything else is printed before the error`, (t) => {
    const trace = writeTurnTrace(t);
    const wholeLines = read(trace).stdout.split('\n');
    const file = join(trace, 'stream_1');
    harm(file);
    const { status, stdout, stderr, lines } = read(trace);
    assert.equal(status, 1);
    assert.equal(lines, (STREAMS - 1) * PACKETS * EVENTS + left);
    assert.match(stderr, told);
    assert.match(stderr, new RegExp(`Trace: (name|path)=.*\\n +Data stream: file="${file}"`));
    // Nothing but whole events, in their order: times since the line before may differ.
    const withoutDelta = (line: string): string => line.replace(/\(\+[^)]*\)/, '');
    const expected = new Set(wholeLines.map(withoutDelta));
    assert.ok(stdout.split('\n').every((line) => expected.has(withoutDelta(line))));
    assert.equal(read('-c', 'sink.utils.counter', trace).status, 1);
  });

  test(`${what}: a copy is a trace with everything else`, (t) => {
    const trace = writeTurnTrace(t);
    harm(join(trace, 'stream_1'));
    const withoutTrace = (text: string): string =>
      text.replaceAll(trace, '').replaceAll(/.*WARNING.*\n/g, '');
    const expected = withoutTrace(read(trace).stdout);
    const path = join(trace, '..', 'copy');
    const copied = read(trace, '-c', 'sink.ctf.fs', '-p', `path="${path}",ctf-version="1"`);
    assert.equal(copied.status, 1);
    assert.match(copied.stdout, /^Created CTF trace `.*`\.\n$/);
    const copy = read(path);
    assert.deepEqual([copy.status, withoutTrace(copy.stdout)], [0, expected]);
    if (!existsSync(ORIGINAL)) return;
    // The original leaves no metadata of a trace that it came to damage in, and reads ours.
    const other = join(trace, '..', 'other');
    spawnSync(ORIGINAL, [trace, '--output-format=ctf', '--output', other], { timeout: TIMEOUT_MS });
    assert.ok(!existsSync(other) || spawnSync(ORIGINAL, [other]).status !== 0);
    const byOriginal = spawnSync(ORIGINAL, [path], {
      encoding: 'latin1',
      maxBuffer: 1 << 28,
      timeout: TIMEOUT_MS,
      env: { ...process.env, TZ: 'UTC' },
    });
    assert.deepEqual([byOriginal.status, withoutTrace(byOriginal.stdout)], [0, expected]);
  });
}

/** Writes an index file for a data stream of the trace, as tracers do. */
function writeIndex(trace: string, stream: number): string {
  const path = join(trace, 'index', `stream_${stream}.idx`);
  const entries = Array.from({ length: PACKETS }, (_, packet) => {
    const bytes = readFileSync(join(trace, `stream_${stream}`)).subarray(packet * PACKET_BYTES);
    return encodeIndexEntry({
      offsetBytes: BigInt(packet * PACKET_BYTES),
      packetSizeBits: BigInt(PACKET_BYTES * 8),
      contentSizeBits: BigInt(PACKET_BYTES * 8),
      timestampBegin: bytes.readBigUInt64LE(8),
      timestampEnd: bytes.readBigUInt64LE(16),
      eventsDiscarded: 0n,
      streamId: 0n,
      streamInstanceId: BigInt(stream),
      packetSequenceNumber: BigInt(packet),
    });
  });
  mkdirSync(join(trace, 'index'), { recursive: true });
  writeFileSync(path, Buffer.concat([encodeIndexHeader(), ...entries]));
  return path;
}

const ALL = PACKETS * EVENTS;

/** Events of the damaged data stream that are read when reading goes on; with an index, without. */
const GOING_ON: readonly (readonly [number, number])[] = [
  [7 * EVENTS + 100, 7 * EVENTS + 100],
  [7 * EVENTS, 7 * EVENTS],
  [ALL - EVENTS + 1000, ALL - EVENTS + 1000],
  [ALL - EVENTS, 7 * EVENTS],
  [ALL - EVENTS, 0],
];

DAMAGES.forEach(({ what, harm }, i) => {
  test(`${what}: --continue-after-damage passes over it with a warning`, (t) => {
    for (const [withIndex, left] of GOING_ON[i]!.map((count, k) => [k === 0, count] as const)) {
      const trace = writeTurnTrace(t);
      if (withIndex) writeIndex(trace, 1);
      const file = join(trace, 'stream_1');
      harm(file);
      const { status, stderr, lines } = read('--continue-after-damage', trace);
      assert.equal(status, 0, stderr);
      assert.equal(lines, (STREAMS - 1) * ALL + left);
      assert.equal(stderr.match(/Passed over a damaged/g)?.length, 1, stderr);
      assert.ok(stderr.includes(`: file="${file}", `));
      // One thread tells it, once.
      assert.equal(
        read('--continue-after-damage', '--jobs=2', trace).stderr.match(/Passed over/g)?.length,
        1,
      );
      const summary = read('summary', '--continue-after-damage', '--json', trace);
      assert.equal(summary.status, 0);
      const [{ events, faults, notices }] = JSON.parse(summary.stdout).traces;
      assert.deepEqual([events, faults], [lines, []]);
      assert.equal(notices.filter(({ kind }: { kind: string }) => kind === 'passed-over').length, 1);
      assert.match(
        read('summary', '--continue-after-damage', trace).stdout,
        /passed over +1 damaged packet \(/,
      );
    }
  });
});

test('an index that does not fit, or contradicts a packet, is told and costs nothing', (t) => {
  const trace = writeTurnTrace(t);
  const expected = read(trace);
  const index = writeIndex(trace, 0);
  assert.equal(read(trace).stderr, expected.stderr);
  // The size that packet 7 tells.
  const at = 7 * PACKET_BYTES + 8 + 3 * 8;
  const size = readFileSync(join(trace, 'stream_0')).subarray(at, at + 8);
  scribble(join(trace, 'stream_0'), at, Uint8Array.of(0, 0, 0, 0, 0, 0, 4, 0));
  const contradiction = read(trace);
  assert.deepEqual([contradiction.status, contradiction.stdout], [0, expected.stdout]);
  assert.match(
    contradiction.stderr,
    /Packet size differs from that in the index: file=".*stream_0", packet=7, /,
  );
  scribble(join(trace, 'stream_0'), at, size);
  truncateSync(index, 16 + 20 * 72);
  for (const words of [[], ['--jobs=2']]) {
    const { status, stdout, stderr } = read(...words, trace);
    assert.deepEqual([status, stdout], [0, expected.stdout]);
    assert.equal(
      stderr.match(/Index does not fit its data stream file: file=".*stream_0"/g)?.length,
      1,
      stderr,
    );
  }
  // A file that is cut between packets is told by its index only.
  writeIndex(trace, 0);
  truncateSync(join(trace, 'stream_0'), 30 * PACKET_BYTES);
  const cut = read(trace);
  assert.deepEqual([cut.status, cut.lines], [0, (STREAMS - 1) * ALL + 30 * EVENTS]);
  assert.match(cut.stderr, /Wrong size: indexedBytes=1281920, fileBytes=961440/);
});

test('each damaged data stream is told', (t) => {
  const trace = writeTurnTrace(t);
  truncateSync(join(trace, 'stream_0'), eventOffset(3, 10));
  truncateSync(join(trace, 'stream_2'), eventOffset(5, 20));
  const { status, stderr, lines } = read(trace);
  assert.equal(status, 1);
  assert.equal(lines, (PACKETS + 3 + 5) * EVENTS + 10 + 20);
  assert.match(stderr, /stream_0", packet=3/);
  assert.match(stderr, /stream_2", packet=5/);
});

test('a time range ends with the error of the damage in it, and with none of damage behind it', (t) => {
  const trace = writeTurnTrace(t);
  truncateSync(join(trace, 'stream_0'), eventOffset(20, 0));
  // A packet has 2 ms.
  const range = (begin: string, end: string) => read(`--begin=${begin}`, `--end=${end}`, trace);
  const before = range('01:00:00.010', '01:00:00.020');
  assert.equal(before.status, 0);
  const across = range('01:00:00.030', '01:00:00.050');
  assert.equal(across.status, 1);
  assert.match(across.stderr, /stream_0", packet=20/);
  assert.equal(across.lines, 10_000 + 2 * 20_000);
});

test('a trace of which no packet is whole is refused', (t) => {
  const trace = writeTurnTrace(t);
  for (let stream = 0; stream < STREAMS; stream++)
    truncateSync(join(trace, `stream_${stream}`), eventOffset(0, 100));
  const { status, stdout, stderr } = read(trace);
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /Packet exceeds its file: packet-end=32048, file-size=1648/);
  writeFileSync(join(trace, 'stream_0'), '');
  assert.equal(read(trace).status, 1);
});
