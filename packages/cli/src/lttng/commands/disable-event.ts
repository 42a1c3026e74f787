/** `lttng disable-event`. */
import { type CommandContext, refuseExtraWords, sessionName } from '../command.ts';
import { attempt, type Failure } from '../control-caller.ts';
import { chosenDomains, type DomainRow } from '../domains.ts';
import { notYet } from '../options/not-yet.ts';
import { failed, type Outcome, refused, succeeded } from '../results.ts';
import { splitNames } from '../values/names.ts';

const DEFAULT_CHANNEL = 'channel0';
/**
 * Upstream disables kernel events by their type; all other domains know one type only. `--all` is all types, not all
 * events. Its texts end in a line of their own.
 */
const typeOptions = ['tracepoint', 'syscall', 'probe', 'function', 'all'] as const;
const TYPE_REFUSAL =
  'Disabling userspace and agent (-j | -l | -p) event(s) based on instrumentation type is not supported.\n';

/** Disables event rules by their pattern, or all of a channel. */
export async function disableEvent(context: CommandContext): Promise<Outcome> {
  const { options } = context;
  const [row, ...others] = chosenDomains(options);
  const isAll = options.has('all-events');
  const type = typeOf(context);
  const words = options.positionals[0];
  if (row === undefined) {
    return refuseWith(context, 'Please specify a domain (--kernel/--userspace/--jul/--log4j/--python).');
  }
  if (others.length > 0) return refuseWith(context, 'Only one domain must be specified.');
  if (words === undefined && !isAll) return refuseWith(context, 'Missing event name(s).\n');
  if (!isAll && refuseExtraWords(context, 1)) return refused();
  const session = sessionName(context, options.find('session'));
  // Upstream has begun no document by then.
  if (session === null) return refused();
  if (row.domain !== 'kernel' && type !== 'any') {
    return refuseWith(context, TYPE_REFUSAL);
  }
  if (row.domain !== 'ust' && row.domain !== 'kernel') return refuseWith(context, notYet('agents'));
  const patterns = isAll ? [null] : splitNames(words ?? '');
  let last: Failure | null = null;
  for (const pattern of patterns) last = (await disableOne(context, session, row, pattern)) ?? last;
  return last === null ? succeeded : failed(last.number);
}

/** As upstream's texts name the type. */
function typeOf({ options }: CommandContext): string {
  const type = options.lastOf(typeOptions) ?? 'all';
  return type === 'all' ? 'any' : type;
}

async function disableOne(
  context: CommandContext,
  session: string,
  { domain }: DomainRow,
  pattern: string | null,
): Promise<Failure | null> {
  const { client, options, reporter } = context;
  const channel = options.find('channel');
  const answer = await attempt(client, 'event.disable', { session, domain, channel, pattern });
  const { failure } = answer;
  const found = failure === null ? answer.result.channel : (channel ?? DEFAULT_CHANNEL);
  reporter.item({ kind: 'event-disabled', session, domain, channel: found, pattern, failure });
  if (failure !== null) {
    const where = failure.name === 'NEED_CHANNEL_NAME' ? '<default>' : found;
    reporter.error(
      pattern === null
        ? failure.text
        : `${pattern} of type ${typeOf(context)} : ${failure.text} (channel ${where}, session ${session})`,
    );
  }
  return failure;
}

function refuseWith({ reporter }: CommandContext, text: string): Outcome {
  reporter.error(text);
  return refused();
}
