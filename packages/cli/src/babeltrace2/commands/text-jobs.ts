/**
 * `--jobs`: text of CTF traces that nothing stands between (no filter, no other sink) can be printed by several threads,
 * each some slices of the time. Everything else is done by one.
 */
import { isArray, query } from '@lttng-ts/graph';
import type { ComponentConfiguration, RunConfiguration } from '../configuration/run-configuration.ts';
import { cutTimes } from '../jobs/cut-times.ts';
import type { TextJobs } from '../world.ts';
import type { CommandContext } from './command-context.ts';
import { requireClass } from './find-class.ts';

/** Starts threads for the text that `configuration` prints; `null` when this one is to do it alone. */
export async function planTextJobs(
  context: CommandContext,
  { components }: RunConfiguration,
  jobs: number,
): Promise<TextJobs | null> {
  const { startTextJobs } = context.world;
  if (jobs <= 1 || startTextJobs === undefined || !components.every(isDivisible)) return null;
  const packets: bigint[] = [];
  for (const source of components) {
    if (source.type !== 'source') continue;
    const times = await packetTimes(context, source);
    if (times.length === 0) return null;
    packets.push(...times);
  }
  const cuts = cutTimes(packets, jobs);
  return cuts.length === 0 ? null : startTextJobs(cuts, Math.min(jobs - 1, cuts.length));
}

function isDivisible({ type, plugin, className, params }: ComponentConfiguration): boolean {
  switch (`${type}.${plugin}.${className}`) {
    case 'source.ctf.fs':
    case 'filter.utils.muxer':
      return true;
    case 'sink.text.pretty':
      return !params.has('path');
    default:
      return false;
  }
}

/** When the packets of a source begin and end, and their bytes; nothing when it does not say. */
async function packetTimes(
  context: CommandContext,
  source: ComponentConfiguration,
): Promise<readonly bigint[]> {
  const { logLevel, logSink: log } = context;
  const { params } = source;
  const componentClass = requireClass(context, source);
  try {
    const times = await query(componentClass, 'lttng-ts.packet-times', { params, logLevel, log });
    return isArray(times) ? times.filter((value) => typeof value === 'bigint') : [];
  } catch {
    // What is wrong with the trace is told when it is opened to be printed.
    return [];
  }
}
