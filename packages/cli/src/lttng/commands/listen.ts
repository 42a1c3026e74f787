/**
 * `lttng listen`: prints what happens in the session daemon, as it happens. Ours: upstream has no such command, its
 * notifications need triggers.
 */
import { SystemError } from '@lttng-ts/base';
import type { ControlEvent } from '@lttng-ts/protocols';
import { type CommandContext, refuseExtraWords } from '../command.ts';
import { failureOf, NO_SESSIOND } from '../control-caller.ts';
import { failed, type Outcome, refused, succeeded } from '../results.ts';
import { eventKinds, isEventKind } from '../values/event-kinds.ts';

/** Prints events until there were enough of them, or the daemon ends. */
export async function listen(context: CommandContext): Promise<Outcome> {
  const { client, general, options, reporter } = context;
  if (refuseExtraWords(context, 1)) return refused();
  const wanted = options.find('event')?.split(',') ?? null;
  const unknown = wanted?.find((kind) => !isEventKind(kind));
  if (unknown !== undefined) {
    return refuse(context, `Unknown kind of event: ${unknown} (there are ${eventKinds.join(', ')})`);
  }
  const countText = options.find('count');
  if (countText !== null && !/^[1-9]\d{0,8}$/.test(countText)) {
    return refuse(context, `Invalid value for --count option: ${countText}`);
  }
  if (general.form === 'xml')
    return refuse(context, 'The XML machine interface has no events: use --mi json');
  try {
    const events = await client.events(options.positionals[0] ?? null);
    let left = countText === null ? Number.POSITIVE_INFINITY : Number(countText);
    for await (const event of events) {
      if (wanted !== null && !isWanted(event, wanted)) continue;
      reporter.item({ kind: 'control-event', event });
      if (--left === 0) return succeeded;
    }
    return succeeded;
  } catch (error) {
    if (error instanceof SystemError) {
      reporter.error('The session daemon has ended');
      return failed(NO_SESSIOND);
    }
    const failure = failureOf(error);
    reporter.error(failure.text);
    return failed(failure.number);
  }
}

/** A gap is told whatever was asked for. */
function isWanted({ kind }: ControlEvent, wanted: readonly string[]): boolean {
  return wanted.includes(kind) || kind === 'events-skipped';
}

function refuse({ reporter }: CommandContext, text: string): Outcome {
  reporter.error(text);
  return refused();
}
