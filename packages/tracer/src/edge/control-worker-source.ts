/**
 * The control worker as one self-contained script, for programs that are bundled into one file. `scripts/bundle.mjs`
 * replaces the built form of this module by one that holds the text; without it the worker's own file is used.
 */
export const controlWorkerSource: string | null = null;
