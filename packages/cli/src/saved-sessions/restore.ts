/** Makes saved sessions again: the calls of the control API that lead to what a file says. */
import type { Domain, EventRuleInfo, ParamsOf, TrackerChange } from '@lttng-ts/protocols';
import { type ControlCaller, type Failure, failureOf, SESS_NOT_FOUND } from '../lttng/control-caller.ts';
import { notYet } from '../lttng/options/not-yet.ts';
import { type OutputUrl, parseOutputUrl } from '../lttng/values/output-url.ts';
import type { SavedChannel, SavedDestination, SavedDomain, SavedSession } from './model.ts';

/** What replaces that which a file says. */
export interface Overrides {
  readonly name: string | null;
  /** Where the trace, or the snapshots, go instead: a path, or the URL of a relay daemon. */
  readonly output: Exclude<OutputUrl, { readonly kind: 'wrong' }> | null;
}

type Caller = Pick<ControlCaller, 'call'>;

export interface RestoreOptions {
  readonly client: Caller;
  readonly overrides: Overrides;
  /** Sessions of the same name are destroyed first. */
  readonly isForced: boolean;
  readonly warn: (text: string) => void;
}

/** A line for the user: a detail of what follows, or an error of its own. */
export interface LoadLine {
  readonly kind: 'detail' | 'error';
  readonly text: string;
}

/** Why a session was not loaded: in which words, and upstream's error. */
export interface LoadFailure extends Failure {
  /** Lines for the user before the error's own. */
  readonly lines: readonly LoadLine[];
}

const INVALID_CONFIG: Failure = {
  number: 87,
  name: 'LOAD_INVALID_CONFIG',
  text: 'Invalid session configuration',
};

/** A failure on the way; it ends the loading of the session. */
class Refusal extends Error {
  readonly failure: LoadFailure;
  constructor(failure: Failure, lines: readonly string[] = []) {
    super(failure.text);
    this.failure = { ...failure, lines: lines.map((text) => ({ kind: 'error', text })) };
  }
}

/** Makes one session; gives what went wrong, after which the session does not exist, or null. */
export async function restoreSession(
  saved: SavedSession,
  options: RestoreOptions,
): Promise<LoadFailure | null> {
  const { client, overrides, isForced } = options;
  const name = overrides.name ?? saved.name;
  try {
    if (isForced) await destroyIfThere(client, name);
    await create(saved, name, options);
  } catch (error) {
    return error instanceof Refusal ? error.failure : { ...failureOf(error), lines: [] };
  }
  try {
    await fill(saved, name, options);
    return null;
  } catch (error) {
    const failure: Failure = error instanceof Refusal ? error.failure : failureOf(error);
    await destroyIfThere(client, name);
    return {
      ...failure,
      lines: [{ kind: 'error', text: `Failed to load session ${name}: ${failure.text}` }],
    };
  }
}

async function destroyIfThere(client: Caller, session: string): Promise<void> {
  try {
    await client.call('session.destroy', { session, wait: true });
  } catch (error) {
    if (failureOf(error).number !== SESS_NOT_FOUND) throw error;
  }
}

async function create(
  saved: SavedSession,
  name: string,
  { client, overrides }: RestoreOptions,
): Promise<void> {
  const { isSnapshotMode, liveTimerUs, output } = saved;
  if (liveTimerUs !== 0) throw new Refusal(INVALID_CONFIG);
  const outputs = output?.kind === 'snapshots' ? output.outputs : [];
  const destination = output?.kind === 'consumer' ? output.destination : null;
  await client.call('session.create', {
    name,
    output: isSnapshotMode ? { kind: 'none' } : outputOf(destination, overrides),
    sharedMemoryPath: saved.sharedMemoryPath,
    isSharedMemoryPathWhole: true,
    isSnapshotMode,
  });
  for (const { name: outputName, maxSizeBytes, destination: place } of outputs) {
    const path = pathOf(place, overrides);
    await client.call('snapshot.add-output', { session: name, name: outputName, path, maxSizeBytes });
  }
}

