/** Which memory is near to a CPU. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const SYSFS = '/sys/devices/system/cpu';

/**
 * The NUMA node of a CPU, from the link `nodeN` in its folder of sysfs; null where there is none: one memory
 * for all, or a CPU that is possible and not there.
 */
export function nodeOfCpu(cpu: number, sysfs = SYSFS): number | null {
  let names: readonly string[];
  try {
    names = readdirSync(join(sysfs, `cpu${cpu}`));
  } catch {
    // No such CPU, or no sysfs: any memory will do.
    return null;
  }
  for (const name of names) {
    const [, node] = /^node(\d+)$/.exec(name) ?? [];
    if (node !== undefined) return Number(node);
  }
  return null;
}
