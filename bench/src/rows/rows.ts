/** All rows, in the order of the table. */
import type { Row } from '../row.ts';
import { columnRows } from './columns.ts';
import { commandRows } from './commands.ts';
import { consumerRows } from './consumer.ts';
import { growthRows } from './growth.ts';
import { operationRows } from './operations.ts';
import { readerRows } from './reader.ts';
import { relayRows } from './relay.ts';
import { relayLatencyRow } from './relay-latency.ts';
import { seekingRows } from './seeking.ts';
import { tracerRows } from './tracer.ts';

export const rows: readonly Row[] = [
  ...tracerRows,
  ...consumerRows,
  ...relayRows,
  relayLatencyRow,
  ...commandRows,
  ...operationRows,
  ...readerRows,
  ...growthRows,
  ...seekingRows,
  ...columnRows,
];
