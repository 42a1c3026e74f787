/** `lttng enable-event`. */
import type { EventRule, LogLevelRule } from '@lttng-ts/protocols';
import { type CommandContext, refuseExtraWords, sessionName } from '../command.ts';
import { attempt, type Failure, INVALID } from '../control-caller.ts';
import { chosenDomains, type DomainRow } from '../domains.ts';
import { notYet } from '../options/not-yet.ts';
import type { ParsedOptions } from '../options/option-spec.ts';
import { exitCodes, failed, type Outcome, type Reporter, refused, succeeded } from '../results.ts';
import { isPattern, judgeExclusion, splitExclusions } from '../values/exclusions.ts';
import { findLogLevel } from '../values/log-levels.ts';
import { MAX_NAME_BYTES, nameBytes, splitNames } from '../values/names.ts';

const DEFAULT_CHANNEL = 'channel0';
/** Upstream's words when a rule would need something that a started session does not get any more. */
const NEW_DOMAIN_TEXT =
  'The command tried to enable an event in a new domain for a session that has already been started once.';

/** Options that say what an event is; at most one of them. */
const instrumentationTypes = ['tracepoint', 'probe', 'function', 'userspace-probe', 'syscall'];

/** What all rules of one command line have in common. */
interface Request {
  readonly session: string;
  readonly row: DomainRow;
  /** `null`: the daemon's default channel. */
  readonly channel: string | null;
  readonly logLevel: LogLevelRule;
  readonly logLevelText: string | null;
  readonly filter: string | null;
  readonly exclusions: readonly string[];
  readonly isAll: boolean;
  readonly isTracepointType: boolean;
}

/** Adds event rules. */
export async function enableEvent(context: CommandContext): Promise<Outcome> {
  const { options, reporter } = context;
  if (instrumentationTypes.filter((type) => options.has(type)).length > 1) {
    return refuseWith(reporter, 'Multiple event type not supported.');
  }
  const [row, ...others] = chosenDomains(options);
  if (row === undefined) {
    return refuseWith(reporter, 'Please specify a domain (--kernel/--userspace/--jul/--log4j/--python).');
  }
  if (others.length > 0) return refuseWith(reporter, 'Only one domain must be specified.');
  const isAll = options.has('all');
  const words = options.positionals[0];
  if (words === undefined && !isAll) return refuseWith(reporter, 'Missing event name(s).');
  if (refuseExtraWords(context, 1)) return refused();
  const session = sessionName(context, options.find('session'));
  if (session === null) return failed();
  if (row.domain !== 'ust' && row.domain !== 'kernel') return refuseWith(reporter, notYet('agents'));
  const shared = readShared(options, row, reporter);
  if (typeof shared === 'number') return failed(shared);
  const names = isAll ? ['*'] : splitNames(words ?? '');
  return await enableAll(context, { ...shared, session, row, isAll }, names);
}

function refuseWith(reporter: Reporter, text: string): Outcome {
  reporter.error(text);
  return refused();
}

/** Reads what all rules share; gives an exit code after a report. */
function readShared(
  options: ParsedOptions,
  row: DomainRow,
  reporter: Reporter,
): Omit<Request, 'session' | 'row' | 'isAll'> | number {
  const refuse = (text: string, exitCode: number = exitCodes.error): number => {
    reporter.error(text);
    return exitCode;
  };
  const isOtherType = instrumentationTypes.some((type) => type !== 'tracepoint' && options.has(type));
  if (isOtherType && row.domain !== 'kernel') {
    return refuse('Event type not available for user-space tracing', exitCodes.unsupported);
  }
  const exclusion = options.find('exclude');
  if (exclusion !== null && row.domain !== 'ust') {
    return refuse(`Event name exclusions are not yet implemented for ${row.word} events`);
  }
  const logLevelText = options.find('loglevel-only') ?? options.find('loglevel');
  const logLevel = readLogLevel(options, row, reporter);
  if (logLevel === null) return refuse(`Unknown loglevel ${logLevelText}`, INVALID.number);
  return {
    channel: options.find('channel'),
    logLevel,
    logLevelText: logLevel.kind === 'all' ? null : logLevelText,
    filter: options.find('filter'),
    exclusions: exclusion === null ? [] : splitExclusions(exclusion),
    isTracepointType: options.has('tracepoint'),
  };
}

