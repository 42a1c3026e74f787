/**
 * Gives the measured processes nearly all of the CPU while others work on the same machine. The kernel shares CPU time
 * between sessions of processes ("autogroups") before it looks at priorities, so that `nice` alone does nothing against
 * another terminal's work. Needs root; where the kernel has no autogroups, figures are as good as the machine is quiet.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Environment } from '@lttng-ts/tests/harness/environment.js';

const OWN = '/proc/self/autogroup';
const MOST_FAVOURED = -20;

/** Favours this process and all that it starts, until the result is disposed of. */
export function favourThisProcess(): Disposable {
  if (!existsSync(OWN)) return { [Symbol.dispose]: () => undefined };
  const before = /nice (-?\d+)/.exec(readFileSync(OWN, 'utf8'))?.[1] ?? '0';
  writeFileSync(OWN, String(MOST_FAVOURED));
  return { [Symbol.dispose]: () => writeFileSync(OWN, before) };
}

/** Favours what runs in `environment` now: daemons have sessions of their own. */
export async function favourDaemons(environment: Environment): Promise<void> {
  if (!existsSync(OWN)) return;
  // A process may end meanwhile: its file is then no longer there.
  const script = `for group in /proc/[0-9]*/autogroup; do echo ${MOST_FAVOURED} 2>/dev/null >"$group"; done; true`;
  await environment.output(['sh', '-c', script]);
}
