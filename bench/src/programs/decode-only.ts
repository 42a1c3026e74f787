/**
 * Reads a trace with our reader, merged and decoded as far as every reader must, and prints nothing of it:
 *
 *     node decode-only.js FOLDER
 *     events=…
 */
import { readMessages } from '@lttng-ts/ctf';
import { openTraceFolders } from '@lttng-ts/ctf/node';

using folders = openTraceFolders(process.argv.slice(2));
let events = 0;
for (const message of readMessages(folders.traces)) if (message.kind === 'event-record') events++;
console.log(`events=${events}`);
