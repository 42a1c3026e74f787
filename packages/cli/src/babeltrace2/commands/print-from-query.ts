/** What `convert` prints instead of converting: metadata of a trace, sessions of a relay daemon. */
import { isArray, isMap, type Value, valueMap } from '@lttng-ts/graph';
import { CommandFailure } from '../failure.ts';
import { type CommandContext, print } from './command-context.ts';
import { askClass } from './query.ts';

/** `--output-format=ctf-metadata`. */
export async function printMetadata(
  context: CommandContext,
  { path, output }: { readonly path: string; readonly output: string | null },
): Promise<void> {
  const answer = await askClass(
    context,
    {
      componentClass: { type: 'source', plugin: 'ctf', className: 'fs' },
      object: 'metadata-info',
      params: valueMap({ path }),
    },
    (reason) => `Failed to query \`metadata-info\` object: ${reason}`,
  );
  const text = isMap(answer) ? answer.get('text') : undefined;
  if (typeof text !== 'string') {
    throw new CommandFailure('Cannot find `text` string value in the resulting metadata info object.');
  }
  write(context, output, `${text}\n`);
}

/** `--input-format=lttng-live` with a URL that names no session. */
export async function printLiveSessions(
  context: CommandContext,
  { url, output }: { readonly url: string; readonly output: string | null },
): Promise<void> {
  const answer = await askClass(
    context,
    {
      componentClass: { type: 'source', plugin: 'ctf', className: 'lttng-live' },
      object: 'sessions',
      params: valueMap({ url }),
    },
    (reason) => `Failed to query \`sessions\` object: ${reason}`,
  );
  if (!isArray(answer)) throw new CommandFailure('Expecting an array for LTTng live `sessions` query.');
  write(context, output, answer.map(sessionLine).join(''));
}

function sessionLine(session: Value): string {
  if (!isMap(session)) throw new CommandFailure('Unexpected entry type.');
  const entry = (name: string): Value => {
    const value = session.get(name);
    if (value === undefined) throw new CommandFailure(`Missing \`${name}\` entry.`);
    return value;
  };
  const [url, timer, streams, clients] = ['url', 'timer-us', 'stream-count', 'client-count'].map(entry);
  const format = session.get('trace-format');
  const ofFormat = format === undefined ? '' : `, ${format}`;
  return `${url} (timer = ${timer}, ${streams} stream(s), ${clients} client(s) connected${ofFormat})\n`;
}

function write(context: CommandContext, path: string | null, text: string): void {
  if (path === null) {
    print(context, text);
    return;
  }
  const file = context.world.host.output.create(path);
  try {
    file.write(new TextEncoder().encode(text));
  } finally {
    file.close();
  }
}
