/** Makes saved sessions again: the calls of the control API that lead to what a file says. */
import type { Domain, EventRuleInfo, NetworkOutput, ParamsOf, TrackerChange } from '@lttng-ts/protocols';
import { type ControlCaller, type Failure, failureOf, SESS_NOT_FOUND } from '../lttng/control-caller.ts';
import type { Machine } from '../lttng/machine.ts';
import { resolveUrls } from '../lttng/values/network-url.ts';
import { parseOutputUrl } from '../lttng/values/output-url.ts';
import type { SavedChannel, SavedDestination, SavedDomain, SavedSession } from './model.ts';

/** A folder, or a relay daemon. */
export type Place =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'network'; readonly network: NetworkOutput };

/** What replaces that which a file says. */
export interface Overrides {
  readonly name: string | null;
  /** Where the trace, or the snapshots, go instead. */
  readonly output: Place | null;
}

type Caller = Pick<ControlCaller, 'call'>;

export interface RestoreOptions {
  readonly client: Caller;
  readonly resolveHost: Machine['resolveHost'];
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

async function create(saved: SavedSession, name: string, options: RestoreOptions): Promise<void> {
  const { client } = options;
  const { isSnapshotMode, liveTimerUs, output } = saved;
  const outputs = output?.kind === 'snapshots' ? output.outputs : [];
  const destination = output?.kind === 'consumer' ? output.destination : null;
  const where = options.overrides.output?.kind ?? destination?.kind;
  if (liveTimerUs !== 0 && where !== 'network') throw new Refusal(INVALID_CONFIG);
  await client.call('session.create', {
    name,
    output: isSnapshotMode ? { kind: 'none' } : await outputOf(destination, options),
    sharedMemoryPath: saved.sharedMemoryPath,
    isSharedMemoryPathWhole: true,
    isSnapshotMode,
    liveTimerUs,
  });
  for (const { name: outputName, maxSizeBytes, destination: place } of outputs) {
    const where = await placeOf(place, options);
    const asked = { session: name, name: outputName, output: where, maxSizeBytes };
    await client.call('snapshot.add-output', asked);
  }
}

async function outputOf(
  destination: SavedDestination | null,
  options: RestoreOptions,
): Promise<ParamsOf<'session.create'>['output']> {
  if (destination === null && options.overrides.output === null) return { kind: 'none' };
  return await placeOf(destination, options);
}

const INVALID: Failure = { number: 97, name: 'INVALID', text: 'Invalid parameter' };

/** Upstream reads the path of a file as it reads a URL. */
async function placeOf(
  destination: SavedDestination | null,
  { overrides: { output }, resolveHost }: RestoreOptions,
): Promise<Place> {
  // What a URL says ends in a slash, as upstream shows it.
  if (output !== null) return output.kind === 'path' ? { kind: 'path', path: `${output.path}/` } : output;
  if (destination?.kind === 'network') {
    const urls = await resolveUrls({ resolveHost }, destination.controlUrl, destination.dataUrl);
    if (urls.kind === 'network') return { kind: 'network', network: urls.output };
    throw new Refusal(INVALID, urls.kind === 'wrong' ? urls.lines.slice(0, -1) : []);
  }
  const path = destination?.kind === 'path' ? destination.path : '';
  if (path === '') throw new Refusal(INVALID);
  const parsed = parseOutputUrl(path);
  if (parsed.kind === 'path') return { kind: 'path', path: parsed.path };
  // The last line is of the commands that take a URL from the user.
  throw new Refusal(INVALID, parsed.kind === 'wrong' ? parsed.lines.slice(0, -1) : []);
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
