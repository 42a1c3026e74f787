/** `lttng add-context`. */
import { type CommandContext, refuseExtraWords, sessionName } from '../command.ts';
import { attempt } from '../control-caller.ts';
import { chosenDomains } from '../domains.ts';
import { notYet } from '../options/not-yet.ts';
import { exitCodes, failed, type Outcome, refused, succeeded } from '../results.ts';
import { allContextTypes, type ContextType, findContextType } from '../values/contexts.ts';

/** Adds context fields to channels, or lists their types. */
export async function addContext(context: CommandContext): Promise<Outcome> {
  const { options, reporter } = context;
  const types = readTypes(context);
  if (types === null) return refused(exitCodes.fatal);
  if (options.has('list')) {
    reporter.item({ kind: 'context-types', types: allContextTypes() });
    return succeeded;
  }
  const [row, ...others] = chosenDomains(options);
  if (row === undefined) {
    reporter.error('Please specify a domain (--kernel/--userspace/--jul/--log4j/--python).');
    return refused();
  }
  if (others.length > 0) {
    reporter.error('Only one domain must be specified.');
    return refused();
  }
  if (row.domain !== 'ust' && row.domain !== 'kernel') {
    reporter.error(notYet('agents'));
    return refused();
  }
  if (refuseExtraWords(context, 0)) return refused();
  if (types.length === 0) {
    reporter.error('Missing mandatory -t TYPE');
    return refused();
  }
  const session = sessionName(context, options.find('session'));
  // Upstream has begun no document by then.
  if (session === null) return refused();
  let exitCode = 0;
  for (const type of types) {
    const channel = options.find('channel');
    const { domain } = row;
    const { failure } = await attempt(context.client, 'context.add', {
      session,
      domain,
      channel,
      context: type.symbol,
    });
    reporter.item({ kind: 'context-added', domain, channel, context: type, failure });
    if (failure === null) continue;
    reporter.error(`${type.symbol}: ${failure.text}`);
    exitCode = exitCodes.warning;
  }
  return exitCode === 0 ? succeeded : failed(exitCode);
}

/** The types of all `--type` options; `null` after a report about the first unknown one. */
function readTypes({ options, reporter }: CommandContext): readonly ContextType[] | null {
  const types: ContextType[] = [];
  for (const symbol of options.all('type')) {
    const type = findContextType(symbol);
    if (type.kind === 'unknown') {
      for (const hint of type.hints) reporter.error(hint);
      reporter.error(`Unknown context type ${symbol}`);
      return null;
    }
    types.push(type);
  }
  return types;
}
