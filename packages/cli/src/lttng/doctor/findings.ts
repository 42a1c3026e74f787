/** From facts to findings: what keeps events from being recorded, and what to type. Pure. */
import type { ChannelInfo, DomainInfo, EventRuleInfo, LeftSession, SessionInfo } from '@lttng-ts/protocols';
import { matchesStarGlob } from '../../babeltrace2/text/star-glob.ts';
import type { DaemonFacts, DoctorFacts, MachineFacts } from './facts.ts';

export interface Finding {
  /** What was looked at. */
  readonly subject: 'daemon' | 'applications' | 'session' | 'memory' | 'output';
  /** `problem`: nothing, or less than wanted, is recorded. `hint`: it may be so. */
  readonly severity: 'ok' | 'hint' | 'problem';
  readonly text: string;
  /** What to type, or to do. */
  readonly remedies: readonly string[];
}

type Reached = Extract<DaemonFacts, { readonly kind: 'reached' }>;

/** Below this, buffers and traces soon have no place. */
const LITTLE_SPACE_BYTES = 16 * 2 ** 20;

const ok = (subject: Finding['subject'], text: string): Finding => ({
  subject,
  severity: 'ok',
  text,
  remedies: [],
});
const hint = (subject: Finding['subject'], text: string, ...remedies: readonly string[]): Finding => ({
  subject,
  severity: 'hint',
  text,
  remedies,
});
const problem = (subject: Finding['subject'], text: string, ...remedies: readonly string[]): Finding => ({
  subject,
  severity: 'problem',
  text,
  remedies,
});

/** All findings, in the order of the way from program to trace. */
export function findingsOf({ machine, daemon }: DoctorFacts): readonly Finding[] {
  if (daemon.kind === 'unreachable') {
    return [...unreachableFindings(machine, daemon.failure.text), ...memoryFindings(machine)];
  }
  return [
    ok('daemon', `The session daemon answers: ${daemon.version}, process ${daemon.pid}, user ${daemon.uid}`),
    ...otherDaemonFindings(machine, daemon),
    ...applicationFindings(daemon, machine),
    ...memoryFindings(machine),
    ...(daemon.sessions.length === 0
      ? [
          problem(
            'session',
            'There is no recording session',
            'lttng create',
            "lttng enable-event -u '*'",
            'lttng start',
          ),
        ]
      : daemon.sessions.flatMap((session) => sessionFindings(session, daemon))),
    ...daemon.left.map(leftFinding),
    ...machine.outputs
      .filter(({ freeBytes }) => freeBytes < LITTLE_SPACE_BYTES)
      .map(({ path, freeBytes }) =>
        problem(
          'output',
          `Only ${freeBytes} bytes are free at ${path}`,
          'Make room there, or choose another folder: lttng create --output=DIR',
        ),
      ),
  ];
}

/** What an earlier daemon left. */
function leftFinding({ name, outputPath, wasActive }: LeftSession): Finding {
  const state = wasActive ? 'recorded' : 'was there';
  const text = `Session ${name} ${state} when an earlier session daemon died; it was not made again`;
  return hint('session', text, ...(outputPath === '' ? [] : [`lttng view --trace-path=${outputPath}`]));
}

function unreachableFindings(machine: MachineFacts, reason: string): readonly Finding[] {
  const explained = machine.runFolders.flatMap((folder): readonly Finding[] => {
    const { path, control, client, pid, isPidAlive, owner } = folder;
    if (control === 'denied' || client === 'denied') {
      return [
        problem(
          'daemon',
          `A daemon of ${owner === 'root' ? 'root' : 'another user'} is in ${path}, and this user may not use it`,
          ...(owner === 'root'
            ? [`sudo usermod --append --groups ${machine.group.name} $USER`, 'Then log in again']
            : []),
        ),
      ];
    }
    if (control !== 'answers' && client === 'answers') {
      return [
        problem(
          'daemon',
          `The daemon in ${path} is an original one (lttng-tools), whose private protocol these commands do not speak`,
          'Use the original lttng with it',
          `Or end it and start ours: kill ${pid ?? 'PID'}; lttng-sessiond --daemonize`,
        ),
      ];
    }
    if (control === 'dead' || client === 'dead') {
      const where =
        pid !== null && !isPidAlive ? ` (its pid file names process ${pid}, which is not here)` : '';
      return [
        problem(
          'daemon',
          `Nobody listens on the sockets in ${path}${where}: the daemon has died, or lives in another container that shares this folder`,
          'lttng-sessiond --daemonize',
          'In containers: give each its own LTTNG_HOME, or share /run, /dev/shm and the process namespace as a whole',
        ),
      ];
    }
    return [];
  });
  const none = problem('daemon', `${reason}: no daemon runs for this user`, 'lttng-sessiond --daemonize');
  return explained.length > 0 ? explained : [none];
}

