/** Filters over traces as users write them. */
import { UsageError } from '@lttng-ts/base';
import { FilterError } from '../language/errors.ts';
import { ReadingFilter } from './reading-filter.ts';

/** Throws `UsageError` that names the expression, and line and column in it. Dates are local unless `isGmt`. */
export function parseReadingFilter(expression: string, isGmt = false): ReadingFilter {
  try {
    return new ReadingFilter(expression, { isGmt });
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw new UsageError(`Invalid filter expression: ${error.message}, expression="${expression}"`, {
      cause: error,
    });
  }
}
