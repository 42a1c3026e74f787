/**
 * How long an event takes from the tracepoint to the text of a live reader: the original session daemon and consumer and
 * our reader on both sides, so that the relay daemons differ alone. Most of it is waiting: for the live timer, and for
 * the reader to ask again.
 */
import type { Environment, Side } from '@lttng-ts/tests/harness/environment.js';
import { lttng, startDaemon } from '@lttng-ts/tests/harness/recording.js';
import { favourDaemons } from '../favour.ts';
import { cProgram, hasCommand, ourProgram } from '../programs.ts';
import { type Contender, type Measurement, type Row, Skip } from '../row.ts';
import { sideBySide, startRelay } from '../side-by-side.ts';

const LIVE_TIMER_US = 10_000;
/** Events a second, and for how long. */
const PACE = 100;
const SECONDS = 2;
const DEADLINE_MS = 20_000;

export const relayLatencyRow: Row = {
  id: 'relay-latency',
  what: `tracepoint to a live reader's text, live timer ${LIVE_TIMER_US / 1000} ms`,
  unit: 'ms',
  better: 'lower',
  must: null,
  goal: { kind: 'ratio', limit: 1 },
  also: [{ id: 'p99', unit: 'ms' }],
  limitS: 90,
  async prepare() {
    for (const name of ['lttng-relayd', 'babeltrace2']) {
      if (!hasCommand(name)) throw new Skip(`our ${name} is not built`);
    }
    return await sideBySide(contender);
  },
};

async function contender(side: Side, world: Environment): Promise<Contender> {
  await startRelay(side, world, world.path('relayed'));
  await startDaemon(world, 'upstream');
  await lttng(world, 'upstream', 'create', 'live', `--live=${LIVE_TIMER_US}`, '--set-url=net://localhost');
  await lttng(world, 'upstream', 'enable-event', '--userspace', 'sample:tick');
  await lttng(world, 'upstream', 'start');
  // The streams are there before the reader is.
  await emit(world, 1);
  const host = (await world.output(['hostname'])).trim();
  const url = `net://localhost/host/${host}/live`;
  const reader = world.start([ourProgram('babeltrace2'), '--clock-cycles', '--input-format=lttng-live', url]);
  const arrivals: bigint[] = [];
  let rest = '';
  reader.process.stdout?.on('data', (chunk) => {
    const now = process.hrtime.bigint();
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      // The clock of traces is CLOCK_MONOTONIC, as Node's is.
      const [, cycles] = /^\[(\d+)\]/.exec(line) ?? [];
      if (cycles !== undefined) arrivals.push(now - BigInt(cycles));
    }
  });
  const arrived = async (count: number): Promise<void> => {
    const end = Date.now() + DEADLINE_MS;
    while (arrivals.length < count) {
      if (Date.now() > end)
        throw new Error(`Events: seen=${arrivals.length}, expected=${count}\n${reader.stderr}`);
      await new Promise((settle) => setTimeout(settle, 20));
    }
  };
  // It begins at what comes after it: one event shows that it reads.
  while (arrivals.length === 0) await emit(world, 1);
  await favourDaemons(world);
  return {
    name: side === 'ours' ? 'ours' : 'lttng-relayd',
    side: side === 'ours' ? 'ours' : 'original',
    measure: async (): Promise<Measurement> => {
      arrivals.length = 0;
      await emit(world, SECONDS);
      await arrived(PACE * SECONDS * 0.9);
      const latenciesMs = arrivals.map((ns) => Number(ns) / 1e6).sort((a, b) => a - b);
      const at = (part: number): number => latenciesMs[Math.floor((latenciesMs.length - 1) * part)] ?? 0;
      return { value: at(0.5), also: { p99: at(0.99) } };
    },
  };
}

async function emit(world: Environment, seconds: number): Promise<void> {
  await world.output([cProgram('paced-writer'), String(PACE), String(seconds)]);
}
