/** The argument of `--timerange`: `BEGIN,END` or `[BEGIN,END]`. */
import { CommandFailure } from '../failure.ts';
import { takeUntil } from '../text/take-until.ts';

export interface TimeRangeTexts {
  readonly begin: string;
  readonly end: string;
}

/** Splits the argument; the two times are read later, by the component. */
export function splitTimeRange(argument: string): TimeRangeTexts {
  const from = argument.startsWith('[') ? 1 : 0;
  const begin = takeUntil(argument, from, { escapable: '', endings: ',' });
  const end = takeUntil(argument, begin.end + 1, { escapable: '', endings: ']' });
  if (argument[begin.end] !== ',' || begin.text === '' || end.text === '') {
    throw new CommandFailure(
      `Invalid --timerange option's argument: expecting BEGIN,END or [BEGIN,END]:\n    ${argument}`,
    );
  }
  return { begin: begin.text, end: end.text };
}
