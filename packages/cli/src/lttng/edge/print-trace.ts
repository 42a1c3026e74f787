/** The built-in viewer: reads the traces below a folder and prints them as Babeltrace 2 does. */
import { LttngError } from '@lttng-ts/base';
import { PrettyPrinter, readMessages } from '@lttng-ts/ctf';
import { openTraceFolders } from '@lttng-ts/ctf/node';
import { STDERR, STDOUT, writeAll } from './write-all.ts';

/** Lines are written together up to about this size. */
const BATCH_BYTES = 64 << 10;

/** Prints all event records in order of time, and warnings about lost ones; gives the exit code. */
export function printTrace(path: string): number {
  const output = new BatchedOutput();
  try {
    using folders = openTraceFolders([path]);
    const printer = new PrettyPrinter({ isColoured: process.stdout.isTTY });
    for (const message of readMessages(folders.traces)) {
      if (message.kind === 'event-record') output.push(printer.eventRecord(message));
      else if (message.kind === 'discarded-event-records' || message.kind === 'discarded-packets') {
        // Both streams may be one terminal: what came before must be there before.
        output.flush();
        writeAll(STDERR, printer.discarded(message));
      }
    }
    output.flush();
    const faults = folders.traces.flatMap((trace) => trace.faults);
    for (const fault of faults) writeAll(STDERR, Buffer.from(`${fault.story}\n`));
    return faults.length === 0 ? 0 : 1;
  } catch (error) {
    // What could be read is printed; then the reader's story.
    output.flush();
    if (!(error instanceof LttngError)) throw error;
    writeAll(STDERR, Buffer.from(`${error.story}\n`));
    return 1;
  }
}

/** Gathers lines into few writes. */
class BatchedOutput {
  #parts: Uint8Array[] = [];
  #sizeBytes = 0;

  push(line: Uint8Array): void {
    this.#parts.push(line);
    this.#sizeBytes += line.length;
    if (this.#sizeBytes >= BATCH_BYTES) this.flush();
  }

  flush(): void {
    writeAll(STDOUT, Buffer.concat(this.#parts));
    this.#parts = [];
    this.#sizeBytes = 0;
  }
}
