// Prints events as lines of JSON:  node events-as-json.mjs /path/to/trace
import { openTrace } from '@lttng-ts/babeltrace/node';

const reader = openTrace(process.argv[2] ?? '.');
const asText = (_name, value) => (typeof value === 'bigint' ? String(value) : value);
for await (const { ns, name, packetContext, context, fields } of reader) {
  console.log(JSON.stringify({ ns, name, cpu: packetContext.cpu_id, ...context, fields }, asText));
}
