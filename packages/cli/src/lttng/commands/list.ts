/** `lttng list` and `lttng status`: sessions, one session, or the tracepoints of applications. */
import type { ApplicationInfo, ChannelBuffersInfo, ResultOf, SessionInfo } from '@lttng-ts/protocols';
import { type CommandContext, refuseExtraWords, sessionName } from '../command.ts';
import { attempt } from '../control-caller.ts';
import { chosenDomains, type DomainRow } from '../domains.ts';
import { leftLines } from '../render/session-text.ts';
import { sessionTree } from '../render/session-tree.ts';
import { treeLines } from '../render/tree.ts';
import { exitCodes, failed, type Outcome, refused, type SessionSelection, succeeded } from '../results.ts';
import { type TreeView, treeViewOf } from '../values/tree-view.ts';

/** Lists what the options ask for. */
export async function list(context: CommandContext): Promise<Outcome> {
  const { options, reporter } = context;
  if (refuseExtraWords(context, 1)) return refused();
  const [name] = options.positionals;
  const domains = chosenDomains(options);
  if (options.has('syscall') && !options.has('kernel')) {
    reporter.warning('--syscall will only work with the Kernel domain (-k)');
    return refused();
  }
  if (name !== undefined) {
    return await listSession(context, name, {
      domainsOnly: options.has('domain'),
      // Upstream looks at --kernel and --userspace only.
      domain: domains.find(({ domain }) => domain === 'kernel' || domain === 'ust')?.domain ?? null,
      channel: options.find('channel'),
    });
  }
  if (domains.length > 0) return await listTracepoints(context, domains);
  const { view, refusal } = treeViewOf(options, context.machine);
  if (refusal !== null) return refuseView(context, refusal);
  const listed = await readSessions(context);
  if (listed === null) return failed();
  if (view === null || context.general.form !== 'text' || listed.sessions.length === 0) {
    reporter.item({ kind: 'session-list', ...listed });
    return succeeded;
  }
  const trees = listed.sessions.map((session) => sessionTree(session, null, view));
  for (const line of [...treeLines(trees, view.look), ...leftLines(listed.left)]) reporter.note(line);
  return succeeded;
}

function refuseView({ reporter }: CommandContext, refusal: string): Outcome {
  reporter.error(refusal);
  return refused();
}

/** Shows the current session. */
export async function status(context: CommandContext): Promise<Outcome> {
  const { options, reporter } = context;
  if (options.positionals.length > 0) {
    reporter.error('This command does not accept positional arguments.\n');
    reporter.error(`Unrecognized argument used with 'status' command`);
    return refused(exitCodes.undefined);
  }
  const name = sessionName(context, null);
  if (name === null) return refused();
  return await listSession(context, name, { domainsOnly: false, domain: null, channel: null });
}

/** The sessions, newest first as upstream lists them; `null` after a report. */
async function readSessions({ client, reporter }: CommandContext): Promise<ResultOf<'session.list'> | null> {
  const answer = await attempt(client, 'session.list', {});
  if (answer.failure === null) {
    const { sessions, left } = answer.result;
    return { sessions: sessions.toReversed(), left };
  }
  reporter.error(answer.failure.text);
  return null;
}

async function listSession(
  context: CommandContext,
  name: string,
  selection: SessionSelection,
): Promise<Outcome> {
  const { reporter } = context;
  const { view, refusal } = treeViewOf(context.options, context.machine);
  if (refusal !== null) return refuseView(context, refusal);
  const listed = await readSessions(context);
  const notShown = { kind: 'session-not-shown', session: name } as const;
  if (listed === null) {
    reporter.item(notShown);
    return failed();
  }
  const { sessions } = listed;
  const session = sessions.find((candidate) => candidate.name === name);
  if (session === undefined) {
    if (sessions.length > 0) {
      reporter.item(notShown);
      reporter.error(`Session '${name}' not found`);
      return failed();
    }
    reporter.item({ kind: 'session-list', ...listed });
    reporter.error('Failed to list session rotation schedules: Session name not found');
    return failed();
  }
  await showSession(context, session, selection, view);
  if (selection.domainsOnly) return succeeded;
  if (selection.domain !== null && !session.domains.some(({ domain }) => domain === selection.domain)) {
    return refuseMissingDomain(context, selection.domain);
  }
  const missing = findMissingChannel(session, selection);
  if (missing === null) return succeeded;
  reporter.error(`Channel ${missing} not found`);
  return failed();
}

async function showSession(
  { client, general, reporter }: CommandContext,
  session: SessionInfo,
  selection: SessionSelection,
  view: TreeView | null,
): Promise<void> {
  if (view === null) {
    reporter.item({ kind: 'session-details', session, selection });
    return;
  }
  const answer = await attempt(client, 'session.buffers', { session: session.name });
  // A session that ended meanwhile has none.
  const buffers: readonly ChannelBuffersInfo[] = answer.failure === null ? answer.result.channels : [];
  if (general.form !== 'text') {
    reporter.item({ kind: 'session-details', session, selection, buffers });
    return;
  }
  const tree = sessionTree(session, { selection, buffers }, view);
  for (const line of treeLines([tree], view.look)) reporter.note(line);
}

function refuseMissingDomain({ reporter }: CommandContext, domain: string): Outcome {
  // Upstream's words for a domain that the session does not have.
  if (domain !== 'kernel') return succeeded;
  reporter.error('Failed to get process attribute tracker handle: Unknown error code');
  return failed();
}

/** The wanted channel's name when no shown domain has it. */
function findMissingChannel(session: SessionInfo, { channel, domain }: SessionSelection): string | null {
  if (channel === null) return null;
  const shown = session.domains.filter((candidate) => domain === null || candidate.domain === domain);
  const isThere = shown.some(({ channels }) => channels.some(({ name }) => name === channel));
  return isThere || shown.length === 0 ? null : channel;
}

/** Shows the first word of the program's command line, as upstream; the registered name where it cannot be read. */
function withProgramPath({ machine }: CommandContext, application: ApplicationInfo): ApplicationInfo {
  const [path = ''] = machine.readText(`/proc/${application.pid}/cmdline`)?.split('\0') ?? [];
  return path === '' ? application : { ...application, name: path };
}

async function listTracepoints(context: CommandContext, rows: readonly DomainRow[]): Promise<Outcome> {
  const { client, options, reporter } = context;
  const withFields = options.has('fields');
  for (const row of rows) {
    const { domain } = row;
    const answer = await attempt(client, 'tracepoint.list', { domain, withFields });
    if (answer.failure !== null) {
      reporter.error(`Unable to list ${subjectOf(context, row)}: ${answer.failure.text}`);
      return failed();
    }
    const registered = await attempt(client, 'application.list', { domain });
    const applications = answer.result.applications
      .filter(({ application }) => application.refusal === null)
      .map((listed) => ({ ...listed, application: withProgramPath(context, listed.application) }));
    const known = registered.failure === null ? registered.result.applications : [];
    const refusedApplications = known.filter(({ refusal }) => refusal !== null);
    reporter.item({ kind: 'tracepoints', domain, applications, refusedApplications, withFields });
  }
  return succeeded;
}

function subjectOf({ options }: CommandContext, { domain, word }: DomainRow): string {
  if (domain === 'kernel') return options.has('syscall') ? 'system calls' : 'kernel events';
  if (domain === 'ust') return options.has('fields') ? 'UST event fields' : 'UST events';
  return `${word} events`;
}