/** A second daemon that applications register with too, or that commands do not see. */
function otherDaemonFindings({ runFolders, uid, group }: MachineFacts, daemon: Reached): readonly Finding[] {
  const root = runFolders.find(({ owner }) => owner === 'root');
  const own = runFolders.find(({ owner }) => owner === 'user');
  if (uid !== 0 && daemon.uid !== 0 && root !== undefined && root.client !== 'missing') {
    const advice = group.isMember ? [] : [`To use it: sudo usermod --append --groups ${group.name} $USER`];
    return [
      hint(
        'daemon',
        `A root daemon may be running too, in ${root.path}; these commands use this user's own`,
        ...advice,
      ),
    ];
  }
  if (uid !== 0 && daemon.uid === 0 && own?.control === 'answers') {
    return [hint('daemon', `This user's own daemon runs too, in ${own.path}; these commands use root's`)];
  }
  return [];
}

function applicationFindings({ applications, uid }: Reached, machine: MachineFacts): readonly Finding[] {
  const traced = applications.filter(({ refusal }) => refusal === null);
  const refused = applications.filter(({ refusal }) => refusal !== null);
  const findings: Finding[] = [];
  if (traced.length > 0) findings.push(ok('applications', `Programs that can be traced: ${traced.length}`));
  for (const { name, pid, refusal } of refused) {
    findings.push(problem('applications', `${name} (process ${pid}) cannot be traced: ${refusal}`));
  }
  if (traced.length === 0) {
    findings.push(
      problem(
        'applications',
        'No program is registered',
        'Start one that is linked with liblttng-ust, or imports @lttng-ts/tracer; lttng list -u shows it then',
        'LTTNG_UST_DEBUG=1 PROGRAM tells why a C program does not register',
        ...(uid === 0 ? [] : ['Programs of other users register with the root daemon, not with this one']),
        ...(machine.isContainer
          ? ['A program outside of this container needs the same /run/lttng (or LTTNG_HOME) and /dev/shm']
          : []),
      ),
    );
  }
  return findings;
}

function memoryFindings({ sharedMemory }: MachineFacts): readonly Finding[] {
  if (sharedMemory === null) {
    return [
      problem(
        'memory',
        '/dev/shm is not there: C programs cannot wait for the daemon',
        'mount -t tmpfs tmpfs /dev/shm',
      ),
    ];
  }
  if (sharedMemory.freeBytes >= LITTLE_SPACE_BYTES) return [];
  return [
    problem(
      'memory',
      `Only ${sharedMemory.freeBytes} bytes are free in /dev/shm`,
      'mount -o remount,size=1G /dev/shm',
    ),
  ];
}

function sessionFindings(session: SessionInfo, daemon: Reached): readonly Finding[] {
  const { name } = session;
  const of = (text: string): string => `Session ${name}: ${text}`;
  const channels = session.domains.flatMap((domain) => domain.channels);
  const rules = channels.flatMap((channel) => channel.rules);
  const findings: Finding[] = [];
  const add = (severity: typeof problem, text: string, ...remedies: readonly string[]): void => {
    findings.push(severity('session', of(text), ...remedies));
  };
  if (rules.length === 0) {
    add(
      problem,
      'it has no event rule',
      `lttng enable-event -u -s ${name} ${quoted(firstTracepoint(daemon))}`,
    );
  }
  if (!session.isActive) {
    add(session.wasStarted ? hint : problem, 'it does not record now', `lttng start ${name}`);
  }
  if (session.outputPath === '' && session.isSnapshotMode) {
    add(hint, 'it writes only when a snapshot is recorded', `lttng snapshot record -s ${name}`);
  } else if (session.outputPath === '') {
    add(hint, 'it was created without output: nothing is written', 'lttng create --output=DIR');
  }
  for (const domain of session.domains) {
    findings.push(...trackerFindings(name, domain));
    for (const channel of domain.channels) findings.push(...channelFindings(name, channel, daemon));
  }
  for (const { kind, where, detail, isOngoing } of session.faults) {
    add(isOngoing ? problem : hint, `${kind.replaceAll('-', ' ')} at ${where}: ${detail}`);
  }
  const failure = session.archivePolicy?.lastFailure ?? null;
  if (failure !== null) {
    add(problem, `its archive policy failed: ${failure}`, `lttng archive-policy show -s ${name}`);
  }
  return findings.length > 0 ? findings : [ok('session', of('it records'))];
}

