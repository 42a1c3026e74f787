/** The line that grows while a command waits: a text, a dot for each period, a newline at the end. */
import type { CommandContext } from './command.ts';

/** What takes longer than this says so, with a dot for each such period. */
const PERIOD_MS = 200;

/**
 * Does `work`; tells of it with `text` when it takes longer than a moment, or afterwards when `isToldOf` says
 * that it is worth telling all the same.
 */
export async function whileWaiting<T>(
  { machine, reporter }: CommandContext,
  text: string,
  work: () => Promise<T>,
  isToldOf: (result: T) => boolean = () => false,
): Promise<T> {
  let isTold = false;
  const stopTicking = machine.every(PERIOD_MS, () => {
    reporter.progress(isTold ? '.' : `${text}.`);
    isTold = true;
  });
  try {
    const result = await work();
    if (!isTold && isToldOf(result)) {
      reporter.progress(`${text}.`);
      isTold = true;
    }
    return result;
  } finally {
    stopTicking();
    if (isTold) reporter.progress('\n');
  }
}
