// @ts-check
/**
 * Programs in parts: what plain reading (`babeltrace2`) or looking (`lttng`) does not need lies in files of their own, which are
 * loaded when something of them is first used, at once and not by `import()`. What a part has in common with the program it
 * takes from there, so that each class exists once.
 */
import { basename, join, relative } from 'node:path';
import { build } from 'esbuild';
import { root } from './setup.mjs';

/** Read to find out what V8 should compile before. */
export const SAMPLE_TRACE = join(root, 'packages/ctf/traces/every-field');

/** `modules` belong to a part, and what only they need. @typedef {Readonly<Record<string, { modules: RegExp, run?: readonly string[] }>>} Parts */

/**
 * The parts of what `babeltrace2` loads to read; component classes themselves, which tell name and help, are in none. `run` are
 * command lines of which what V8 compiled is kept in a cache.
 * @type {Parts}
 */
const PROGRAM_PARTS = {
  details: {
    modules: /^packages\/plugins\/dist\/text\/details\/(?!details\.js|options\.js)/,
    run: [SAMPLE_TRACE, '-c', 'sink.text.details'],
  },
  json: {
    modules: /^packages\/plugins\/dist\/text\/json\/(?!json\.js)/,
    run: [SAMPLE_TRACE, '--output-format=json'],
  },
  copy: {
    modules:
      /^packages\/(plugins\/dist\/ctf\/fs-sink\/(?!fs-sink\.js)|ctf\/dist\/(encode\/|tsdl\/write\.js|ctf2\/write\.js))/,
    // Removed with what else is in the folder and was not bundled.
    run: [SAMPLE_TRACE, '--output-format=ctf', `--output=${join(root, 'dist/bin/sample-copy')}`],
  },
  filter: {
    modules:
      /^packages\/(filter\/dist\/(?!reading\/time-bounds)|ctf\/dist\/filter\/(?!filtered-time)|plugins\/dist\/lttng-ts\/expression\/(?!expression\.js))/,
    run: [SAMPLE_TRACE, '--filter=$event.name == "every_field:integers" && u8 > 0'],
  },
  live: {
    modules:
      /^packages\/(plugins\/dist\/ctf\/live-source\/live-(client|engine|iterator)|ctf\/dist\/stream\/growing-trace|protocols\/dist\/(?!live\/live-url))/,
  },
  'debug-info': { modules: /^packages\/plugins\/dist\/lttng-utils\/debug-info\/(?!debug-info\.js)/ },
  'compiled-walk': { modules: /^packages\/ctf\/dist\/decode\/(walk-compiler|wasm-code)\.js$/ },
  ctf2: { modules: /^packages\/ctf\/dist\/ctf2\/(translate|field-classes|json)/ },
  commands: {
    modules:
      /^packages\/(ctf\/dist\/summary\/|cli\/dist\/babeltrace2\/(commands\/(summary|query|plugin-info|print-from-query|stream-intersections)|render\/(summary|help|value|format|configuration)|configuration\/(topic-words|summary-words)))/,
    run: ['summary', SAMPLE_TRACE],
  },
  decompress: {
    modules:
      /^(node_modules\/(fzstd|minizlib|minipass)\/|packages\/ctf\/dist\/(edge\/(decompressed-file|temporary-file|zstd-frames)|stream\/unpack-files))/,
  },
};

/** By the name of the program's entry. @type {Readonly<Record<string, Parts>>} */
export const PARTS = {
  program: PROGRAM_PARTS,
  lttng: {
    'lttng-commands': {
      modules:
        /^packages\/cli\/dist\/(lttng\/(commands\/(?!list|version)|doctor\/|render\/(mi|session-tree|tracepoint-text)\.js)|saved-sessions\/)/,
      // What ends well without a daemon.
      run: ['view', `--trace-path=${SAMPLE_TRACE}`],
    },
  },
};

const ELSEWHERE = 'elsewhere';

/** Modules that only name what others have: each file has its own. */
const IS_INDEX = /^packages\/[^/]+\/dist\/(.*\/)?(index|edge\/node)\.js$/;

/** @typedef {import('esbuild').Metafile['inputs']} Inputs */

/** Which modules belong where, found in the imports of all. */
class Homes {
  #program;
  #parts;
  /** By part. @type {Map<string, Set<string>>} */
  boundaries;

