// Writes some fields of one kind of event as CSV:  node columns-to-csv.mjs /path/to/trace
import { openTrace } from '@lttng-ts/babeltrace/node';

const reader = openTrace(process.argv[2] ?? '.');
console.log('ns,cpu,i64,procname');
for await (const batch of reader.columns('every_field:integers', [
  '$packet.cpu_id',
  'i64',
  '$ctx.procname',
])) {
  const [cpu, i64, procname] = batch.columns; // Uint32Array, BigInt64Array, numbers of texts
  for (let i = 0; i < batch.count; i++) {
    console.log(`${batch.ns[i]},${cpu.values[i]},${i64.values[i]},${procname.at(i)}`);
  }
}
