/**
 * The control worker as one self-contained script, for programs that are bundled into one file. `scripts/pack.mjs`
 * puts one in the place of this module that holds the text; without it the worker's own file is used.
 */
export const controlWorkerSource: string | null = null;
