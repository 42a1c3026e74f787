/**
 * Traces to read, made when they are first wanted and kept in the cache folder. The recorded ones hold real events of
 * liblttng-ust, written by lttng-consumerd, none of them lost; the synthetic ones are of many data streams.
 */
import {
  appendFileSync,
  closeSync,
  cpSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Environment } from '@lttng-ts/tests/harness/environment.js';
import { lttng, startDaemon } from '@lttng-ts/tests/harness/recording.js';
import { need, readValues } from './cost.ts';
import { cacheFolder, cProgram } from './programs.ts';
import {
  type SparseShape,
  type SyntheticShape,
  sparseIndex,
  sparsePacket,
  syntheticMetadata,
  syntheticPackets,
} from './synthetic-trace.ts';

/** Where the clock of a synthetic trace begins, unless a row is about that. */
export const HOUR_CYCLES = 3_600_000_000_000n;

export type RecordedTrace = 'ticks' | 'rich';

interface Recipe {
  readonly program: 'tick-flood' | 'rich-flood';
  /** Channels with the event rules of each. */
  readonly channels: Readonly<Record<string, readonly string[]>>;
  readonly contexts: readonly string[];
}

const recipes: Readonly<Record<RecordedTrace, Recipe>> = {
  ticks: { program: 'tick-flood', channels: { channel0: ['sample:tick'] }, contexts: [] },
  rich: {
    program: 'rich-flood',
    channels: {
      channel0: ['rich:integers_*', 'rich:floats_*', 'rich:texts_*'],
      channel1: ['rich:arrays_*', 'rich:states_*', 'rich:mixed_*'],
    },
    contexts: ['vpid', 'vtid', 'procname'],
  },
};

/** A writer that finds no room waits: no event is lost, however slow the disk is. */
const CHANNEL = ['--blocking-timeout=inf', '--subbuf-size=512K', '--num-subbuf=8'];
const DEADLINE_MS = 300_000;

/** Folder of the trace, recorded now unless an earlier run did. */
export async function recordedTrace(name: RecordedTrace, count: number): Promise<string> {
  const recipe = recipes[name];
  const kept = join(cacheFolder(), `${name}-${count}`);
  if (existsSync(kept)) return kept;
  await using environment = await Environment.create();
  const folder = environment.path('trace');
  await record(environment, recipe, count, folder);
  const printed = await environment
    .start(['babeltrace2', '-c', 'sink.utils.counter', folder])
    .finished(DEADLINE_MS);
  // It counts aloud on its way: the last count is the whole.
  const events = [...printed.stdout.matchAll(/^\s*(\d+) Event messages/gm)].at(-1)?.[1];
  if (Number(events) !== count) {
    throw new Error(
      `Events were lost: trace=${name}, emitted=${count}, recorded=${events}\n${printed.stderr}`,
    );
  }
  keep(kept, (draft) => cpSync(folder, draft, { recursive: true }));
  return kept;
}

/** Folder of the synthetic trace of this shape, written now unless an earlier run did. */
export function syntheticTrace(shape: SyntheticShape): string {
  const { streamCount, eventCount, beginCycles } = shape;
  const kept = join(cacheFolder(), `synthetic-${streamCount}-${eventCount}-${beginCycles}`);
  if (existsSync(kept)) return kept;
  keep(kept, (draft) => {
    mkdirSync(draft);
    writeFileSync(join(draft, 'metadata'), syntheticMetadata);
    for (let stream = 0; stream < streamCount; stream++)
      for (const packet of syntheticPackets(shape, stream))
        appendFileSync(join(draft, `stream_${stream}`), packet);
  });
  return kept;
}

/** Folder of a trace with holes, made now unless an earlier run did. On the disk it is small. */
export function sparseTrace(shape: SparseShape): string {
  const { streamCount, packetsPerStream, packetBytes } = shape;
  const kept = join(cacheFolder(), `sparse-${streamCount}-${packetsPerStream}-${packetBytes}`);
  if (existsSync(kept)) return kept;
  keep(kept, (draft) => {
    mkdirSync(join(draft, 'index'), { recursive: true });
    writeFileSync(join(draft, 'metadata'), syntheticMetadata);
    for (let stream = 0; stream < streamCount; stream++) {
      const name = `stream_${stream}`;
      const file = openSync(join(draft, name), 'w');
      for (let number = 0; number < packetsPerStream; number++)
        writeSync(file, sparsePacket(shape, stream, number), 0, undefined, number * packetBytes);
      ftruncateSync(file, packetsPerStream * packetBytes);
      closeSync(file);
      writeFileSync(join(draft, 'index', `${name}.idx`), sparseIndex(shape, stream));
    }
  });
  return kept;
}

/** The last step is a rename, so that a run that is interrupted leaves no half a trace behind. */
function keep(kept: string, make: (draft: string) => void): void {
  const draft = `${kept}.draft-${process.pid}`;
  make(draft);
  if (existsSync(kept)) rmSync(draft, { recursive: true });
  else renameSync(draft, kept);
}

async function record(
  environment: Environment,
  recipe: Recipe,
  count: number,
  folder: string,
): Promise<void> {
  await startDaemon(environment, 'upstream');
  const order = (...words: readonly string[]) => lttng(environment, 'upstream', ...words);
  await order('create', 'bench', `--output=${folder}`);
  for (const [channel, rules] of Object.entries(recipe.channels)) {
    await order('enable-channel', '--userspace', channel, ...CHANNEL);
    for (const rule of rules) await order('enable-event', '--userspace', `--channel=${channel}`, rule);
    for (const context of recipe.contexts)
      await order('add-context', '--userspace', `--channel=${channel}`, `--type=${context}`);
  }
  await order('start');
  const writer = environment.start([cProgram(recipe.program), String(count)], {
    env: { LTTNG_UST_ALLOW_BLOCKING: '1' },
  });
  const { stdout } = await writer.finished(DEADLINE_MS);
  if (need(readValues(stdout), 'events') !== count)
    throw new Error(`Not all was emitted: stdout="${stdout}"`);
  await order('stop');
  await order('destroy');
}
