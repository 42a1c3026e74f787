/**
 * Application contexts: values that a program gives for each record (`$app.provider:name`), such as the request that it
 * handles. Each thread defines its own.
 */
import { UsageError } from '@lttng-ts/base';

/** What a context may give; `undefined` and `null` are no value. */
export type ContextValue = string | number | bigint | boolean | null | undefined;
/** Called for each event that is recorded with the context; what it throws is no value. */
export type ContextSource = () => ContextValue;

/** Contexts that were defined together. */
export interface DefinedContexts extends Disposable {
  /** They have no value from now on, and can be defined again. */
  close(): void;
}

/** As provider and event names. */
const NAME = /^[A-Za-z_][\w.-]*$/;
const MAX_NAME_BYTES = 250;

const sources = new Map<string, ContextSource>();

/**
 * Defines contexts of this thread. Sessions that add `$app.provider:name` record what the function gives at the moment of
 * the event, on the stack of the recording call; it must be fast, and it may be asked by filters that name it.
 *
 * Throws `UsageError` for a name that LTTng does not know, or that is defined already.
 */
export function defineContexts(
  provider: string,
  contexts: Readonly<Record<string, ContextSource>>,
): DefinedContexts {
  const entries = Object.entries(contexts).map(
    ([name, source]) => [`$app.${provider}:${name}`, source] as const,
  );
  for (const [name] of entries) {
    const [, ...parts] = /^\$app\.([^:]*):(.*)$/.exec(name) ?? [];
    if (!parts.every((part) => NAME.test(part)) || parts.length < 2 || name.length > MAX_NAME_BYTES) {
      throw new UsageError(`Invalid application context: name=${JSON.stringify(name)}`);
    }
    if (sources.has(name)) {
      throw new UsageError(`Application context defined twice: name=${JSON.stringify(name)}`);
    }
  }
  for (const [name, source] of entries) sources.set(name, source);
  const close = (): void => {
    for (const [name, source] of entries) if (sources.get(name) === source) sources.delete(name);
  };
  return { close, [Symbol.dispose]: close };
}

/** The value of a context (`$app.provider:name`) now; `undefined` when it is none. Never throws. */
export function applicationValue(name: string): string | number | bigint | boolean | undefined {
  try {
    const value = sources.get(name)?.();
    switch (typeof value) {
      case 'string':
      case 'number':
      case 'bigint':
      case 'boolean':
        return value;
      default:
        return undefined;
    }
  } catch {
    // The program's function failed: there is no value, and the event is recorded.
    return undefined;
  }
}
