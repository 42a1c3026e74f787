/**
 * Errors of a graph. One has causes, from the root of the evil outwards, each with the actor that tells it, as
 * Babeltrace 2 prints them. `precondition` is for faults of the program that uses this package.
 */
import { AssertionError, LttngError, toError } from '@lttng-ts/base';
import { type ClassIdentity, formatClass } from './components/class-identity.ts';

/** Who tells a cause. */
export type Actor =
  | { readonly kind: 'unknown'; readonly module: string }
  | { readonly kind: 'component-class'; readonly class: ClassIdentity }
  | { readonly kind: 'component'; readonly name: string; readonly class: ClassIdentity }
  | {
      readonly kind: 'message-iterator';
      readonly component: string;
      readonly outputPort: string;
      readonly class: ClassIdentity;
    };

export interface Cause {
  readonly actor: Actor;
  readonly message: string;
}

/** Something in a graph failed. */
export class GraphError extends LttngError {
  override readonly name = 'GraphError';
  readonly #causes: Cause[];

  constructor(root: Cause, options?: ErrorOptions) {
    super('LTTNG_GRAPH', root.message, options);
    this.#causes = [root];
  }

  /** From the root outwards: the last one is the most general. */
  get causes(): readonly Cause[] {
    return this.#causes;
  }

  /** Adds what this failure means to an actor further out, and returns the same error for `throw`. */
  causedFailureOf(actor: Actor, message: string): this {
    this.#causes.push({ actor, message });
    return this;
  }
}

/** Runs `action` for `actor`. What it throws becomes a {@link GraphError} that says what it meant to the actor. */
export function guard<T>(actor: Actor, failure: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw toGraphError(error, actor, failure);
  }
}

/** Makes a `GraphError` of what an action of `actor` threw. Bugs stay what they are. */
export function toGraphError(thrown: unknown, actor: Actor, failure: string): Error {
  if (thrown instanceof GraphError) return thrown.causedFailureOf(actor, failure);
  if (thrown instanceof LttngError) {
    const message = thrown.story.replace(/ \[\w+\]$/, '');
    return new GraphError({ actor, message }, { cause: thrown }).causedFailureOf(actor, failure);
  }
  return toError(thrown);
}

/** Formats an actor as `source.ctf.fs: name (out/port)`. */
export function formatActor(actor: Actor): string {
  switch (actor.kind) {
    case 'unknown':
      return actor.module;
    case 'component-class':
      return formatClass(actor.class);
    case 'component':
      return `${actor.name}: ${formatClass(actor.class)}`;
    case 'message-iterator':
      return `${actor.component} (${actor.outputPort}): ${formatClass(actor.class)}`;
  }
}

/** A rule for users of this package was broken; {@link id} is the one that Babeltrace 2 has for it. */
export class PreconditionError extends AssertionError {
  readonly id: string;

  constructor(id: string, message: string) {
    super(`${message} [${id}]`);
    this.id = id;
  }
}

/** Throws {@link PreconditionError} unless `condition` holds. */
export function precondition(condition: unknown, id: string, message: string): asserts condition {
  if (!condition) throw new PreconditionError(id, message);
}
