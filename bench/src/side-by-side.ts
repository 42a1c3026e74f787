/** A stage of two contenders, ours and the original's, each in an environment of its own. */
import { commandOf, Environment, type Side } from '@lttng-ts/tests/harness/environment.js';
import type { Contender, Stage } from './row.ts';

/** The environments are disposed of with the stage, and when a contender cannot be made. */
export async function sideBySide(
  contenderOf: (side: Side, world: Environment) => Contender | Promise<Contender>,
): Promise<Stage> {
  const worlds: Environment[] = [];
  const dispose = async () => {
    for (const world of worlds) await world[Symbol.asyncDispose]();
  };
  try {
    const contenders: Contender[] = [];
    for (const side of ['ours', 'upstream'] as const) {
      const world = await Environment.create();
      worlds.push(world);
      contenders.push(await contenderOf(side, world));
    }
    return { contenders, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Starts a relay daemon with that output, and waits until readers can reach it. */
export async function startRelay(side: Side, world: Environment, output: string) {
  const relay = world.start([commandOf(side, 'lttng-relayd'), `--output=${output}`]);
  const isListening = 'until ss --listening --tcp --numeric | grep -q :5344; do sleep 0.02; done';
  await world.output(['sh', '-c', isListening]);
  return relay;
}
