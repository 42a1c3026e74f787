// @ts-check
/**
 * Mutates metadata and packets of traces for a time and reads the results: event records, text or a `FormatError`
 * must come of each, within a second or so and a bounded memory, and the same with and without generated decoders, and in runs.
 * A seed makes a run the same again.
 *
 *     npm run fuzz -- [--seconds N] [--seed N] [FOLDER…]
 *
 * Without folders it takes the traces and the case files of packages/ctf. What fails is printed with its seed; make
 * a test of it.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const ctf = join(root, 'packages/ctf');
if (!existsSync(join(ctf, 'dist/index.js'))) {
  console.error('Build first: npm run build');
  process.exit(1);
}
const { memorySource, openTraces, PrettyPrinter, readMessages, setCodeGeneration, WindowBudget } =
  await import(join(ctf, 'dist/index.js'));
const { parseCaseFile } = await import(join(ctf, 'dist/testing/case-file.js'));
const { FormatError } = await import(join(root, 'packages/base/dist/index.js'));

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const seconds = Number(values.seconds);
/** A run that takes longer than this is a fault: nothing that is mutated here is large. */
const MAX_RUN_MS = 5000;
const MAX_FILE_BYTES = 1 << 18;
const MAX_MESSAGES = 200_000;
const SMALL_WINDOW_BYTES = 300;

/** @typedef {{ name: string, metadata: Uint8Array, streams: Uint8Array[] }} Sample */

/** @returns {Sample[]} */
function samplesOf(folder) {
  const entries = readdirSync(folder, { withFileTypes: true });
  const inner = entries
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => samplesOf(join(folder, name)));
  if (!entries.some(({ name }) => name === 'metadata') || !statSync(join(folder, 'metadata')).isFile())
    return inner;
  const streams = entries
    .filter((entry) => entry.isFile() && entry.name !== 'metadata' && !entry.name.startsWith('.'))
    .map(({ name }) => join(folder, name))
    .filter((path) => statSync(path).size <= MAX_FILE_BYTES)
    .map((path) => new Uint8Array(readFileSync(path)));
  return [
    { name: folder, metadata: new Uint8Array(readFileSync(join(folder, 'metadata'))), streams },
    ...inner,
  ];
}

/** @returns {Sample[]} */
function caseSamples() {
  const folder = join(ctf, 'cases');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.case'))
    .map((name) => {
      const { metadata, packet } = parseCaseFile(readFileSync(join(folder, name), 'utf8'));
      return { name, metadata: new TextEncoder().encode(metadata), streams: [packet] };
    });
}

/** A generator of numbers that a seed fixes (mulberry32). */
function randomOf(seed) {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const TOKENS = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ';',
  ':=',
  '<',
  '>',
  '0',
  '-1',
  '18446744073709551615',
  '1e9',
  'null',
  '\x1e',
];

/** Bytes changed, cut, repeated; in text now and then a word. */
function mutate(bytes, random, isText) {
  let result = Uint8Array.from(bytes);
  for (let change = random(4); change >= 0; change--) {
    if (result.length === 0) return result;
    const at = random(result.length);
    switch (random(isText ? 6 : 4)) {
      case 0:
        result[at] = random(256);
        break;
      case 1:
        result[at] = [0, 0xff, 0x7f, 0x80, 1][random(5)] ?? 0;
        break;
      case 2:
        result = result.slice(0, at);
        break;
      case 3: {
        const end = Math.min(result.length, at + 1 + random(64));
        const part = result.slice(at, end);
        const to = random(result.length);
        result = Uint8Array.from([
          ...result.slice(0, to),
          ...part,
          ...result.slice(random(2) === 0 ? to : end),
        ]);
        break;
      }
      default: {
        const token = new TextEncoder().encode(TOKENS[random(TOKENS.length)]);
        result = Uint8Array.from([...result.slice(0, at), ...token, ...result.slice(at + random(3))]);
      }
    }
  }
  return result;
}

