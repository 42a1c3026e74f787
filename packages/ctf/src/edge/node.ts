/** What programs in Node.js import as `@lttng-ts/ctf/node`: traces on disk. */
export { findCompressed, plainName } from './compressed-files.ts';
export { findStat } from './find-stat.ts';
export { OpenFiles } from './open-files.ts';
export type { OpenTraces } from './trace-folder.ts';
export { openTraceFolders } from './trace-folder.ts';
