/** `lttng create`: makes a session the current one, after starting a daemon when there is none. */
import type { ParamsOf, TraceFormat } from '@lttng-ts/protocols';
import { RELAY_LIVE_PORT } from '@lttng-ts/protocols/relay';
import type { CommandContext } from '../command.ts';
import { refuseExtraWords } from '../command.ts';
import { attempt, failureOf, NO_SESSIOND } from '../control-caller.ts';
import { lttngHome } from '../machine.ts';
import type { ParsedOptions } from '../options/option-spec.ts';
import { exitCodes, failed, type Outcome, type Reporter, refused, succeeded } from '../results.ts';
import { writeCurrentSession } from '../session-file.ts';
import { startDaemon, startRelay } from '../start-daemon.ts';
import { MAX_NAME_BYTES, nameBytes } from '../values/names.ts';
import { resolveUrl, resolveUrls } from '../values/network-url.ts';
import { MAX_U32, parseTimeUs } from '../values/sizes.ts';

type Output = ParamsOf<'session.create'>['output'];

/** Sessions without a name are called `auto-<date>`: the word is not for anybody else. */
const RESERVED_NAME = /^auto(-|$)/;

/** Creates a session. */
export async function create(context: CommandContext): Promise<Outcome> {
  const { client, options, reporter } = context;
  if (!checkCreateValues(options, reporter)) return refused();
  if (options.has('no-consumer')) {
    reporter.note('The option --no-consumer is obsolete. Use --no-output now.');
    return refused(exitCodes.warning);
  }
  if (refuseExtraWords(context, 1)) return refused();
  const traceFormat = traceFormatOf(options.find('trace-format'));
  if (traceFormat === null) {
    reporter.error(
      `Unknown trace format: ${options.find('trace-format')}. Possible values are: ${traceFormats.join(', ')}`,
    );
    return refused();
  }
  if (!(await findDaemon(context))) return failed();
  const name = options.positionals[0] ?? null;
  const refusal = nameRefusal(name);
  const output = refusal === null ? await outputOf(context) : null;
  if (refusal !== null) reporter.error(refusal);
  if (output === null) return failed();
  const answer = await attempt(client, 'session.create', {
    name,
    output,
    sharedMemoryPath: options.find('shm-path'),
    isSnapshotMode: options.has('snapshot'),
    liveTimerUs: liveTimerOf(options),
    ...(traceFormat === 'default' ? {} : { traceFormat }),
  });
  if (answer.failure !== null) {
    reporter.error(answer.failure.text);
    return failed();
  }
  const { session } = answer.result;
  const snapshotPath = session.isSnapshotMode ? await snapshotPathOf(context, session.name) : null;
  reporter.item({ kind: 'session-created', session, snapshotPath });
  return writeCurrentSession(context.machine, reporter, session.name) ? succeeded : failed();
}

/** Values of `--trace-format`, as LTTng-tools 2.15 has it; `default` is for the daemon to say. */
const traceFormats = ['default', 'ctf-1.8', 'ctf-2'] as const satisfies readonly (TraceFormat | 'default')[];

function traceFormatOf(text: string | null): (typeof traceFormats)[number] | null {
  return traceFormats.find((format) => format === (text ?? 'default')) ?? null;
}

/** Where the snapshots of a new session go, or null when nowhere was said. */
async function snapshotPathOf({ client }: CommandContext, session: string): Promise<string | null> {
  const { outputs } = await client.call('snapshot.list-outputs', { session });
  return outputs[0]?.path ?? null;
}

/** Says whether there is a daemon, or one could be started. */
async function findDaemon(context: CommandContext): Promise<boolean> {
  const { client, general, reporter } = context;
  try {
    await client.call('daemon.info', {});
    return true;
  } catch (error) {
    const failure = failureOf(error);
    if (failure.number === NO_SESSIOND && general.mayStartDaemon) return await startDaemon(context);
    reporter.error(failure.text);
    return false;
  }
}

