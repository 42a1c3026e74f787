/** `.lttngrc`: the name of the current session, in one line `session=NAME`, shared with upstream's `lttng`. */
import { lttngHome, type Machine } from './machine.ts';
import type { Reporter } from './results.ts';

const FILE_NAME = '.lttngrc';

const pathIn = (home: string): string => `${home}/${FILE_NAME}`;

/** Finds the name in the file's text: up to the first blank, other lines are ignored. */
export function parseSessionFile(text: string): string | null {
  for (const line of text.split('\n')) {
    const [, name] = /^session=\s*(\S{1,254})/.exec(line) ?? [];
    if (name !== undefined) return name;
  }
  return null;
}

/** Reads the current session's name; reports why there is none and gives `null`. */
export function findCurrentSession(machine: Machine, reporter: Reporter): string | null {
  const home = lttngHome(machine);
  if (home === null) {
    reporter.error('Home path not found.');
    return null;
  }
  const text = machine.readText(pathIn(home));
  if (text === null) {
    reporter.error(`Can't find valid lttng config ${pathIn(home)}`);
    reporter.note('Did you create a session? (lttng create <my_session>)');
    return null;
  }
  const name = parseSessionFile(text);
  // Differs from upstream: a file with other lines only is reported too; upstream ends without a word.
  if (name === null) reporter.error('Missing session=NAME in config file.');
  return name;
}

/** Makes a session the current one; reports and gives `false` when the file cannot be written. */
export function writeCurrentSession(machine: Machine, reporter: Reporter, session: string): boolean {
  const home = lttngHome(machine);
  if (home !== null && machine.writeText(pathIn(home), `session=${session}\n`)) return true;
  reporter.error('Unable to create config file');
  return false;
}

/** Forgets the current session if it is this one. */
export function forgetCurrentSession(machine: Machine, session: string): void {
  const home = lttngHome(machine);
  if (home === null) return;
  const text = machine.readText(pathIn(home));
  if (text !== null && parseSessionFile(text) === session) machine.removeFile(pathIn(home));
}
