/** Damaged traces at the command line: what is whole is printed, then one error tells the place, and the exit status is 1. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
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
    // With a sink that copies, what was read is a trace.
    assert.equal(read('-c', 'sink.utils.counter', trace).status, 1);
  });
}

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
