/** Compiles the daemons' filters for this thread. */
import type { Native } from '@lttng-ts/native';
import type { LinkFilter } from '../thread/slot-filters.ts';

export function linkFilter(_native: Native): LinkFilter {
  return () => () => false;
}
