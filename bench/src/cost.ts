/** Runs a command under `measure` (bench/programs) and reads what it cost. */
import { spawn } from 'node:child_process';
import { type Environment, Program } from '@lttng-ts/tests/harness/environment.js';
import { cProgram } from './programs.ts';

/** What one run of a command cost, its output thrown away. */
export interface Cost {
  readonly wallS: number;
  /** User and system time of all its threads. */
  readonly cpuS: number;
  /** Largest resident set. */
  readonly peakMb: number;
}

/** Babeltrace 2 merges 5 M events of 512 streams in 80 s on a quiet machine. */
const DEADLINE_MS = 300_000;

/** Measures a command that must succeed: in an environment, or here. */
export async function costOf(command: readonly string[], environment?: Environment): Promise<Cost> {
  const words = [cProgram('measure'), ...command];
  const program = environment === undefined ? startHere(words) : environment.start(words);
  const { stdout, stderr } = await program.finished(DEADLINE_MS);
  const values = readValues(stdout);
  if (values.get('status') !== 0)
    throw new Error(`Command failed: command="${command.join(' ')}"\n${stderr}`);
  return {
    wallS: need(values, 'wall_ns') / 1e9,
    cpuS: (need(values, 'user_us') + need(values, 'system_us')) / 1e6,
    peakMb: need(values, 'peak_kib') / 1024,
  };
}

function startHere(words: readonly string[]): Program {
  const [command = '', ...args] = words;
  return new Program(command, spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** The `name=number` pairs that the bench's programs print. */
export function readValues(text: string): ReadonlyMap<string, number> {
  return new Map([...text.matchAll(/(\w+)=(-?[\d.]+)/g)].map(([, name, value]) => [name!, Number(value)]));
}

/** A pair that must be there. */
export function need(values: ReadonlyMap<string, number>, name: string): number {
  const value = values.get(name);
  if (value === undefined) throw new Error(`Not printed: name=${name}`);
  return value;
}
