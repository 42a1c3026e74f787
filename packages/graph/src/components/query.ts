/** Questions to component classes: without a graph, before there is one. */
import type { Actor } from '../errors.ts';
import { GraphError, toGraphError } from '../errors.ts';
import { Logger, type LogLevel, type LogSink, SILENT_LOG } from '../log.ts';
import { EMPTY_MAP, type Value } from '../values.ts';
import { identityOf } from './class-identity.ts';
import type { ComponentClass, QueryContext } from './component-class.ts';

/** The class does not know the object that it was asked about. */
export class UnknownObjectError extends GraphError {
  readonly object: string;

  constructor(componentClass: ComponentClass, object: string) {
    super({
      actor: { kind: 'component-class', class: identityOf(componentClass) },
      message: `Unknown query object: object="${object}"`,
    });
    this.object = object;
  }
}

export interface QueryOptions {
  readonly params?: Value;
  /** Passed through to the class. */
  readonly data?: unknown;
  readonly logLevel?: LogLevel;
  readonly log?: LogSink;
  readonly isInterrupted?: () => boolean;
}

/**
 * Asks `componentClass` about `object`. Rejects with {@link UnknownObjectError} when it does not know it, with
 * {@link GraphError} when it fails.
 */
export async function query(
  componentClass: ComponentClass,
  object: string,
  {
    params = EMPTY_MAP,
    data = null,
    logLevel = 'warning',
    log = SILENT_LOG,
    isInterrupted,
  }: QueryOptions = {},
): Promise<Value> {
  const actor: Actor = { kind: 'component-class', class: identityOf(componentClass) };
  const context: QueryContext = {
    log: new Logger(componentClass.name, logLevel, log),
    data,
    isInterrupted: isInterrupted ?? (() => false),
  };
  if (componentClass.query === undefined) throw new UnknownObjectError(componentClass, object);
  try {
    return await componentClass.query(object, params, context);
  } catch (error) {
    if (error instanceof UnknownObjectError) throw error;
    throw toGraphError(error, actor, `Component class's "query" method failed: object="${object}"`);
  }
}
