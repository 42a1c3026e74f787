/**
 * `defineProvider`: from definitions to an object of recording functions.
 */
import { UsageError } from '@lttng-ts/base';
import type { ContextSource, DefinedContexts } from './application-contexts.ts';
import { checkProviderName, type EventTemplate, toDefinition } from './definition.ts';
import { loadRecorders } from './edge/load-recorders.ts';
import type { Field } from './fields.ts';

/** The parameters of a recording function, in the order of the fields. */
export type EventValues<Fields extends readonly Field<unknown>[]> = {
  [I in keyof Fields]: Fields[I] extends Field<infer Value> ? Value : never;
};

/** Records one event when called; costs a few nanoseconds while nobody records it. Never throws. */
export interface EventRecorder<Fields extends readonly Field<unknown>[]> {
  (...values: EventValues<Fields>): void;
  /** Whether a session records the event now: ask it before values that are expensive to make. */
  readonly isEnabled: boolean;
  /** `provider:event`, as rules of sessions name it. */
  readonly eventName: string;
}

type Templates = Readonly<Record<string, EventTemplate<readonly Field<unknown>[]>>>;

/** The recording functions of a provider, by the names of its events. */
export type Provider<Events extends Templates> = {
  readonly [Name in keyof Events]: Events[Name] extends EventTemplate<infer Fields>
    ? EventRecorder<Fields>
    : never;
} & (Events extends { readonly close: unknown } ? unknown : ProviderControl) &
  Disposable;

/** What every provider can do besides recording. */
export interface ProviderControl {
  /**
   * Ends the provider: its functions record nothing from now on, session daemons list its events no more, and the events can
   * be defined again. What was recorded stays recorded. For plugins that are unloaded; later calls do nothing.
   */
  close(): void;
}

/** Events of this thread: two definitions of one name are a mistake. */
const definedNames = new Set<string>();

/**
 * Defines a provider and its events. Each event can be defined once in a thread; worker threads that load the same
 * module define it again and record the same event.
 *
 * Throws `UsageError` for names, fields and levels that LTTng does not know. On a machine without the addon, or with
 * `LTTNG_TS_DISABLE=1`, the functions do nothing.
 */
export function defineProvider<const Events extends Templates>(
  provider: string,
  events: Events,
): Provider<Events> {
  checkProviderName(provider);
  const definitions = Object.entries(events).map(([name, template]) => {
    const definition = toDefinition(provider, name, template);
    if (definedNames.has(definition.name)) {
      throw new UsageError(`Event defined twice: name=${JSON.stringify(definition.name)}`);
    }
    return definition;
  });
  for (const { name } of definitions) definedNames.add(name);
  const recorders = loadRecorders().createRecorders(definitions);
  let isClosed = false;
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    for (const { name } of definitions) definedNames.delete(name);
    recorders.close();
  };
  // An event of that name comes first; its provider is closed with `Symbol.dispose`.
  const made = { close, [Symbol.dispose]: close };
  for (const key of ['close', Symbol.dispose] as const) {
    Object.defineProperty(made, key, { enumerable: false, configurable: true });
  }
  const entries = Object.keys(events).map((name, i) => [name, recorders.functions[i]] as const);
  for (const [name, value] of entries) {
    Object.defineProperty(made, name, { value, enumerable: true, configurable: true });
  }
  return Object.freeze(made) as unknown as Provider<Events>;
}

/** See {@link DefinedContexts}; rules are in `application-contexts.ts`, beside what reads the values. */
export function defineContexts(
  provider: string,
  contexts: Readonly<Record<string, ContextSource>>,
): DefinedContexts {
  return loadRecorders().defineContexts(provider, contexts);
}

/** Resolves when the session daemons that run have said what they record; see `docs/tracing-nodejs.md`. */
export async function ready(): Promise<void> {
  // Nothing is waited for where nothing is defined.
  if (definedNames.size > 0) await loadRecorders().ready();
}
