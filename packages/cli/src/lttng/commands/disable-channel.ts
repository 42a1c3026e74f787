/** `lttng disable-channel`. */
import { type CommandContext, refuseExtraWords, sessionName } from '../command.ts';
import { attempt } from '../control-caller.ts';
import { chosenDomains } from '../domains.ts';
import { exitCodes, failed, type Outcome, refused, succeeded } from '../results.ts';
import { splitNames } from '../values/names.ts';

/** Disables channels. */
export async function disableChannel(context: CommandContext): Promise<Outcome> {
  const { client, options, reporter } = context;
  const [row, ...others] = chosenDomains(options);
  const words = options.positionals[0];
  const fault =
    row === undefined
      ? 'Please specify a domain (--kernel/--userspace).'
      : others.length > 0
        ? 'Only one domain must be specified.'
        : words === undefined
          ? 'Missing channel name(s).'
          : null;
  if (fault !== null || row === undefined || words === undefined) {
    reporter.error(fault ?? '');
    return refused();
  }
  if (refuseExtraWords(context, 1)) return refused();
  const session = sessionName(context, options.find('session'));
  // Upstream has begun no document by then.
  if (session === null) return refused();
  const { domain } = row;
  let isComplete = true;
  for (const channel of splitNames(words)) {
    const { failure } = await attempt(client, 'channel.disable', { session, domain, channel });
    reporter.item({ kind: 'channel-disabled', session, domain, channel, failure });
    if (failure === null) continue;
    isComplete = false;
    reporter.error(`Channel ${channel}: ${failure.text} (session ${session})`);
  }
  return isComplete ? succeeded : failed(exitCodes.warning);
}
