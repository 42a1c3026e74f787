/**
 * Twenty live readers at one relay daemon of ours, originals and ours in turn, each with a session of its own, as a session
 * has one reader at a time. Some come late, one is stopped for a while; nobody loses an event or gets one twice.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, type Environment, type Program, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { startRelay } from '../harness/relay.ts';
import { eventsOf, LIST, upTo } from './live-world.ts';
import { Machine } from './network-machine.ts';

const skip = skipUnless('root', 'upstream', 'native');
const READERS = 20;
const EARLY = 14;
/** One of the original's, whose arguments are to be seen from outside. */
const STALLED = 1;
/** Events of the writer whom early readers see, and of the one whom all see. */
const [FIRST, SECOND] = [2000, 300];

const all = Array.from({ length: READERS }, (_, number) => number);
const [early, late] = [all.slice(0, EARLY), all.slice(EARLY)];

const urlOf = (number: number): string => `net://localhost/host/target/s${number}`;

/** Starts readers and waits until `total` are attached. */
async function read(environment: Environment, numbers: readonly number[], total: number) {
  const readers = numbers.map((number) => {
    const side = sides[number % sides.length] ?? 'ours';
    return environment.start([commandOf(side, 'babeltrace2'), '--input-format=lttng-live', urlOf(number)]);
  });
  const attached = `babeltrace2 ${LIST.join(' ')} | grep -c '1 client(s)'`;
  await environment.output(['sh', '-c', `until [ $(${attached}) -eq ${total} ]; do sleep 0.1; done`]);
  return readers;
}

/** Stops the reader of a session; `nsenter`, which has started it, stops with it. */
async function stall(environment: Environment, number: number): Promise<void> {
  await environment.output(['sh', '-c', `kill -STOP $(pgrep --full '${urlOf(number)}$')`]);
}

async function havePrinted(readers: readonly (Program | undefined)[], writer: number, count: number) {
  const last = new RegExp(`writer = ${writer}, index = ${count - 1},`);
  await Promise.all(readers.map(async (reader) => await reader?.printed(last)));
}

test(`${READERS} live readers at once: late ones, one that stalls`, { skip }, async (t) => {
  await using machine = await Machine.open('upstream');
  const { environment } = machine;
  await startRelay(environment, 'ours');
  for (const number of all) {
    await machine.lttng('create', `s${number}`, '--live=200000', '--set-url=net://127.0.0.1');
    await machine.begin();
  }
  await machine.ticks(0, 1);
  const readers = await read(environment, early, EARLY);
  await stall(environment, STALLED);
  const goOn = (): boolean | undefined => readers[STALLED]?.process.kill('SIGCONT');
  t.after(goOn);
  await machine.ticks(1, FIRST);
  await havePrinted(
    readers.filter((_, number) => number !== STALLED),
    1,
    FIRST,
  );
  readers.push(...(await read(environment, late, READERS)));
  await machine.ticks(2, SECOND);
  await havePrinted(
    readers.filter((_, number) => number !== STALLED),
    2,
    SECOND,
  );
  assert.doesNotMatch(readers[STALLED]?.stdout ?? '', /writer = 2,/);
  goOn();
  await havePrinted([readers[STALLED]], 2, SECOND);
  await machine.lttng('destroy', '--all');
  for (const [number, reader] of readers.entries()) {
    const { status, stdout, stderr } = await reader.finished();
    assert.equal(status, 0, stderr);
    const events = eventsOf(stdout);
    const first = events.get(1) ?? [];
    // Late ones may get the last packets of what was emitted before they came.
    const wanted = number < EARLY ? FIRST : first.length;
    assert.deepEqual(first, upTo(FIRST).slice(FIRST - wanted), `reader ${number}`);
    assert.deepEqual(events.get(2), upTo(SECOND), `reader ${number}`);
  }
});