function nameRefusal(name: string | null): string | null {
  if (name === null) return null;
  if (nameBytes(name) > MAX_NAME_BYTES) {
    return `Session name too long. Length must be lower or equal to ${MAX_NAME_BYTES}`;
  }
  // Upstream's command message has no room for a name of exactly this length.
  if (nameBytes(name) === MAX_NAME_BYTES) return 'Failed to initialize session creation command.';
  if (RESERVED_NAME.test(name)) return 'auto is a reserved keyword for default session(s)';
  return null;
}

/** Reports a wrong delay; upstream does so before it looks at the words behind it. */
export function checkCreateValues(options: ParsedOptions, reporter: Reporter): boolean {
  const refusal = liveRefusal(options.find('live'));
  if (refusal !== null) reporter.error(refusal);
  return refusal === null;
}

function liveTimerOf(options: ParsedOptions): number {
  if (!options.has('live')) return 0;
  const delay = options.find('live');
  return (delay === null ? null : parseTimeUs(delay)) ?? DEFAULT_LIVE_TIMER_US;
}

function liveRefusal(delay: string | null): string | null {
  if (delay === null) return null;
  const us = parseTimeUs(delay);
  if (us === null) return `Wrong value for --live parameter: ${delay}`;
  if (us > MAX_U32) return `32-bit overflow in --live parameter: ${delay}`;
  return us === 0 ? 'Live timer interval must be greater than zero' : null;
}

/** How often readers hear of a live session when nothing is said. */
const DEFAULT_LIVE_TIMER_US = 1_000_000;
/** Where live sessions go when nothing is said. */
const LOCAL_RELAY = 'net://127.0.0.1';

/** The output that the options ask for; `null` after a report. */
async function outputOf(context: CommandContext): Promise<Output | null> {
  const { machine, options, reporter } = context;
  const refuse = (...lines: readonly string[]): null => {
    for (const line of lines) reporter.error(line);
    return null;
  };
  const [path, url] = [options.find('output'), options.find('set-url')];
  const [controlUrl, dataUrl] = [options.find('ctrl-url'), options.find('data-url')];
  const isLive = options.has('live');
  if (options.has('snapshot') && isLive) {
    return refuse('Snapshot and live modes are mutually exclusive.');
  }
  const isSplit = controlUrl !== null || dataUrl !== null;
  if ([path !== null, url !== null, isSplit].filter(Boolean).length > 1) {
    return refuse('Only one of the --set-url, --ctrl-url/data-url, or --output options may be used at once.');
  }
  if (isSplit && (controlUrl === null || dataUrl === null)) {
    return refuse('Both control and data URLs must be specified.');
  }
  const asked =
    url ?? (isLive && !isSplit && path === null && !options.has('no-output') ? LOCAL_RELAY : null);
  const parsed =
    controlUrl !== null && dataUrl !== null
      ? await resolveUrls(machine, controlUrl, dataUrl)
      : asked === null
        ? null
        : await resolveUrl(machine, asked);
  if (parsed?.kind === 'wrong') return refuse(...parsed.lines);
  const isLocal = path !== null || parsed?.kind === 'path' || options.has('no-output');
  if (isLive && isLocal) return refuse('Unsupported output type specified for live session.');
  if (options.has('no-output')) return { kind: 'none' };
  if (parsed?.kind === 'network') {
    if (asked === LOCAL_RELAY && !(await findRelay(context))) return null;
    return { kind: 'network', network: parsed.output };
  }
  if (parsed?.kind === 'path') return { kind: 'path', path: parsed.path };
  if (path === null) {
    const homePath = lttngHome(machine);
    return homePath === null ? refuse('Home path not found.') : { kind: 'default', homePath };
  }
  const expanded = machine.expandPath(path);
  return expanded === null ? refuse('Failed to expand output path.') : { kind: 'path', path: expanded };
}

/** Says whether a relay daemon serves readers on this machine, or one could be started. */
async function findRelay(context: CommandContext): Promise<boolean> {
  if (context.options.has('set-url')) return true;
  return (await context.machine.isListening(RELAY_LIVE_PORT)) || (await startRelay(context));
}
