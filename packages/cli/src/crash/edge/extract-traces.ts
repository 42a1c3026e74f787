/**
 * Makes traces of what a session's folder of shared memory holds: each folder with metadata becomes a trace at the same
 * place below another folder.
 */
import {
  closeSync,
  constants as fsConstants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { isCrashImage, readCrashImage } from '@lttng-ts/ring-buffer';

const FOLDER_MODE = 0o750;
const FILE_MODE = 0o640;
const METADATA = 'metadata';
const { O_CREAT, O_EXCL, O_WRONLY } = fsConstants;

export interface ExtractReporter {
  /** What is done, for those who asked to be told. */
  debug(text: string): void;
  /** What could not be read; the rest is. */
  warning(text: string): void;
}

/** Makes `to`, which must not be there, with all traces below `from`. Throws the errors of Node's files. */
export function extractTraces(from: string, to: string, reporter: ExtractReporter): void {
  mkdirSync(to, { mode: FOLDER_MODE });
  extractFolder(from, to, reporter);
}

function extractFolder(from: string, to: string, reporter: ExtractReporter): void {
  const entries = readdirSync(from, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (entries.some((entry) => entry.name === METADATA && entry.isFile())) {
    reporter.debug(`Extract crash trace '${from}' into '${to}'`);
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    for (const name of files) extractFile(join(from, name), join(to, name), name, reporter);
    return;
  }
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const target = join(to, entry.name);
    mkdirSync(target, { mode: FOLDER_MODE });
    extractFolder(join(from, entry.name), target, reporter);
  }
}

function extractFile(from: string, to: string, name: string, reporter: ExtractReporter): void {
  if (name === METADATA) {
    reporter.debug(`Copy metadata file '${from}' into '${to}'`);
    // A copy would have the mode of the original, which only its owner may read.
    writeNew(to, [readFileSync(from)]);
    return;
  }
  reporter.debug(`Extract file '${name}'`);
  const image = readFileSync(from);
  if (!isCrashImage(image)) {
    reporter.debug(`Skipping file '${name}'`);
    return;
  }
  const read = readCrashImage(image);
  if (typeof read === 'string') {
    reporter.warning(`Cannot read the buffer: file="${from}", reason="${read}"`);
    return;
  }
  reporter.debug(`Produced up to ${read.producedBytes}, consumed up to ${read.consumedBytes}`);
  for (const { length } of read.packets) reporter.debug(`Copied ${length} bytes of data`);
  writeNew(to, read.packets);
}

function writeNew(path: string, parts: readonly Uint8Array[]): void {
  const file = openSync(path, O_WRONLY | O_CREAT | O_EXCL, FILE_MODE);
  try {
    for (const part of parts) {
      for (let done = 0; done < part.length; ) done += writeSync(file, part, done);
    }
  } finally {
    closeSync(file);
  }
}
