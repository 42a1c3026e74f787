// Counts the events of a trace by name:  node count-events.mjs /path/to/trace
import { openTrace } from '@lttng-ts/babeltrace/node';

const reader = openTrace(process.argv[2] ?? '.');
const counts = new Map();
for await (const event of reader) {
  counts.set(event.name, (counts.get(event.name) ?? 0) + 1);
}
for (const [name, count] of [...counts].sort(([, a], [, b]) => b - a)) console.log(`${count} ${name}`);
