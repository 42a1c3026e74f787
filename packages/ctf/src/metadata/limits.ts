/** How much metadata may make of itself. */

/** Field classes in one trace: types that double at each level make exponentially many. */
const MAX_FIELD_CLASSES = 1_000_000;
/** Small metadata has fewer: so many for nothing, and so many for each character. */
const FREE_FIELD_CLASSES = 10_000;
const FIELD_CLASSES_PER_CHARACTER = 100;

/** How many field classes metadata of `length` characters may make. */
export function fieldClassLimit(length: number): number {
  return Math.min(MAX_FIELD_CLASSES, FREE_FIELD_CLASSES + FIELD_CLASSES_PER_CHARACTER * length);
}
