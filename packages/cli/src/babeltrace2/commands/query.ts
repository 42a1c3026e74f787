/** The command `query`, and the questions that `convert` asks. */
import { query, UnknownObjectError, type Value, type ValueMap } from '@lttng-ts/graph';
import type { ComponentClassName } from '../configuration/component-argument.ts';
import { CommandFailure } from '../failure.ts';
import { valueText } from '../render/value-text.ts';
import { type CommandContext, print } from './command-context.ts';
import { describeClass, requireClass } from './find-class.ts';

export interface QueryConfiguration {
  readonly componentClass: ComponentClassName;
  readonly object: string;
  readonly params: ValueMap;
}

/** Asks a class and prints the answer. */
export async function queryCommand(
  context: CommandContext,
  configuration: QueryConfiguration,
): Promise<void> {
  const { componentClass, object } = configuration;
  const answer = await askClass(context, configuration, (reason) => {
    return `Failed to query component class: ${reason}: ${describeClass(componentClass)} object="${object}"`;
  });
  print(context, valueText(answer, 0, context.colours));
}

/** Asks a class; a failure is told with the text of `explain`. */
export async function askClass(
  context: CommandContext,
  { componentClass, object, params }: QueryConfiguration,
  explain: (reason: string) => string,
): Promise<Value> {
  const found = requireClass(context, componentClass);
  const { world, logLevel, logSink } = context;
  try {
    return await query(found, object, {
      params,
      logLevel,
      log: logSink,
      isInterrupted: () => world.isInterrupted(),
    });
  } catch (error) {
    const reason = world.isInterrupted()
      ? 'interrupted by user'
      : error instanceof UnknownObjectError
        ? 'unknown query object'
        : 'unknown error';
    // A bug goes through as it is.
    throw CommandFailure.from(error)?.ledTo(explain(reason)) ?? error;
  }
}
