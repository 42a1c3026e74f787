/** The way from bytecode that a session daemon sent to a filter function of one event class: for tracers. */
import type { Bytecode } from './bytecode/bytecode.ts';
import { compileSteps } from './bytecode/compile.ts';
import { interpretSteps } from './bytecode/interpret.ts';
import { linkProgram } from './bytecode/link.ts';
import { decodeProgram, type Program } from './bytecode/program.ts';
import type { EventFilter, FieldResolver } from './fields.ts';

/** A filter for one event class. `reason` tells why it never accepts, or is `null`. */
export interface LinkedFilter {
  readonly accepts: EventFilter;
  readonly reason: string | null;
}

const NEVER: EventFilter = () => false;

/**
 * Decodes bytecode once, when it arrives. Throws `ProtocolError` for what no compiler makes; the tracer may go on
 * with a filter that never accepts, as the original does.
 */
export function decodeFilter(bytecode: Bytecode): Program {
  return decodeProgram(bytecode);
}

/** Links a decoded filter with an event class and compiles it. What cannot be linked never accepts. */
export function linkFilter(program: Program, resolver: FieldResolver): LinkedFilter {
  const result = linkProgram(program, resolver);
  if (result.kind === 'unlinkable') return { accepts: NEVER, reason: result.reason };
  return { accepts: compileSteps(result.steps), reason: null };
}

/** As {@link linkFilter}, with the reference interpreter: slow and obvious, for tests and comparisons. */
export function linkReferenceFilter(program: Program, resolver: FieldResolver): LinkedFilter {
  const result = linkProgram(program, resolver);
  if (result.kind === 'unlinkable') return { accepts: NEVER, reason: result.reason };
  return { accepts: interpretSteps(result.steps), reason: null };
}
