/** `lttng-relayd --status`: asks the daemon that runs, and prints what it says. */
import { join } from 'node:path';
import { LttngError } from '@lttng-ts/base';
import { askRelayStatus } from '@lttng-ts/relayd';
import { print, tell } from '../../daemon/edge/start-process.ts';
import { STDOUT } from '../../lttng/edge/write-all.ts';
import type { RelaydSettings } from '../settings.ts';
import { statusText } from '../status-text.ts';

const FAILED = 1;
const ROOT_FOLDER = '/run/lttng/relayd';

/** Socket of the control API of the daemon of this user with that control port. */
export function controlSocketPath(controlPort: number, home: string): string {
  const folder = process.getuid?.() === 0 ? ROOT_FOLDER : join(home, '.lttng/relayd');
  return join(folder, `control-${controlPort}.sock`);
}

/** Prints the status; gives the exit code. */
export async function showStatus(settings: RelaydSettings, home: string): Promise<number> {
  const path = controlSocketPath(settings.control.port, home);
  try {
    const status = await askRelayStatus(path);
    print(STDOUT, settings.statusForm === 'json' ? JSON.stringify(status) : statusText(status).trimEnd());
    return 0;
  } catch (error) {
    if (!(error instanceof LttngError)) throw error;
    tell('lttng-relayd', { kind: 'error', text: `No relay daemon answers: path="${path}"` });
    return FAILED;
  }
}
