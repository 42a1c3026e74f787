/** The line that grows while a command waits: a text, a dot for each period, a newline at the end. */
import type { CommandContext } from './command.ts';

/** What takes longer than this says so, with a dot for each such period. */
const PERIOD_MS = 200;

/** Does `work`; tells of it with `text` once it takes longer than a moment. */
export async function whileWaiting<T>(
  { machine, reporter }: CommandContext,
  text: string,
  work: () => Promise<T>,
): Promise<T> {
  let isTold = false;
  const stopTicking = machine.every(PERIOD_MS, () => {
    reporter.progress(isTold ? '.' : `${text}.`);
    isTold = true;
  });
  try {
    return await work();
  } finally {
    stopTicking();
    if (isTold) reporter.progress('\n');
  }
}
