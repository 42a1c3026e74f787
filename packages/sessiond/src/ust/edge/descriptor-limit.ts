/** How many descriptors this process may have. */
import { readFileSync } from 'node:fs';

/** Without the file: what most systems allow at least. */
const USUAL_LIMIT = 1024;

/** The soft limit that holds now; Node raises it to the hard one when it starts. */
export function descriptorLimit(): number {
  try {
    const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return Number(limit ?? USUAL_LIMIT);
  } catch {
    // A system without /proc.
    return USUAL_LIMIT;
  }
}