  /** @param {Inputs} inputs @param {string} entry */
  constructor(inputs, entry) {
    this.inputs = inputs;
    this.entry = join(root, entry);
    this.name = basename(entry, '.js');
    this.#parts = PARTS[this.name] ?? {};
    this.boundaries = new Map(Object.keys(this.#parts).map((name) => [name, new Set()]));
    this.#program = this.#reachedFrom([entry], null);
    /** @type {Map<string, string>} */
    const owners = new Map();
    // Parts may use parts that came before.
    for (let count = -1; count !== this.#boundaryCount; ) {
      count = this.#boundaryCount;
      for (const [name, boundary] of this.boundaries) {
        for (const path of this.#reachedFrom([...boundary], name)) {
          const owner = owners.get(path) ?? name;
          if (owner !== name && !IS_INDEX.test(path))
            throw new Error(`Module in two parts: path="${path}", parts=${owner}, ${name}`);
          owners.set(path, name);
        }
      }
    }
  }

  get #boundaryCount() {
    return [...this.boundaries.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** The program, a part, or null: with whoever imports it. @param {string} path */
  homeOf(path) {
    const part = this.#partOf(path);
    if (part !== null) return part;
    return this.#program.has(path) && path.startsWith('packages/') && !IS_INDEX.test(path) ? this.name : null;
  }

  /** @param {string} path */
  #partOf(path) {
    if (IS_INDEX.test(path)) return null;
    return Object.entries(this.#parts).find(([, { modules }]) => modules.test(path))?.[0] ?? null;
  }

  /** What is imported under a name. @param {string} importer @param {string} name */
  target(importer, name) {
    return this.inputs[importer]?.imports.find(({ original }) => original === name)?.path;
  }

  /** Notes the boundaries on the way. @param {readonly string[]} entries @param {string | null} name */
  #reachedFrom(entries, name) {
    const reached = new Set(entries);
    for (const path of reached) {
      for (const next of this.inputs[path]?.imports ?? []) {
        if (next.external) continue;
        const part = this.#partOf(next.path);
        if (part !== null && part !== name) this.boundaries.get(part)?.add(next.path);
        else if (name === null || this.homeOf(next.path) !== this.name) reached.add(next.path);
      }
    }
    return reached;
  }
}

/** @param {string} path */
const exportsOf = async (path) =>
  Object.keys(await import(join(root, path))).filter((name) => name !== 'default');

/**
 * In the file of `owner`, what other files have: the program's modules as they are, those of parts when they are first used.
 * @param {Homes} homes @param {string} owner
 * @returns {import('esbuild').Plugin}
 */
const othersElsewhere = (homes, owner) => ({
  name: 'modules of other files',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /./ }, ({ path, importer, kind, namespace, resolveDir }) => {
      if (kind === 'entry-point') return null;
      // Of a command that is all: it has no exports.
      if (join(resolveDir, path) === homes.entry) return { path: homes.entry, sideEffects: true };
      if (namespace === ELSEWHERE) return { path, external: true };
      const from =
        namespace === 'file' || namespace === '' ? relative(root, importer) : `${namespace}:${importer}`;
      const target = homes.target(from, path);
      const home = target === undefined ? null : homes.homeOf(target);
      if (home === null || home === owner) return null;
      // Left out where nothing of it is used.
      return { path: target, namespace: ELSEWHERE, pluginData: home, sideEffects: false };
    });
    onLoad({ filter: /./, namespace: ELSEWHERE }, async ({ path, pluginData: home }) => {
      const names = await exportsOf(path);
      if (home !== homes.name) return { contents: gettersOf(names, `./${home}.cjs`) };
      return {
        contents: `import { shared } from './${homes.name}.cjs';
export const { ${names.join(', ')} } = shared('${path}');`,
      };
    });
  },
});

/** Getters in place of what a module exports. @param {readonly string[]} names @param {string} file */
export const gettersOf = (names, file) =>
  `for (const name of ${JSON.stringify(names)})
  Object.defineProperty(exports, name, { enumerable: true, get: () => require('${file}')[name] });`;

/**
 * Bundles the program whose entry is the compiled module at `entry`.
 * @param {string} entry @param {import('esbuild').BuildOptions} given
 */
export async function bundleProgram(entry, given) {
  const options = { ...given, absWorkingDir: root };
  const { metafile } = await build({ ...options, entryPoints: [entry], metafile: true, write: false });
  const homes = new Homes(metafile.inputs, relative(root, entry));
  /** @param {string} name @param {string} contents */
  const bundleFile = async (name, contents) =>
    await build({
      ...options,
      stdin: { contents, resolveDir: root, sourcefile: name },
      outdir: undefined,
      outfile: join(options.outdir ?? root, `${name}.code.js`),
      plugins: [othersElsewhere(homes, name), ...(options.plugins ?? [])],
    });
  /** Modules of the program that parts have, too. @type {Set<string>} */
  const shared = new Set();
  for (const [name, paths] of homes.boundaries) {
    const lines = [];
    for (const path of paths)
      lines.push(`export { ${(await exportsOf(path)).join(', ')} } from './${path}';`);
    const { metafile: part } = await bundleFile(name, lines.join('\n'));
    for (const output of Object.values(part?.outputs ?? {})) {
      for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
        const [, path = ''] = input.split(`${ELSEWHERE}:`);
        if (bytesInOutput > 0 && homes.homeOf(path) === homes.name) shared.add(path);
      }
    }
  }
  const lines = [];
  const tables = [];
  for (const path of shared) {
    const module = `module${tables.length}`;
    lines.push(`import * as ${module} from './${path}';`);
    const members = (await exportsOf(path)).map((name) => `${name}: ${module}.${name}`);
    tables.push(`'${path}': () => ({ ${members.join(', ')} })`);
  }
  // A command runs when it is imported: what parts ask for must be there before.
  lines.push(`export * from './${relative(root, entry)}';`);
  lines.push(`export function shared(path) { return ({ ${tables.join(',\n')} })[path](); }`);
  await bundleFile(homes.name, lines.join('\n'));
}
