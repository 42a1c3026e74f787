/** `lttng load`: makes sessions of the files that `save`, ours or upstream's, wrote. */
import { loadDefaultSessions, loadSessions } from '../../saved-sessions/load.ts';
import type { LoadFailure, Overrides } from '../../saved-sessions/restore.ts';
import { type CommandContext, refuseExtraWords } from '../command.ts';
import { attempt } from '../control-caller.ts';
import { lttngHome } from '../machine.ts';
import { failed, type Outcome, refused, succeeded } from '../results.ts';
import { writeCurrentSession } from '../session-file.ts';
import { MAX_NAME_BYTES, nameBytes } from '../values/names.ts';
import { isNetworkUrl, resolveUrl } from '../values/network-url.ts';
import { parseOutputUrl } from '../values/output-url.ts';

const INVALID = 97;
/** Upstream's LTTNG_PATH_MAX with the NUL. */
const MAX_PATH_BYTES = 4095;

/** Loads sessions. */
export async function load(context: CommandContext): Promise<Outcome> {
  const { client, general, options, reporter } = context;
  const alive = await attempt(client, 'daemon.info', {});
  if (alive.failure !== null) return refuse(context, alive.failure.text);
  const [name] = options.positionals;
  const isAll = options.has('all') || name === undefined;
  if (refuseExtraWords(context, options.has('all') ? 0 : 1)) return refused();
  const session = isAll ? null : (name ?? null);
  if (session !== null && nameBytes(session) > MAX_NAME_BYTES - 1)
    return refuseInDocument(context, 'Invalid session name');
  const path = options.find('input-path');
  if (path !== null) {
    const place = (await context.machine.sessionFiles()).look(path);
    if (place.kind === 'missing') return refuseInDocument(context, `Invalid input path: ${place.reason}`);
  }
  const url = options.find('override-url');
  const output = url === null ? null : await outputOf(context, url);
  if (output === 'refused') return refuseInDocument(context, 'Url override is invalid', INVALID);
  const overrideName = options.find('override-name');
  if (isAll && overrideName !== null) {
    return refuseInDocument(context, 'Options --all and --override-name cannot be used simultaneously');
  }
  if (overrideName !== null && nameBytes(overrideName) > MAX_NAME_BYTES - 1) {
    return refuseInDocument(context, 'Failed to set session name override');
  }
  const failure = await loadAll(context, session, path, { name: overrideName, output });
  for (const { kind, text } of failure?.lines ?? []) reporter[kind](text);
  if (failure !== null) reporter.error(failure.text);
  reporter.item({ kind: 'sessions-loaded', session, path, overrides: { name: overrideName, url }, failure });
  if (failure === null) {
    // The name that was asked for, whatever it is overridden with.
    if (session !== null && !writeCurrentSession(context.machine, reporter, session)) return failed();
    return succeeded;
  }
  // Upstream's exit status of a failure that its document tells is 0.
  return general.form === 'xml' ? { exitCode: 0, hasDocument: true, toldSuccess: false } : failed();
}

async function loadAll(
  { client, machine, options, reporter }: CommandContext,
  session: string | null,
  path: string | null,
  overrides: Overrides,
): Promise<LoadFailure | null> {
  const request = {
    client,
    resolveHost: machine.resolveHost,
    files: await machine.sessionFiles(),
    session,
    overrides,
    isForced: options.has('force'),
    warn: (text: string) => reporter.warning(text),
  };
  if (path !== null) return await loadSessions({ ...request, path });
  return await loadDefaultSessions(request, lttngHome(machine));
}

async function outputOf(
  { machine, reporter }: CommandContext,
  url: string,
): Promise<Overrides['output'] | 'refused'> {
  if (url === '' || nameBytes(url) > MAX_PATH_BYTES) return 'refused';
  if (isNetworkUrl(url)) {
    const resolved = await resolveUrl(machine, url);
    if (resolved.kind === 'network') return { kind: 'network', network: resolved.output };
    for (const line of resolved.kind === 'wrong' ? resolved.lines.slice(0, -1) : []) reporter.error(line);
    return 'refused';
  }
  const parsed = parseOutputUrl(url);
  if (parsed.kind === 'path') return { kind: 'path', path: parsed.path };
  for (const line of parsed.kind === 'wrong' ? parsed.lines.slice(0, -1) : []) reporter.error(line);
  return 'refused';
}

/** Upstream's document is begun by then, and ended without a word of success. */
function refuseInDocument({ reporter }: CommandContext, text: string, exitCode = 1): Outcome {
  reporter.error(text);
  return { exitCode, hasDocument: true, toldSuccess: null };
}

function refuse({ reporter }: CommandContext, text: string): Outcome {
  reporter.error(text);
  return refused();
}
