/**
 * The failure of a command as a chain of causes, each with the actor that tells it: this program, a component, a
 * plugin. The chain grows on the way up; it is printed outermost first (`render/causes.ts`).
 */
import { LttngError, UsageError } from '@lttng-ts/base';
import { type Actor, type Cause, GraphError } from '@lttng-ts/graph';

/** The actor of what this program says itself. */
const CLI: Actor = { kind: 'unknown', module: 'Babeltrace CLI' };

/** Ends a command with exit status 1 and its chain of causes on standard error. */
export class CommandFailure extends UsageError {
  readonly #causes: Cause[];

  constructor(message: string, actor: Actor = CLI, options?: ErrorOptions) {
    super(message, options);
    this.#causes = [{ actor, message }];
  }

  /** Takes over what a graph or a component threw; `null` for a bug. */
  static from(error: unknown): CommandFailure | null {
    if (error instanceof CommandFailure) return error;
    if (!(error instanceof LttngError)) return null;
    const [root, ...rest] = error instanceof GraphError ? error.causes : [];
    if (root === undefined) return new CommandFailure(faultText(error), CLI, { cause: error });
    const failure = new CommandFailure(root.message, root.actor, { cause: error });
    failure.#causes.push(...rest);
    return failure;
  }

  /** The causes, the first one that happened first. */
  get causes(): readonly Cause[] {
    return this.#causes;
  }

  /** Adds what this failure led to, and returns the same error for `throw`. */
  ledTo(message: string): this {
    this.#causes.push({ actor: CLI, message });
    return this;
  }
}

/** The story of an error, for people: without its code. */
export const faultText = ({ story }: LttngError): string => story.replace(/ \[\w+\]$/, '');

/** Runs `action`; what fails in it gets one more cause on its way up. */
export function explaining<T>(message: string | (() => string), action: () => T): T {
  try {
    return action();
  } catch (error) {
    // A bug goes through as it is.
    throw CommandFailure.from(error)?.ledTo(typeof message === 'string' ? message : message()) ?? error;
  }
}
