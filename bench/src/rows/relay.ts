/**
 * The relay daemon, from connections to files in memory, fed by one C program that speaks the protocol as the original
 * consumer does (each index entry's reply is waited for). Each side has its own daemon in its own world, started
 * for the row; peak memory is since then. Relay daemons run for months: what counts is the pace that they keep, so a few
 * sessions go first, of which each side's first one is shown, too.
 */
import { rmSync } from 'node:fs';
import type { Environment, Side } from '@lttng-ts/tests/harness/environment.js';
import { need, readValues } from '../cost.ts';
import { favourDaemons } from '../favour.ts';
import { cProgram, hasCommand } from '../programs.ts';
import { type Contender, type Measurement, type Row, Skip, type Stage } from '../row.ts';
import { sideBySide, startRelay } from '../side-by-side.ts';

/** Packets as large as sub-buffers of a busy channel, and small ones, whose index entries count most. */
const cases = [
  { id: 'relay-1', streams: 1, packetBytes: 256 << 10, packets: 3000 },
  { id: 'relay-16', streams: 16, packetBytes: 256 << 10, packets: 3000 },
  { id: 'relay-512', streams: 512, packetBytes: 256 << 10, packets: 3000 },
  { id: 'relay-small', streams: 16, packetBytes: 16 << 10, packets: 16000 },
] as const;
type Case = (typeof cases)[number];

/** Sessions before the first that counts: V8 compiles about a hundred functions in the first three. */
const SESSIONS_BEFORE = 4;

export const relayRows: readonly Row[] = cases.map((chosen): Row => {
  const { id, streams, packetBytes } = chosen;
  return {
    id,
    what: `relay over loopback, ${streams} ${streams === 1 ? 'stream' : 'streams'}, packets of ${packetBytes >> 10} KiB`,
    unit: 'MB/s',
    better: 'higher',
    must: { kind: 'ratio', limit: 0.8 },
    goal: { kind: 'ratio', limit: 1 },
    also: [
      { id: 'CPU of the relay', unit: 's/GB' },
      { id: 'peak memory', unit: 'MB' },
      { id: 'first session of the daemon', unit: 'MB/s' },
    ],
    limitS: 120,
    prepare: async () => await prepare(chosen),
  };
});

async function prepare(chosen: Case): Promise<Stage> {
  if (!hasCommand('lttng-relayd')) throw new Skip('our lttng-relayd is not built');
  return await sideBySide((side, world) => contender(side, world, chosen));
}

async function contender(side: Side, world: Environment, chosen: Case): Promise<Contender> {
  const { streams, packetBytes, packets } = chosen;
  const relay = await startRelay(side, world, '/dev/shm/relayed');
  await favourDaemons(world);
  const pid = (await world.output(['pgrep', '-x', 'lttng-relayd'])).trim().split('\n')[0] ?? '';
  const program = [cProgram('relay-producer'), '5342', '5343', `${streams}`, `${packetBytes}`, `${packets}`];
  const feed = async (): Promise<{ readonly bytes: number; readonly pace: number }> => {
    const values = readValues(await world.output(program));
    rmSync(world.seenFromOutside('/dev/shm/relayed/host'), { recursive: true, force: true });
    if (relay.process.exitCode !== null) throw new Error(`The relay has ended:\n${relay.stderr}`);
    const bytes = need(values, 'bytes');
    return { bytes, pace: bytes / 1e6 / (need(values, 'elapsed_ns') / 1e9) };
  };
  const { pace: firstPace } = await feed();
  for (let session = 1; session < SESSIONS_BEFORE; session++) await feed();
  return {
    name: side === 'ours' ? 'ours' : 'lttng-relayd',
    side: side === 'ours' ? 'ours' : 'original',
    measure: async (): Promise<Measurement> => {
      const before = await cpuSeconds(world, pid);
      const { bytes, pace } = await feed();
      const cpuS = (await cpuSeconds(world, pid)) - before;
      const status = await world.output(['cat', `/proc/${pid}/status`]);
      return {
        value: pace,
        also: {
          'CPU of the relay': cpuS / (bytes / 1e9),
          'peak memory': Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024,
          'first session of the daemon': firstPace,
        },
      };
    },
  };
}

/** CPU time so far of all threads of a process. */
async function cpuSeconds(world: Environment, pid: string): Promise<number> {
  const times = await world.output(['sh', '-c', `cat /proc/${pid}/task/*/schedstat`]);
  const totalNs = times
    .trim()
    .split('\n')
    .reduce((sum, line) => sum + Number(line.split(' ')[0]), 0);
  return totalNs / 1e9;
}
