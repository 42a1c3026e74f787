/** Reads a trace with our reader or with one of the original ones; all print to the same two streams. */
import { PrettyPrinter, readMessages } from '@lttng-ts/ctf';
import { openTraceFolders } from '@lttng-ts/ctf/node';

export interface ReaderOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** What our reader prints for the traces below `folder`, in UTC. */
export function readWithOurs(folder: string): ReaderOutput {
  process.env['TZ'] = 'UTC';
  const printer = new PrettyPrinter();
  const stdout: Uint8Array[] = [];
  const stderr: Uint8Array[] = [];
  using open = openTraceFolders([folder]);
  for (const message of readMessages(open.traces)) {
    if (message.kind === 'event-record') stdout.push(printer.eventRecord(message));
    else if (message.kind === 'discarded-event-records' || message.kind === 'discarded-packets') {
      stderr.push(printer.discarded(message));
    }
  }
  return { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}
