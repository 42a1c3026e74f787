/** `lttng snapshot`: records snapshots, and says where they go. Its actions share one table of options. */
import { lttngErrors, type ParamsOf } from '@lttng-ts/protocols';
import { type CommandContext, sessionName } from '../command.ts';
import { attempt } from '../control-caller.ts';
import { exitCodes, failed, type Outcome, refused, type SnapshotPlace, succeeded } from '../results.ts';
import { isNetworkUrl, resolveUrl, resolveUrls } from '../values/network-url.ts';
import { parseOutputUrl } from '../values/output-url.ts';
import { parseSizeBytes } from '../values/sizes.ts';

const INVALID = lttngErrors.INVALID.text;

type Action = (context: CommandContext, session: string) => Promise<Outcome>;

const actions: Readonly<Record<string, Action>> = {
  'add-output': addOutput,
  'del-output': deleteOutput,
  'list-output': listOutputs,
  record,
};

/** Does what the first word says. */
export async function snapshot(context: CommandContext): Promise<Outcome> {
  const { options, reporter } = context;
  if (options.has('list-commands')) {
    for (const name of Object.keys(actions)) reporter.note(name);
    return succeeded;
  }
  const maxSize = options.find('max-size');
  if (maxSize !== null && parseSizeBytes(maxSize) === null) {
    return refuse(context, `Unable to handle max-size value ${maxSize}`);
  }
  // Upstream looks for the session before it looks at the action.
  const session = sessionName(context, options.find('session'));
  // Upstream has begun its document, and ends it without a word of success.
  if (session === null) return { ...failed(), toldSuccess: null };
  const [name] = options.positionals;
  const action = name === undefined ? undefined : actions[name];
  if (action === undefined) {
    reporter.error(name === undefined ? 'Missing snapshot action.' : `Unknown snapshot action: ${name}`);
    return refused(exitCodes.undefined);
  }
  const outcome = await action(context, session);
  if (outcome.exitCode !== 0) reporter.item({ kind: 'snapshot-action-failed', action: name ?? '' });
  return outcome;
}

async function record(context: CommandContext, session: string): Promise<Outcome> {
  const { client, options, reporter } = context;
  const destination = await destinationOf(context);
  if (destination === 'refused') return failed();
  const answer = await attempt(client, 'snapshot.record', {
    session,
    name: options.find('name'),
    output: destination?.output ?? null,
    maxSizeBytes: maxSizeOf(context),
  });
  const { failure } = answer;
  if (failure !== null) return refuse(context, failure.text);
  reporter.item({
    kind: 'snapshot-recorded',
    session,
    url: destination?.place ?? null,
    path: answer.result.path,
  });
  return succeeded;
}

async function addOutput(context: CommandContext, session: string): Promise<Outcome> {
  const { client, options, reporter } = context;
  const isGiven = options.positionals[1] !== undefined || options.has('ctrl-url') || options.has('data-url');
  if (!isGiven) {
    return refuse(context, 'An output destination must be specified to add a snapshot output.');
  }
  const destination = await destinationOf(context);
  if (destination === 'refused' || destination === null) return failed();
  const answer = await attempt(client, 'snapshot.add-output', {
    session,
    name: options.find('name'),
    output: destination.output,
    maxSizeBytes: maxSizeOf(context) ?? 0,
  });
  if (answer.failure !== null) return refuse(context, answer.failure.text);
  const { output } = answer.result;
  const hasMaxSize = options.has('max-size');
  reporter.item({ kind: 'snapshot-output-added', session, output, url: destination.place, hasMaxSize });
  return succeeded;
}

async function deleteOutput(context: CommandContext, session: string): Promise<Outcome> {
  const { client, options, reporter } = context;
  const which = options.positionals[1];
  if (which === undefined) {
    return refuse(context, 'A snapshot output name or id must be provided to delete a snapshot output.');
  }
  const { failure } = await attempt(client, 'snapshot.remove-output', { session, output: which });
  if (failure !== null) return refuse(context, failure.text);
  reporter.item({ kind: 'snapshot-output-deleted', session, output: which });
  return succeeded;
}

async function listOutputs(context: CommandContext, session: string): Promise<Outcome> {
  const { client, reporter } = context;
  const answer = await attempt(client, 'snapshot.list-outputs', { session });
  if (answer.failure !== null) return refuse(context, answer.failure.text);
  reporter.item({ kind: 'snapshot-outputs', session, outputs: answer.result.outputs });
  return succeeded;
}

interface Destination {
  readonly output: NonNullable<ParamsOf<'snapshot.record'>['output']>;
  /** In the words in which it is told. */
  readonly place: SnapshotPlace;
}

/** The second word, or the options for both ports, as a place; null when there is none. */
async function destinationOf(context: CommandContext): Promise<Destination | null | 'refused'> {
  const { machine, options, reporter } = context;
  const refuseWith = (...lines: readonly string[]): 'refused' => {
    for (const line of lines) reporter.error(line);
    return 'refused';
  };
  const url = options.positionals[1] ?? null;
  const [controlUrl, dataUrl] = [options.find('ctrl-url'), options.find('data-url')];
  if (controlUrl !== null || dataUrl !== null) {
    if (controlUrl === null || dataUrl === null) {
      return refuseWith('URLs must be specified for both data and control');
    }
    if (url !== null) return refuseWith(INVALID);
    const resolved = await resolveUrls(machine, controlUrl, dataUrl);
    if (resolved.kind !== 'network') return refuseWith(INVALID);
    return {
      output: { kind: 'network', network: resolved.output },
      place: { url: controlUrl, dataUrl },
    };
  }
  if (url === null) return null;
  if (isNetworkUrl(url)) {
    const resolved = await resolveUrl(machine, url);
    if (resolved.kind !== 'network') return refuseWith(INVALID);
    return { output: { kind: 'network', network: resolved.output }, place: { url, dataUrl: null } };
  }
  const parsed = parseOutputUrl(url);
  if (parsed.kind !== 'path') return refuseWith(...(parsed.kind === 'wrong' ? parsed.lines : []));
  const { path } = parsed;
  return { output: { kind: 'path', path }, place: { url, dataUrl: null } };
}

function maxSizeOf({ options }: CommandContext): number | null {
  const text = options.find('max-size');
  return text === null ? null : parseSizeBytes(text);
}

function refuse({ reporter }: CommandContext, text: string): Outcome {
  reporter.error(text);
  return failed();
}
