/** What the terminal behind standard output can show, without opening Node's streams: those take milliseconds to load. */
import { fstatSync, readlinkSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Host } from '../host.ts';

const STDOUT = 1;
const KNOWN_TERMINALS = /^(xterm|rxvt|konsole|gnome|screen|tmux|putty)/;

/** Major number of `/dev/null` and its like. */
const MEMORY_DEVICES = 1;
const TERMINAL_PATH = /^\/dev\/(pts\/\d+|tty\d+)$/;

/** Babeltrace's rule: `BABELTRACE_TERM_COLOR` decides, else whether the standard output is a terminal with a name. */
export function terminalColours(environment: Host['environment']): Pick<Host, 'hasColours' | 'isBrightBold'> {
  return { hasColours: hasColours(environment), isBrightBold: isBrightBold(environment) };
}

function hasColours(environment: Host['environment']): boolean {
  const forced = environment('BABELTRACE_TERM_COLOR')?.toLowerCase();
  if (forced === 'always') return true;
  if (forced === 'never') return false;
  const term = environment('TERM');
  return term !== undefined && KNOWN_TERMINALS.test(term) && isTerminal(STDOUT);
}

function isBrightBold(environment: Host['environment']): boolean {
  const forced = environment('BABELTRACE_TERM_COLOR_BRIGHT_MEANS_BOLD');
  if (forced !== undefined) return forced !== '0';
  return environment('TERM') !== 'xterm-kitty';
}

/** Asks the kernel by names and numbers where they tell enough: `node:tty` takes milliseconds to load. */
export function isTerminal(descriptor: number): boolean {
  try {
    const status = fstatSync(descriptor);
    if (!status.isCharacterDevice() || status.rdev >> 8 === MEMORY_DEVICES) return false;
    return TERMINAL_PATH.test(readlinkSync(`/proc/self/fd/${descriptor}`)) || isatty(descriptor);
  } catch {
    // Closed; or there is no /proc.
    return isatty(descriptor);
  }
}
