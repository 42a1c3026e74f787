/** The options of `lttng-crash`, in the order of `--list-options`. */
import type { OptionSpec } from '../lttng/options/option-spec.ts';

export const crashOptions: readonly OptionSpec[] = [
  { long: 'version', short: 'V', summary: 'Show the version of this program.' },
  { long: 'help', short: 'h', summary: 'Show this help.' },
  { long: 'verbose', short: 'v', summary: 'Say more on standard error.' },
  {
    long: 'viewer',
    short: 'e',
    argument: 'COMMAND',
    summary: 'Start this program instead of the built-in reader.',
  },
  {
    long: 'extract',
    short: 'x',
    argument: 'DIR',
    summary: 'Write the traces to this new folder; show nothing.',
  },
  { long: 'list-options', summary: 'List the options.' },
];