function outputOf(
  destination: SavedDestination | null,
  overrides: Overrides,
): ParamsOf<'session.create'>['output'] {
  if (destination === null && overrides.output === null) return { kind: 'none' };
  return { kind: 'path', path: pathOf(destination, overrides) };
}

/** Upstream reads the path of a file as it reads a URL. */
function pathOf(destination: SavedDestination | null, { output }: Overrides): string {
  if (output?.kind === 'network' || (output === null && destination?.kind === 'network')) {
    throw new Refusal({ number: 15, name: 'NOT_SUPPORTED', text: notYet('network') });
  }
  // What a URL says ends in a slash, as upstream shows it.
  if (output !== null) return `${output.path}/`;
  const path = destination?.kind === 'path' ? destination.path : '';
  const invalid: Failure = { number: 97, name: 'INVALID', text: 'Invalid parameter' };
  if (path === '') throw new Refusal(invalid);
  const parsed = parseOutputUrl(path);
  if (parsed.kind === 'path') return parsed.path;
  // The last line is of the commands that take a URL from the user.
  throw new Refusal(invalid, parsed.kind === 'wrong' ? parsed.lines.slice(0, -1) : []);
}

async function fill(saved: SavedSession, session: string, options: RestoreOptions): Promise<void> {
  const { client } = options;
  for (const domain of saved.domains) await addDomain(session, domain, options);
  const { rotationTimerUs, rotationSizeBytes } = saved;
  if (rotationTimerUs !== null) {
    const schedule = { kind: 'timer', periodUs: rotationTimerUs } as const;
    await client.call('rotation.schedule', { session, schedule });
  }
  if (rotationSizeBytes !== null) {
    const schedule = { kind: 'size', sizeBytes: rotationSizeBytes } as const;
    await client.call('rotation.schedule', { session, schedule });
  }
  if (saved.isStarted) await client.call('session.start', { session });
}

async function addDomain(
  session: string,
  { domain, ownership, channels, trackers }: SavedDomain,
  options: RestoreOptions,
): Promise<void> {
  for (const channel of channels) {
    const attributes = { ...channel.attributes, ownership };
    await options.client.call('channel.enable', { session, domain, channel: channel.name, attributes });
    await addRules(session, domain, channel, options);
    for (const context of channel.contexts) {
      await options.client.call('context.add', { session, domain, channel: channel.name, context });
    }
    // Differs from upstream: a channel that was disabled is disabled again; upstream enables it.
    if (!channel.isEnabled) {
      await options.client.call('channel.disable', { session, domain, channel: channel.name });
    }
  }
  for (const attribute of ['vpid', 'vuid', 'vgid'] as const) {
    const values = trackers[attribute];
    const changes: readonly TrackerChange[] =
      values?.length === 0
        ? [{ kind: 'exclude-all' }]
        : (values ?? []).map((value) => ({ kind: 'add', value }));
    for (const change of changes) {
      await options.client.call('tracker.change', { session, domain, attribute, change });
    }
  }
}

/** All rules in their order; those that were disabled are disabled afterwards, which goes by their pattern. */
async function addRules(
  session: string,
  domain: Domain,
  { name: channel, rules }: SavedChannel,
  { client, warn }: RestoreOptions,
): Promise<void> {
  const enable = async ({ isEnabled: _, ...rule }: EventRuleInfo): Promise<void> => {
    try {
      const asked = { ...rule, exclusions: [...rule.exclusions] };
      await client.call('event.enable', { session, domain, channel, ownership: null, rule: asked });
    } catch (error) {
      failureOf(error);
      warn(`Enabling event (name:${rule.pattern}) on load failed.`);
      throw new Refusal(INVALID_CONFIG);
    }
  };
  for (const rule of rules) await enable(rule);
  const disabled = new Set(rules.filter(({ isEnabled }) => !isEnabled).map(({ pattern }) => pattern));
  for (const pattern of disabled) {
    await client.call('event.disable', { session, domain, channel, pattern });
    for (const rule of rules) if (rule.isEnabled && rule.pattern === pattern) await enable(rule);
  }
}
