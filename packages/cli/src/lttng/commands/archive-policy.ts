/**
 * `lttng archive-policy`: what becomes of trace chunks after they were archived. Ours: upstream leaves it to scripts.
 */
import type { ArchivePolicy, ArchivePolicyInfo } from '@lttng-ts/protocols';
import { type CommandContext, refuseExtraWords, sessionName } from '../command.ts';
import { attempt } from '../control-caller.ts';
import { exitCodes, failed, type Outcome, refused, succeeded } from '../results.ts';
import { parseSizeBytes, parseTimeUs } from '../values/sizes.ts';

type Action = (context: CommandContext, session: string) => Promise<Outcome>;

const actions: Readonly<Record<string, Action>> = { set, show, remove };
const COUNT = /^[1-9]\d{0,8}$/;

/** Does what the first word says. */
export async function archivePolicy(context: CommandContext): Promise<Outcome> {
  const { general, options, reporter } = context;
  const [name] = options.positionals;
  const action = name !== undefined && Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) {
    reporter.error(
      name === undefined ? 'Missing archive policy action.' : `Unknown archive policy action: ${name}`,
    );
    return refused(exitCodes.undefined);
  }
  if (refuseExtraWords(context, 1)) return refused();
  if (general.form === 'xml') {
    reporter.error('The XML machine interface has no archive policies: use --mi json');
    return refused();
  }
  const session = sessionName(context, options.find('session'));
  return session === null ? failed() : await action(context, session);
}

async function set(context: CommandContext, session: string): Promise<Outcome> {
  const { client, options, reporter } = context;
  const policy = policyOf(context);
  if (policy === null) return failed();
  const answer = await attempt(client, 'archive-policy.set', {
    session,
    policy: { ...policy, recipients: [...policy.recipients] },
  });
  if (answer.failure !== null) return refuse(context, answer.failure);
  const made = answer.result.policy;
  // Whoever leaves the choice to us need not hear of it.
  if (made.compression !== policy.compression && options.find('compress') !== null) {
    reporter.warning(
      `The session daemon's Node.js has no ${policy.compression}: chunks are compressed with ${made.compression}`,
    );
  }
  reporter.item({ kind: 'archive-policy-set', session, policy: made });
  return succeeded;
}

async function show(context: CommandContext, session: string): Promise<Outcome> {
  const listed = await attempt(context.client, 'session.list', {});
  if (listed.failure !== null) return refuse(context, listed.failure);
  const found = listed.result.sessions.find(({ name }) => name === session);
  if (found === undefined) {
    context.reporter.error(`Session '${session}' not found`);
    return failed();
  }
  const info: ArchivePolicyInfo | null = found.archivePolicy;
  context.reporter.item({ kind: 'archive-policy', session, info });
  return succeeded;
}

async function remove(context: CommandContext, session: string): Promise<Outcome> {
  const { failure } = await attempt(context.client, 'archive-policy.remove', { session });
  if (failure !== null) return refuse(context, failure);
  context.reporter.item({ kind: 'archive-policy-removed', session });
  return succeeded;
}

/** The policy that the options describe; null after a report. */
function policyOf({ options, reporter }: CommandContext): ArchivePolicy | null {
  const wrong = (long: string, text: string): null => {
    reporter.error(`Invalid value for --${long} option: ${text}`);
    return null;
  };
  const compression = options.has('compress') ? (options.find('compress') ?? 'zstd') : null;
  if (compression !== null && compression !== 'zstd' && compression !== 'gzip')
    return wrong('compress', compression);
  const numbers: Record<string, number | null> = {};
  for (const [long, parse] of limits) {
    const text = options.find(long);
    const value = text === null ? null : parse(text);
    if (text !== null && (value === null || value === 0)) return wrong(long, text);
    numbers[long] = value;
  }
  return {
    compression,
    recipients: options.all('encrypt-for'),
    command: options.find('run'),
    keep: {
      chunkCount: numbers['keep-chunks'] ?? null,
      totalBytes: numbers['keep-size'] ?? null,
      ageS: numbers['keep-time'] ?? null,
    },
  };
}

const limits: readonly (readonly [string, (text: string) => number | null])[] = [
  ['keep-chunks', (text) => (COUNT.test(text) ? Number(text) : null)],
  ['keep-size', parseSizeBytes],
  [
    'keep-time',
    (text) => {
      const us = parseTimeUs(text);
      return us === null ? null : Math.ceil(us / 1e6);
    },
  ],
];

function refuse(
  { reporter }: CommandContext,
  { number, text }: { readonly number: number; readonly text: string },
): Outcome {
  reporter.error(text);
  return failed(number);
}
