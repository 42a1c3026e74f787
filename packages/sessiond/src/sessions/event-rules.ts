/** Event rules as callers give them: when two are the same, what is refused, and their compiled filters. */
import { LttngError } from '@lttng-ts/base';
import { compileFilter } from '@lttng-ts/filter';
import type { EventRule } from '@lttng-ts/protocols';
import type { DesiredRule } from '../ust/ust-domain.ts';
import { refusal, refuse } from './refusal.ts';

/** Equal for rules that record the same events. */
export function ruleKey({ pattern, logLevel, filter, exclusions }: EventRule): string {
  return JSON.stringify([pattern, logLevel, filter, exclusions]);
}

/** The rule with its filter compiled. Throws the refusal of a rule that makes no sense. */
export function desiredRule(rule: EventRule, ruleId: number): DesiredRule {
  if (rule.pattern === '' || rule.pattern.includes('\0')) refuse('INVALID_EVENT_NAME');
  if (rule.exclusions.some((name) => name.includes('\0'))) refuse('INVALID');
  if (new Set(rule.exclusions).size < rule.exclusions.length) refuse('INVALID');
  return { ...rule, ruleId, isEnabled: true, filterBytecode: filterBytecode(rule.filter) };
}

/** Throws the refusal of a filter that makes no sense. */
export function requireFilter(filter: string | null): void {
  filterBytecode(filter);
}

function filterBytecode(filter: string | null): DesiredRule['filterBytecode'] {
  if (filter === null) return null;
  if (filter === '') refuse('INVALID');
  try {
    const { bytes, relocOffset } = compileFilter(filter);
    return { bytes, relocationOffsetBytes: relocOffset };
  } catch (error) {
    // Whatever is wrong with the expression; its place is in the cause.
    if (!(error instanceof LttngError)) throw error;
    throw refusal('FILTER_INVAL', { cause: error });
  }
}