function trackerFindings(session: string, { trackers }: DomainInfo): readonly Finding[] {
  return (['vpid', 'vuid', 'vgid'] as const).flatMap((attribute) => {
    const values = trackers[attribute];
    if (values === null) return [];
    const who = values.length === 0 ? 'none' : values.join(', ');
    const severity = values.length === 0 ? problem : hint;
    return [
      severity(
        'session',
        `Session ${session}: only processes with these values of ${attribute} are recorded: ${who}`,
        `lttng track -u -s ${session} --${attribute} --all`,
      ),
    ];
  });
}

function channelFindings(session: string, channel: ChannelInfo, daemon: Reached): readonly Finding[] {
  const { name, attributes, discardedEventCount, lostPacketCount } = channel;
  const of = (text: string): string => `Session ${session}, channel ${name}: ${text}`;
  const findings: Finding[] = [];
  if (!channel.isEnabled) {
    findings.push(problem('session', of('it is disabled'), `lttng enable-channel -u -s ${session} ${name}`));
  }
  if (discardedEventCount > 0) {
    const { subbufferSizeBytes, subbufferCount } = attributes;
    findings.push(
      problem(
        'session',
        of(
          `${discardedEventCount} events were discarded, because its buffers (${subbufferCount} of ${subbufferSizeBytes} bytes) were full`,
        ),
        `In a new session: lttng enable-channel -u --subbuf-size=${subbufferSizeBytes * 4} --num-subbuf=${subbufferCount} ${name}`,
        'Record less: a narrower event rule, or --filter',
      ),
    );
  }
  if (lostPacketCount > 0) {
    findings.push(
      hint(
        'session',
        of(`${lostPacketCount} packets were overwritten before anybody read them`),
        'lttng enable-channel -u --discard CHANNEL in a new session',
      ),
    );
  }
  return [...findings, ...channel.rules.flatMap((rule) => ruleFindings(session, channel, rule, daemon))];
}

function ruleFindings(
  session: string,
  { name: channel }: ChannelInfo,
  rule: EventRuleInfo,
  { tracepoints }: Reached,
): readonly Finding[] {
  const of = (text: string): string =>
    `Session ${session}, channel ${channel}: the rule ${rule.pattern} ${text}`;
  if (!rule.isEnabled) {
    return [
      hint(
        'session',
        of('is disabled'),
        `lttng enable-event -u -s ${session} -c ${channel} ${quoted(rule.pattern)}`,
      ),
    ];
  }
  const known = tracepoints.flatMap((application) => application.tracepoints);
  if (known.length === 0) return [];
  const named = known.filter(({ name }) => matchesStarGlob(rule.pattern, name));
  if (named.length === 0) {
    return [
      problem(
        'session',
        of('matches no event of the programs that are registered now'),
        'lttng list -u shows what they have',
        'Names are PROVIDER:EVENT, and capitals count; a program that starts later may have it',
      ),
    ];
  }
  const left = named.filter(({ name }) => !rule.exclusions.some((pattern) => matchesStarGlob(pattern, name)));
  if (left.length === 0) return [problem('session', of('excludes every event that it matches'))];
  const { logLevel } = rule;
  if (logLevel.kind === 'all') return [];
  // The most severe level is 0.
  const severe = left.filter(({ logLevel: level }) =>
    logLevel.kind === 'single' ? level === logLevel.level : level <= logLevel.level,
  );
  return severe.length > 0
    ? []
    : [problem('session', of('matches events of other log levels only'), 'lttng list -u shows their levels')];
}

const firstTracepoint = ({ tracepoints }: Reached): string =>
  tracepoints.flatMap((application) => application.tracepoints)[0]?.name.replace(/:.*/, ':*') ?? '*';

/** Safe in a line of the shell. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
