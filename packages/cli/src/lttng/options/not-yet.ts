/**
 * What upstream has and we do not have yet, in one place: each row goes away with the feature that it names.
 * The options are read and checked as upstream does, and then refused with these words.
 */

/** Commands of upstream that do not exist here yet. */
export const laterCommands: readonly string[] = ['add-trigger', 'list-triggers', 'remove-trigger'];

/** Features behind options that are parsed but refused, by the name that the code uses. */
export const laterFeatures = {
  agents: 'the Java and Python domains (--jul, --log4j, --python)',
} as const;

/** The refusal of a feature. */
export function notYet(feature: keyof typeof laterFeatures): string {
  return `Not supported yet: ${laterFeatures[feature]}`;
}