/** The level rule of the options; `null`: no such level. */
function readLogLevel(options: ParsedOptions, row: DomainRow, reporter: Reporter): LogLevelRule | null {
  // `--loglevel-only` wins over `--loglevel`, as upstream.
  const kind = options.has('loglevel-only') ? 'single' : 'range';
  const text = options.find('loglevel-only') ?? options.find('loglevel');
  if (text === null) return { kind: 'all' };
  if (row.domain === 'kernel') {
    reporter.warning('Kernel loglevels are not supported.');
    return { kind: 'all' };
  }
  const level = findLogLevel(text);
  return level === null ? null : { kind, level };
}

async function enableAll(
  context: CommandContext,
  request: Request,
  names: readonly string[],
): Promise<Outcome> {
  let exitCode = 0;
  const isPlain = request.isAll && request.filter === null;
  for (const pattern of names) {
    const refusal = refuseExclusions(request, pattern, context.reporter);
    if (refusal !== null) {
      context.reporter.error(refusal);
      return failed();
    }
    const failure = await enableOne(context, request, pattern);
    // With --all and no filter a failure is a plain error; otherwise the last error's number is the exit status.
    if (failure !== null) exitCode = isPlain ? exitCodes.error : failure.number;
  }
  return exitCode === 0 ? succeeded : failed(exitCode);
}

/** Says why a rule cannot have these exclusions; warns about those without effect. */
function refuseExclusions(request: Request, pattern: string, reporter: Reporter): string | null {
  if (request.exclusions.length === 0) return null;
  if (!isPattern(pattern)) {
    return `Event ${pattern}: Exclusions can only be used with a globbing pattern`;
  }
  for (const exclusion of request.exclusions) {
    const verdict = judgeExclusion(pattern, exclusion);
    if (verdict === 'excludes-all') {
      return `Event ${pattern}: ${exclusion} excludes all events from ${pattern}`;
    }
    if (verdict === 'excludes-nothing') {
      reporter.warning(`Event ${pattern}: ${exclusion} does not exclude any events from ${pattern}`);
    }
  }
  return null;
}

async function enableOne(
  { client, reporter }: CommandContext,
  request: Request,
  pattern: string,
): Promise<Failure | null> {
  const { session, row, channel, logLevel, filter, exclusions, isAll, isTracepointType, logLevelText } =
    request;
  const rule: EventRule = { pattern, logLevel, filter, exclusions };
  // Differs from upstream: a name that is too long is refused; upstream cuts it without a word.
  const isTooLong = [pattern, ...exclusions].some((name) => nameBytes(name) > MAX_NAME_BYTES);
  const answer = isTooLong
    ? { failure: INVALID }
    : await attempt(client, 'event.enable', {
        session,
        domain: row.domain,
        channel,
        ownership: null,
        rule: { ...rule, exclusions: [...exclusions] },
      });
  const { failure } = answer;
  const channelName = failure === null ? answer.result.channel : (channel ?? DEFAULT_CHANNEL);
  reporter.item({
    kind: 'event-enabled',
    session,
    domain: row.domain,
    channel: channelName,
    rule,
    isAll,
    isTracepointType,
    logLevelText,
    failure,
  });
  if (failure !== null) reporter.error(failureText(request, pattern, channelName, failure));
  return failure;
}

/** The names of excluded events as texts quote them. */
export function exclusionText(exclusions: readonly string[]): string {
  return exclusions.length === 0 ? '' : ` excluding ${exclusions.map((name) => `"${name}"`).join(', ')}`;
}

function failureText(request: Request, pattern: string, channel: string, failure: Failure): string {
  const { session, filter, exclusions, isAll } = request;
  const subject = isAll ? 'Events' : `Event ${pattern}${exclusionText(exclusions)}`;
  const channelText = failure.name === 'NEED_CHANNEL_NAME' ? '<default>' : channel;
  const filterText = filter === null ? '' : `, filter '${filter}'`;
  const allSubject = isAll && filter !== null ? 'All events' : subject;
  const text = failure.name === 'TRACE_ALREADY_STARTED' ? NEW_DOMAIN_TEXT : failure.text;
  return `${allSubject}: ${text} (channel ${channelText}, session ${session}${filterText})`;
}
