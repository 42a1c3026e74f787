/**
 * Which processes one session records: an inclusion set for each attribute, or everybody. A process is recorded
 * when all three include it. A user or group is kept as the caller named it, and counts by its number.
 */
import type { ProcessTrackers, TrackedAttribute, TrackedValue, TrackerChange } from '@lttng-ts/protocols';
import { refuse } from './refusal.ts';

/** The number of a user or group name, or null when there is none of that name. */
export type FindAccountId = (kind: 'user' | 'group', name: string) => Promise<number | null>;

/** Values by number, in order of addition; null: everybody. */
type InclusionSet = Map<number, TrackedValue> | null;

export class SessionTrackers {
  readonly #sets: Record<TrackedAttribute, InclusionSet> = { vpid: null, vuid: null, vgid: null };
  #wasChanged = false;

  /** Whether a caller ever said anything: upstream's session has the domain since then. */
  get wasChanged(): boolean {
    return this.#wasChanged;
  }

  /** The sets as callers gave them. */
  get values(): ProcessTrackers {
    return this.#each((set) => [...set.values()]);
  }

  /** The sets as numbers. */
  get numbers(): ProcessTrackers<number> {
    return this.#each((set) => [...set.keys()]);
  }

  /**
   * Changes one set. Throws upstream's refusal of a value that is there already, or is not there.
   *
   * Differs from upstream: a name and its number are one value; upstream keeps both, and then loses one with the
   * other.
   */
  change(attribute: TrackedAttribute, change: ResolvedChange): void {
    this.#wasChanged = true;
    switch (change.kind) {
      case 'include-all':
        this.#sets[attribute] = null;
        return;
      case 'exclude-all':
        this.#sets[attribute] = new Map();
        return;
      case 'add': {
        const set = this.#require(attribute);
        if (set.has(change.number)) refuse('PROCESS_ATTR_EXISTS');
        set.set(change.number, change.value);
        return;
      }
      case 'remove':
        // Upstream: to remove somebody from everybody leaves nobody.
        if (!this.#require(attribute).delete(change.number)) refuse('PROCESS_ATTR_MISSING');
    }
  }

  #require(attribute: TrackedAttribute): Map<number, TrackedValue> {
    const set = this.#sets[attribute] ?? new Map<number, TrackedValue>();
    this.#sets[attribute] = set;
    return set;
  }

  #each<T>(valuesOf: (set: Map<number, TrackedValue>) => readonly T[]): ProcessTrackers<T> {
    const { vpid, vuid, vgid } = this.#sets;
    const all = (set: InclusionSet): readonly T[] | null => (set === null ? null : valuesOf(set));
    return { vpid: all(vpid), vuid: all(vuid), vgid: all(vgid) };
  }
}

/** A change whose value has its number. */
export type ResolvedChange =
  | { readonly kind: 'include-all' | 'exclude-all' }
  | { readonly kind: 'add' | 'remove'; readonly value: TrackedValue; readonly number: number };

/** Looks up the number of a name. Throws upstream's refusal of a name that nobody has. */
export async function resolveChange(
  attribute: TrackedAttribute,
  change: TrackerChange,
  findAccountId: FindAccountId,
): Promise<ResolvedChange> {
  if (!('value' in change)) return change;
  const { kind, value } = change;
  if (typeof value === 'number') return { kind, value, number: value };
  if (attribute === 'vpid') refuse('INVALID');
  const isUser = attribute === 'vuid';
  const number = await findAccountId(isUser ? 'user' : 'group', value);
  if (number === null) refuse(isUser ? 'USER_NOT_FOUND' : 'GROUP_NOT_FOUND');
  return { kind, value, number };
}
