/** The built-in viewer: our own `babeltrace2` in this process, with the folder as its only word. */
import { nodeHost } from '@lttng-ts/plugins/node';
import { untilClosed } from '../../babeltrace2/edge/node-world.ts';
import { nodeWorld, runBabeltrace2 } from '../../babeltrace2/index.ts';

/** Prints all event records in order of time, and warnings about lost ones; gives the exit code. */
export async function printTrace(path: string): Promise<number> {
  using host = nodeHost();
  const world = nodeWorld({ host: { ...host, standardOutput: untilClosed(host.standardOutput) } });
  return await runBabeltrace2(['convert', path], world);
}
