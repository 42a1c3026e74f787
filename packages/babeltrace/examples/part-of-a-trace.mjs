// Prints the events of the last half of a trace's time:  node part-of-a-trace.mjs /path/to/trace
import { openTrace } from '@lttng-ts/babeltrace/node';

const reader = openTrace(process.argv[2] ?? '.');
let [first, last] = [null, null];
for (const { ns } of reader) {
  first ??= ns;
  last = ns;
}
// Packets before that time are not read.
for await (const event of reader.seek((first + last) / 2n)) console.log(event.ns, event.name);
