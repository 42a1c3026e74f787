/** `lttng track` and `lttng untrack`: which processes a session records. */
import type { Domain, TrackedAttribute, TrackedValue, TrackerChange } from '@lttng-ts/protocols';
import {
  type Command,
  type CommandContext,
  refuseExtraWords,
  SESS_NOT_FOUND,
  sessionName,
} from '../command.ts';
import { attempt, type Failure } from '../control-caller.ts';
import { chosenDomains } from '../domains.ts';
import type { ParsedOptions } from '../options/option-spec.ts';
import { exitCodes, failed, type Outcome, refused, succeeded, type TrackerEntry } from '../results.ts';
import { parseTrackedValue, type TrackerRow, trackedValueText, trackerRows } from '../values/trackers.ts';

export const track: Command = (context) => changeTrackers(context, 'track');
export const untrack: Command = (context) => changeTrackers(context, 'untrack');

type Verb = 'track' | 'untrack';

/** One tracker that the command line names, with the words of its values; null: `--all`. */
interface Target {
  readonly row: TrackerRow;
  readonly words: readonly string[] | null;
}

async function changeTrackers(context: CommandContext, verb: Verb): Promise<Outcome> {
  const { options, reporter } = context;
  const [domainRow, ...others] = chosenDomains(options);
  if (domainRow === undefined) {
    reporter.error('Please specify a domain (--kernel/--userspace).');
    return refused();
  }
  if (others.length > 0) {
    reporter.error('Only one domain must be specified.');
    return refused();
  }
  if (refuseExtraWords(context, 0)) return refused();
  const { domain } = domainRow;
  const targets = readTargets(context);
  if (targets === null) return refused();
  const session = sessionName(context, options.find('session'));
  if (session === null) return failed();
  const changes = new TrackerChanges(context, verb, session, domain);
  // Upstream: how the last tracker went is how the command went.
  let isDone = true;
  for (const target of targets) {
    isDone = await changes.apply(target);
    if (changes.isSessionMissing) break;
  }
  reporter.item({ kind: 'trackers-changed', verb, session, domain, trackers: changes.results });
  if (isDone) return succeeded;
  return failed(changes.isSessionMissing ? exitCodes.fatal : exitCodes.error);
}

/** What the options name, in upstream's order; null after a report. */
function readTargets({ options, reporter }: CommandContext): readonly Target[] | null {
  const isAll = options.has('all');
  const targets: Target[] = [];
  for (const row of trackerRows) {
    const words = row.options.flatMap((name) => wordsOf(options, name));
    if (!row.options.some((name) => options.has(name))) continue;
    const hasValues = row.options.some((name) => options.all(name).length > 0);
    if (isAll && hasValues) {
      reporter.error('The --all option cannot be used with a list of process attribute values');
      return null;
    }
    if (!isAll && !hasValues) {
      reporter.error(`No process attribute value specified for ${capitalised(row.title)} tracker`);
      return null;
    }
    targets.push({ row, words: isAll ? null : words });
  }
  if (targets.length > 0) return targets;
  reporter.error('At least one process attribute must be specified');
  return null;
}

const wordsOf = (options: ParsedOptions, name: string): readonly string[] =>
  options.all(name).flatMap((list) => list.split(',').filter((word) => word !== ''));

const capitalised = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** Applies changes one after another and keeps what became of them. */
class TrackerChanges {
  readonly results: { readonly attribute: TrackedAttribute; readonly entries: TrackerEntry[] }[] = [];
  isSessionMissing = false;
  readonly #context: CommandContext;
  readonly #verb: Verb;
  readonly #session: string;
  readonly #domain: Domain;

  constructor(context: CommandContext, verb: Verb, session: string, domain: Domain) {
    this.#context = context;
    this.#verb = verb;
    this.#session = session;
    this.#domain = domain;
  }

  /** Says whether all of a tracker's changes were done. */
  async apply({ row, words }: Target): Promise<boolean> {
    const { reporter, client } = this.#context;
    const { attribute, title } = row;
    if (attribute === null && this.#domain !== 'kernel') {
      reporter.error(`The ${title} process attribute cannot be tracked in the user space domain.`);
      return false;
    }
    const entries: TrackerEntry[] = [];
    if (attribute !== null) this.results.push({ attribute, entries });
    const { failure } = await attempt(client, 'tracker.list', {
      session: this.#session,
      domain: this.#domain,
    });
    if (failure?.number === SESS_NOT_FOUND && words === null) {
      // Upstream looks the session up by itself to change a policy, and gives up.
      reporter.error(`Session \`${this.#session}\` does not exist`);
      entries.push({ value: null, status: 'failed' });
      this.isSessionMissing = true;
      return false;
    }
    if (failure !== null || attribute === null) {
      // Upstream knows these two reasons only.
      const isUnknown = failure?.number !== SESS_NOT_FOUND;
      reporter.error(isUnknown ? 'Unknown error' : 'Recording session does not exist');
      return false;
    }
    if (words === null) return await this.#applyPolicy(attribute, entries);
    let isDone = true;
    for (const word of words) {
      const value = parseTrackedValue(attribute, word);
      if (value === null) {
        reporter.error(`${word} is not a valid ${title} value; expected an integer`);
        entries.push({ value: word, status: 'failed' });
        return false;
      }
      if (!(await this.#applyValue(row, attribute, value, entries))) isDone = false;
    }
    return isDone;
  }

  async #applyPolicy(attribute: TrackedAttribute, entries: TrackerEntry[]): Promise<boolean> {
    const kind = this.#verb === 'track' ? 'include-all' : 'exclude-all';
    const failure = await this.#change(attribute, { kind });
    entries.push({ value: null, status: failure === null ? 'changed' : 'failed' });
    if (failure !== null) this.#context.reporter.error(failure.text);
    return failure === null;
  }

  async #applyValue(
    { title }: TrackerRow,
    attribute: TrackedAttribute,
    value: TrackedValue,
    entries: TrackerEntry[],
  ): Promise<boolean> {
    const { reporter } = this.#context;
    const shown = trackedValueText(value);
    const failure = await this.#change(attribute, { kind: this.#verb === 'track' ? 'add' : 'remove', value });
    switch (failure?.name) {
      case undefined:
        entries.push({ value, status: 'changed' });
        return true;
      case 'PROCESS_ATTR_EXISTS':
        entries.push({ value, status: 'unchanged' });
        reporter.warning(`${shown} is already in the ${title} inclusion set`);
        return true;
      case 'PROCESS_ATTR_MISSING':
        entries.push({ value, status: 'unchanged' });
        // The article is upstream's.
        reporter.warning(`${shown} is not in the ${title} the inclusion set`);
        return true;
      case 'USER_NOT_FOUND':
      case 'GROUP_NOT_FOUND':
        reporter.error(`${attribute === 'vuid' ? 'User' : 'Group'} ${shown} was not found`);
        break;
      default: {
        const doing =
          this.#verb === 'track' ? `adding ${title} ${value} to` : `removing ${title} ${value} from`;
        reporter.error(`Unknown error encountered while ${doing} tracker's inclusion set`);
      }
    }
    entries.push({ value, status: 'failed' });
    return false;
  }

  async #change(attribute: TrackedAttribute, change: TrackerChange): Promise<Failure | null> {
    const { failure } = await attempt(this.#context.client, 'tracker.change', {
      session: this.#session,
      domain: this.#domain,
      attribute,
      change,
    });
    return failure;
  }
}
