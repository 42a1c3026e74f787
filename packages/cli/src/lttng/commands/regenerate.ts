/**
 * `lttng regenerate`: writes the metadata, or the state of the programs, of a session again. `lttng metadata` is the
 * old name of a part of it.
 */
import { type CommandContext, sessionName } from '../command.ts';
import { attempt } from '../control-caller.ts';
import { exitCodes, failed, type Outcome, type RegeneratedData, succeeded } from '../results.ts';

const methods = {
  metadata: 'session.regenerate-metadata',
  statedump: 'session.regenerate-statedump',
} as const;

interface Form {
  readonly command: 'regenerate' | 'metadata';
  /** What the words of the command mean. */
  readonly actions: Readonly<Record<string, RegeneratedData>>;
  readonly missing: string;
}

export const regenerate = (context: CommandContext): Promise<Outcome> =>
  run(context, {
    command: 'regenerate',
    actions: { metadata: 'metadata', statedump: 'statedump' },
    missing: 'No object specified for regenerate command.',
  });

export const metadata = (context: CommandContext): Promise<Outcome> =>
  run(context, {
    command: 'metadata',
    actions: { regenerate: 'metadata' },
    missing: 'No action specified for metadata command.',
  });

async function run(context: CommandContext, { command, actions, missing }: Form): Promise<Outcome> {
  const { options, reporter, client } = context;
  if (options.has('list-commands')) {
    for (const name of Object.keys(actions)) reporter.note(name);
    return succeeded;
  }
  // Upstream looks for the session before it looks at the action.
  const session = sessionName(context, options.find('session'));
  if (session === null) return failed();
  const [name, extra] = options.positionals;
  if (name === undefined) {
    reporter.error(missing);
    return failed();
  }
  const what = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (what === undefined || extra !== undefined) {
    reporter.error(`Unrecognized argument used with '${command}' command`);
    return failed(exitCodes.undefined);
  }
  const { failure } = await attempt(client, methods[what], { session });
  reporter.item({ kind: 'regenerated', command, session, what, failure });
  if (failure === null) return succeeded;
  // Differs from upstream: why a state dump fails is told too, because upstream says so of metadata only.
  reporter.error(failure.text);
  return failed(failure.number);
}
