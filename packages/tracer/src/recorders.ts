/** From definitions to recording functions: what is needed only in programs that define a provider. */
import type { EventDefinition } from './definition.ts';
import { findRecordingThread, type ThreadRuntime } from './edge/thread-runtime.ts';
import { planPayload } from './encode/plan.ts';
import { createRecordingFunction, type RecordingFunction } from './thread/recording-function.ts';

export { defineContexts } from './application-contexts.ts';

/** The functions of a provider's events. */
export interface Recorders {
  readonly functions: readonly unknown[];
  /** The functions do nothing from now on, and no session daemon knows the events any more. */
  readonly close: () => void;
}

/** Makes the functions of a provider's events. They do nothing where nothing can be recorded. */
export function createRecorders(definitions: readonly EventDefinition[]): Recorders {
  const runtime = findRecordingThread();
  if (runtime === null) return { functions: definitions.map(silent), close: () => undefined };
  return createFunctions(runtime, definitions);
}

/** Resolves when the session daemons that run have said what they record. */
export async function ready(): Promise<void> {
  await findRecordingThread()?.thread.ready();
}

function createFunctions(
  { thread, alignment, mayGenerateCode }: ThreadRuntime,
  definitions: readonly EventDefinition[],
): Recorders {
  const plans = definitions.map(({ fields }) => planPayload(fields, alignment));
  const slots = thread.define(definitions, Math.max(0, ...plans.map(({ fixedBytes }) => fixedBytes)));
  const functions = definitions.map((definition, i) => {
    const slot = slots[i];
    const plan = plans[i];
    // No slot is left: the event stays off.
    if (slot === undefined || plan === undefined) return silent(definition);
    const record = createRecordingFunction(thread, slot, plan, mayGenerateCode);
    const filter = thread.filterOf(slot);
    return describe(record, () => !filter.isClosed && thread.isEnabled(slot), definition);
  });
  return { functions, close: () => thread.close(slots) };
}

function silent(definition: EventDefinition): unknown {
  return describe(
    () => undefined,
    () => false,
    definition,
  );
}

function describe(record: RecordingFunction, isEnabled: () => boolean, { name }: EventDefinition): unknown {
  return Object.defineProperties(record, {
    name: { value: name },
    eventName: { value: name, enumerable: true },
    isEnabled: { get: isEnabled, enumerable: true },
  });
}
