/** Trackers of processes as the command line and its texts name them. */
import type { TrackedAttribute, TrackedValue } from '@lttng-ts/protocols';

/** One tracker; `attribute` is null for one that the user space domain does not have. */
export interface TrackerRow {
  readonly title: string;
  /** Title in `lttng list`. */
  readonly listTitle: string;
  readonly attribute: TrackedAttribute | null;
  readonly options: readonly string[];
}

const row = (
  title: string,
  listTitle: string,
  attribute: TrackerRow['attribute'],
  ...options: string[]
): TrackerRow => ({ title, listTitle, attribute, options });

/** The order is upstream's; `--pid` of the user space domain is `--vpid`. */
export const trackerRows: readonly TrackerRow[] = [
  row('virtual process ID', 'Virtual process IDs:', 'vpid', 'pid', 'vpid'),
  row('user ID', 'User IDs:', null, 'uid'),
  row('virtual user ID', 'Virtual user IDs:', 'vuid', 'vuid'),
  row('group ID', 'Group IDs:', null, 'gid'),
  row('virtual group ID', 'Virtual group IDs:', 'vgid', 'vgid'),
];

/** The trackers of the user space domain. */
export const trackedRows = trackerRows.filter(
  (candidate): candidate is TrackerRow & { readonly attribute: TrackedAttribute } =>
    candidate.attribute !== null,
);

const MAX_ID = 0xffff_ffff;

/**
 * A value as the user wrote it; null for one that is no process id. What does not look like a number is the name of
 * a user or a group.
 *
 * Differs from upstream: a number is a whole decimal one. Upstream takes `12x` for 12, `0x1f` for 0 and cuts what
 * is larger than 32 bits, so that another process than the one that was meant is recorded.
 */
export function parseTrackedValue(attribute: TrackedAttribute, word: string): TrackedValue | null {
  const id = /^\d+$/.test(word) ? Number(word) : Number.NaN;
  if (id <= (attribute === 'vpid' ? 0x7fff_ffff : MAX_ID)) return id;
  return attribute === 'vpid' ? null : word;
}

/** A value within texts: names have grave accents around them. */
export const trackedValueText = (value: TrackedValue): string =>
  typeof value === 'number' ? String(value) : `\`${value}\``;
