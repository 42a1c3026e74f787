/** Reads columns of all ticks of a trace and adds up one of them: `sum-columns TRACE COUNT FIELDS`. */
import { openTrace } from '@lttng-ts/babeltrace/node';

const [folder, count, fields] = process.argv.slice(2) as [string, string, string];

function sumOf(values: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}

let [rows, sum] = [0, 0];
for (const { columns, count: more } of openTrace(folder).columns('sample:tick', fields.split(','))) {
  const values = columns[0]?.values;
  if (!(values instanceof Int32Array)) throw new Error(`Unexpected column: fields="${fields}"`);
  rows += more;
  sum += sumOf(values);
}
// Two writers, 0 and 1, emit half of them each.
if (rows !== Number(count) || sum !== rows / 2) throw new Error(`Wrong rows: rows=${rows}, sum=${sum}`);
