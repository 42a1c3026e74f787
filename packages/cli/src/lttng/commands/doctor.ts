/** `lttng doctor`: why is nothing recorded? Ours; upstream has no such command. */
import { type CommandContext, refuseExtraWords } from '../command.ts';
import { attempt } from '../control-caller.ts';
import type { DaemonFacts } from '../doctor/facts.ts';
import { findingsOf } from '../doctor/findings.ts';
import { lttngHome } from '../machine.ts';
import { failed, type Outcome, refused, succeeded } from '../results.ts';

/** Looks at everything between programs and traces; fails when there is a problem. */
export async function doctor(context: CommandContext): Promise<Outcome> {
  const { general, machine, reporter } = context;
  if (general.form === 'xml') {
    reporter.error('The XML machine interface has no findings: use --mi json');
    return refused();
  }
  if (refuseExtraWords(context, 0)) return refused();
  const daemon = await askDaemon(context);
  const outputs = daemon.kind === 'unreachable' ? [] : daemon.sessions.map(({ outputPath }) => outputPath);
  const facts = await machine.lookAround(
    general.groupName,
    lttngHome(machine),
    outputs.filter((path) => path !== ''),
  );
  const findings = findingsOf({ machine: facts, daemon });
  reporter.item({ kind: 'diagnosis', findings });
  return findings.some(({ severity }) => severity === 'problem') ? failed() : succeeded;
}

async function askDaemon({ client }: CommandContext): Promise<DaemonFacts> {
  const info = await attempt(client, 'daemon.info', {});
  if (info.failure !== null) return { kind: 'unreachable', failure: info.failure };
  const listed = await attempt(client, 'session.list', {});
  const registered = await attempt(client, 'application.list', { domain: 'ust' });
  const known = await attempt(client, 'tracepoint.list', { domain: 'ust', withFields: false });
  const failure = listed.failure ?? registered.failure ?? known.failure;
  if (failure !== null) return { kind: 'unreachable', failure };
  const { version, pid, uid } = info.result;
  return {
    kind: 'reached',
    version,
    pid,
    uid,
    sessions: listed.failure === null ? listed.result.sessions : [],
    left: listed.failure === null ? listed.result.left : [],
    applications: registered.failure === null ? registered.result.applications : [],
    tracepoints: known.failure === null ? known.result.applications : [],
  };
}
