/** Starts a session daemon for `create`. Where it is looked for, and the words when it does not come up. */
import type { CommandContext } from './command.ts';

/**
 * Starts a relay daemon for live sessions of this machine; reports and gives `false` when that fails.
 *
 * Differs from upstream: the daemon goes to the background, because upstream's keeps the folder, terminal and streams of the
 * command that started it; and where it does not come up there is no session, because upstream's records for nobody.
 */
export async function startRelay({ general, machine, reporter }: CommandContext): Promise<boolean> {
  const path =
    general.relayPath ?? machine.environment['LTTNG_RELAYD_PATH'] ?? `${machine.programFolder}/lttng-relayd`;
  reporter.note('Spawning a relayd daemon');
  if (!machine.isExecutable(path)) {
    reporter.error('No relayd found. Use --relayd-path.');
    return false;
  }
  const end = await machine.run(path, ['--live-port=tcp://localhost:5344', '--daemonize'], 'none');
  if (end.kind === 'exited' && end.exitCode === 0) return true;
  reporter.error(`Problem occurred while launching relay daemon (${path})`);
  return false;
}

/** Finds the program: the option, then the variable, then the one beside this program. */
function daemonPath({ general, machine }: CommandContext): string {
  return (
    general.daemonPath ??
    machine.environment['LTTNG_SESSIOND_PATH'] ??
    `${machine.programFolder}/lttng-sessiond`
  );
}

/** Starts the daemon and waits until it is ready; reports and gives `false` when that fails. */
export async function startDaemon(context: CommandContext): Promise<boolean> {
  const { machine, reporter } = context;
  const path = daemonPath(context);
  const refuse = (reason: string): false => {
    reporter.error(reason);
    reporter.error(`Problem occurred while launching session daemon (${path})`);
    return false;
  };
  if (!machine.isExecutable(path)) return refuse(`No such file or access denied: ${path}`);
  reporter.note('Spawning a session daemon');
  const end = await machine.run(path, ['--daemonize'], 'none');
  switch (end.kind) {
    case 'exited':
      if (end.exitCode === 0) return true;
      return refuse(`Session daemon terminated with an error (exit status: ${end.exitCode})`);
    case 'killed':
      return refuse(`Session daemon was killed by signal ${end.signal}`);
    case 'not-started':
      return refuse(`No such file or access denied: ${path}`);
  }
}
