// Reads a trace from memory, as a web page does with files that were dropped on it.
import { readdirSync, readFileSync } from 'node:fs';
import { openTraceFiles } from '@lttng-ts/babeltrace';

const folder = process.argv[2] ?? '.';
const files = Object.fromEntries(
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .map((path) => [path.slice(folder.length + 1), new Uint8Array(readFileSync(path))]),
);
let [events, lost] = [0, 0n];
for (const message of openTraceFiles(files).messages()) {
  if (message.kind === 'event') events++;
  else lost += message.count ?? 0n;
}
console.log(`events=${events}, lost=${lost}`);
