// @ts-check
/**
 * The dependency order of the project: each package has exactly one line, and may import the packages on
 * it and nothing else. `scripts/check-layers.mjs` fails on any other import.
 */
export const MAY_IMPORT = {
  base: [],
  wire: ['base'],
  native: ['base', 'wire'],
  'ring-buffer': ['base', 'wire', 'native'],
  filter: ['base', 'wire'],
  ctf: ['base', 'wire', 'filter'],
  protocols: ['base', 'wire'],
  tracer: ['base', 'wire', 'native', 'ring-buffer', 'protocols', 'filter'],
  consumer: ['base', 'wire', 'native', 'ring-buffer', 'ctf', 'protocols'],
  sessiond: ['base', 'wire', 'native', 'ring-buffer', 'ctf', 'filter', 'protocols'],
  relayd: ['base', 'wire', 'native', 'ctf', 'protocols'],
  control: ['base', 'wire', 'protocols'],
  graph: ['base'],
  plugins: ['base', 'wire', 'graph', 'ctf', 'filter', 'protocols'],
  babeltrace: ['base', 'ctf', 'filter'],
  cli: [
    'base',
    'wire',
    'native',
    'ring-buffer',
    'ctf',
    'filter',
    'protocols',
    'consumer',
    'sessiond',
    'control',
    'relayd',
    'graph',
    'plugins',
  ],
};

/** Packages whose code outside `edge/` folders must also run in a browser. */
export const BROWSER_SAFE = ['base', 'wire', 'ctf', 'filter', 'protocols', 'graph', 'plugins', 'babeltrace'];

/**
 * Modules of Node that touch the world. Only files below an `edge/` folder, tests and the packages named
 * in `EDGE_PACKAGES` may import them.
 */
export const EDGE_MODULES = [
  'node:child_process',
  'node:dgram',
  'node:fs',
  'node:fs/promises',
  'node:http',
  'node:net',
  'node:process',
  'node:timers',
  'node:timers/promises',
  'node:worker_threads',
];

/** Packages that are edges as a whole. */
export const EDGE_PACKAGES = ['native'];

/** Third-party modules that a package's production code may import. */
export const MAY_DEPEND_ON = {
  protocols: ['valibot'],
  // Node has zstd since 22.15 only, and decompresses piece by piece only asynchronously.
  ctf: ['fzstd', 'minizlib'],
  consumer: ['age-encryption'],
  cli: ['saxes'],
};