/** All messages, merged. */
const merged = (traces) => readMessages(traces);

/** Data stream after data stream, each in the way of `messagesOf`. */
const separate = (messagesOf) =>
  function* (traces) {
    for (const { dataStreams } of traces) for (const dataStream of dataStreams) yield* messagesOf(dataStream);
  };

/** As the walk machine passes over them, in small windows. */
function* inRuns(dataStream) {
  for (const item of dataStream.runs()) {
    if (item.kind === 'event-record-run') yield* item.eventRecords();
    else yield item;
  }
}

const oneByOne = (dataStream) => dataStream.messages();

/** Walks are never compiled. */
const STEP_BY_STEP = Number.POSITIVE_INFINITY;

/** Reads a sample to its end; gives what happened, and a digest of the text and the error. */
function read(metadata, streams, messagesOf = merged, recordsPerCompiling = 0) {
  const printer = new PrettyPrinter();
  const hash = createHash('sha1');
  let count = 0;
  try {
    const dataStreams = streams.map((bytes, i) => ({
      source: memorySource(`stream ${i}`, bytes),
      index: null,
    }));
    const folder = {
      path: '/fuzz',
      relativePath: '',
      metadata: memorySource('metadata', metadata),
      dataStreams,
    };
    const budget = new WindowBudget(SMALL_WINDOW_BYTES, true, recordsPerCompiling);
    for (const message of messagesOf(openTraces([folder], budget))) {
      if (message.kind === 'event-record') hash.update(printer.eventRecord(message));
      if (++count >= MAX_MESSAGES) break;
    }
    return { outcome: 'read', digest: hash.digest('hex') };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { outcome: 'refused', digest: hash.update(error.story).digest('hex') };
  }
}

const samples =
  positionals.length > 0
    ? positionals.flatMap(samplesOf)
    : [...samplesOf(join(ctf, 'traces')), ...caseSamples()];
const usable = samples.filter(
  ({ metadata, streams }) => metadata.length <= MAX_FILE_BYTES && streams.length > 0,
);
const counts = { read: 0, refused: 0, failed: 0 };
const until = Date.now() + seconds * 1000;
for (let seed = Number(values.seed); Date.now() < until && counts.failed < 20; seed++) {
  const random = randomOf(seed);
  const sample = usable[random(usable.length)];
  if (sample === undefined) break;
  const isMetadata = random(2) === 0;
  const metadata = isMetadata ? mutate(sample.metadata, random, true) : sample.metadata;
  const streams =
    isMetadata && random(4) > 0
      ? sample.streams
      : sample.streams.map((bytes) => mutate(bytes, random, false));
  const start = process.cpuUsage();
  let failure = null;
  try {
    const { outcome, digest } = read(metadata, streams, merged, random(2) === 0 ? 0 : STEP_BY_STEP);
    counts[outcome]++;
    if (random(3) === 0) {
      setCodeGeneration(false);
      const slow = read(metadata, streams);
      setCodeGeneration(null);
      if (slow.digest !== digest) failure = 'the reference decoder reads something else';
    } else if (random(2) === 0) {
      const [runs, messages] = [inRuns, oneByOne].map((way) => read(metadata, streams, separate(way)));
      if (runs.digest !== messages.digest) failure = 'runs have something else';
    }
  } catch (error) {
    failure = error instanceof Error ? error.stack : String(error);
  }
  // The machine may have other things to do: processor time counts.
  const took = process.cpuUsage(start).user / 1000;
  if (took > MAX_RUN_MS) failure ??= `took ${Math.round(took)} ms`;
  if (failure !== null) {
    counts.failed++;
    console.error(`seed ${seed}, ${sample.name}: ${failure}`);
  }
}
const { read: readCount, refused, failed } = counts;
console.log(`runs=${readCount + refused + failed}, read=${readCount}, refused=${refused}, failed=${failed}`);
process.exit(failed > 0 ? 1 : 0);
