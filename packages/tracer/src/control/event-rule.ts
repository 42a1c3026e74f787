/** Which events an enabler (an event rule of one channel) takes. Pure. */
import { isStarGlob, matchStarGlob } from '@lttng-ts/filter';
import { matchesUstLogLevel } from '@lttng-ts/protocols/ust-app';
import type { EventDefinition } from '../definition.ts';

/** Bytecode of one filter as the daemon sent it. */
export interface FilterBytecode {
  readonly bytes: Uint8Array;
  readonly relocationOffsetBytes: number;
  /** Filters of a rule run in this order. */
  readonly sequenceNumber: bigint;
}

/** The rule's part of an enabler. */
export interface EventRule {
  readonly pattern: string;
  readonly logLevelType: number;
  readonly logLevel: number;
  readonly exclusions: readonly string[];
}

/** Whether a rule takes an event. */
export function matchesRule(rule: EventRule, event: EventDefinition): boolean {
  if (!matchesUstLogLevel(rule.logLevelType, rule.logLevel, event.logLevel)) return false;
  if (!isStarGlob(rule.pattern)) return rule.pattern === event.name;
  if (!matchStarGlob(rule.pattern, event.name)) return false;
  // Exclusions count only for patterns: liblttng-ust ignores them for exact names.
  return !rule.exclusions.some((exclusion) => matchStarGlob(exclusion, event.name));
}
