/** The machine and the programs that figures come from: without these a figure means little. */
import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';

export interface MachineDescription {
  readonly cpu: string;
  readonly cpuCount: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  /** Versions of the originals, as they say them. */
  readonly originals: readonly string[];
}

export function describeMachine(): MachineDescription {
  const [first] = cpus();
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cpuCount: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    originals: [['lttng', '--version'], ['babeltrace2', '--version'], ['babeltrace']].map(versionOf),
  };
}

/** Processes that wanted a CPU, on the average of the last minute: others' work shows here. */
export const loadAverage = (): number => loadavg()[0] ?? 0;

function versionOf([program = '', ...args]: readonly string[]): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  const text = `${stdout ?? ''}${stderr ?? ''}`;
  return /[^\n]*\d+\.\d+\.\d+/.exec(text)?.[0].trim() ?? `${program}: unknown version`;
}
