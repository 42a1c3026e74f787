// @ts-check
/**
 * Bundles each command into one file below `dist/bin`, which `bin/NAME` runs, and the reader that programs import: most of
 * Node's start-up is the loading of modules. The addon stays outside and is found by its path.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, join, relative } from 'node:path';
import { build } from 'esbuild';
import { bundleProgram, gettersOf, PARTS, SAMPLE_TRACE } from './program-parts.mjs';
import { makeReaderPackage } from './reader-package.mjs';
import { root } from './setup.mjs';

const COMMAND = /^(lttng(-[a-z]+)?|babeltrace2)\.js$/;
/**
 * Commands that end at once become CommonJS, whose loader is there anyway; that of ES modules costs more than all of
 * `lttng`. What they import dynamically becomes a file of its own, which has its own copy of what both use: no
 * instance of a class may pass between them. What that file imports dynamically stays in it.
 */
const SHORT_LIVED = ['lttng.js', 'babeltrace2.js'];
/**
 * Modules of Node and packages that take milliseconds to load: short-lived commands and the reader that programs import load
 * them when they first use them.
 */
const LATER = [
  'fzstd',
  'minizlib',
  'node:child_process',
  'node:net',
  'node:os',
  'node:tls',
  'node:tty',
  'node:worker_threads',
  'node:zlib',
];
/** Bundled in parts. */
const PROGRAM = 'program';
/**
 * Files with a cache of what V8 compiled of them, and what is run to fill it: a file, its export or ('') the command itself,
 * words. With much code, compiling is a third of a short run.
 * @type {Readonly<Record<string, readonly [string, string, ...string[]]>>}
 */
const WITH_CODE_CACHE = {
  lttng: ['lttng', '', 'version'],
  ...cachesOfParts('lttng', ''),
  [PROGRAM]: [PROGRAM, 'runProgram', SAMPLE_TRACE],
  ...cachesOfParts(PROGRAM, 'runProgram'),
};
/** @param {string} program @param {string} main @returns {Record<string, [string, string, ...string[]]>} */
function cachesOfParts(program, main) {
  const parts = Object.entries(PARTS[program] ?? {});
  return Object.fromEntries(
    parts.flatMap(([name, { run }]) => (run === undefined ? [] : [[name, [program, main, ...run]]])),
  );
}
/** What threads of short-lived commands run. */
const THREADS = ['babeltrace2/edge/text-thread.js'];
/** @param {string} path */
const isCached = (path) => basename(path, '.js') in WITH_CODE_CACHE;

/** As `scripts/cached-module.cjs` wants it. */
const CODE_ID_LENGTH = 40;

/** Imports modules that users wrote: code from a cache cannot do that. */
const IMPORTER = /\/import-module\.js$/;

const outdir = join(root, 'dist/bin');
const compiled = join(root, 'packages/cli/dist');
const commands = existsSync(compiled) ? readdirSync(compiled).filter((name) => COMMAND.test(name)) : [];
/** @type {Set<string>} */
const written = new Set();

/** @type {import('esbuild').BuildOptions} */
const common = {
  outdir,
  bundle: true,
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  metafile: true,
};
/** @param {(name: string) => boolean} isWanted */
const entryPoints = (isWanted) => commands.filter(isWanted).map((name) => join(compiled, name));

/** @param {import('esbuild').BuildOptions} options */
async function bundle(options) {
  const { metafile } = await build({ ...common, ...options });
  const paths = Object.keys(metafile?.outputs ?? {}).map((path) => relative(outdir, path));
  for (const path of paths) {
    if (written.has(path)) throw new Error(`Two files of one name: path="${path}"`);
    written.add(path);
  }
}

/** Getters in place of the module's members. @type {import('esbuild').Plugin} */
const modulesLater = {
  name: 'modules later',
  setup: ({ onResolve, onLoad }) => {
    const filter = new RegExp(`^(${LATER.join('|')})$`);
    onResolve({ filter }, ({ path, namespace }) =>
      namespace === 'later' ? null : { path, namespace: 'later' },
    );
    onLoad({ filter: /.*/, namespace: 'later' }, async ({ path }) => ({
      resolveDir: root,
      contents: gettersOf(
        Object.keys(await import(path)).filter((name) => /^\w+$/.test(name) && name !== 'default'),
        path,
      ),
    }));
  },
};

/**
 * Node's own modules by `require`, also where they are first used: `import` of `node:fs` loads the streams. Any path will do
 * for modules of Node, be the program bundled again. @type {import('esbuild').Plugin}
 */
const requiredBuiltIns = {
  name: 'built-in modules by require',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /./ }, ({ path }) =>
      isBuiltin(path) && path !== 'node:module' ? { path, namespace: 'built-in' } : null,
    );
    onLoad({ filter: /./, namespace: 'built-in' }, ({ path }) => ({
      contents: `import { createRequire } from 'node:module';\nmodule.exports = createRequire('/')('${path}');`,
    }));
  },
};

/** @type {import('esbuild').BuildOptions} */
const shortLived = {
  entryNames: '[name]',
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  // CommonJS has no such thing; whatever else of it is asked for would be empty. Few files ask, and late.
  define: { 'import.meta.url': 'lttngTsFile.url' },
  banner: {
    js: "const lttngTsFile = { get url() { return require('node:url').pathToFileURL(__filename).href; } };",
  },
  logOverride: { 'empty-import-meta': 'error' },
};

/**
 * Dynamic imports become files, or those of one file only.
 * @param {Set<string>} files @param {RegExp} filter @returns {import('esbuild').Plugin}
 */
const dynamicImportsApart = (files, filter) => ({
  name: 'dynamic imports apart',
  setup: ({ onResolve }) =>
    onResolve({ filter }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return null;
      files.add(join(resolveDir, path));
      return { path: `./${cjsName(path)}`, external: true };
    }),
});
/** @param {string} path */
const cjsName = (path) => `${basename(path, '.js')}.cjs`;

/** Bundles entry points and what they import dynamically. @param {readonly string[]} entries */
async function bundleShortLived(entries) {
  /** @type {Set<string>} */
  const later = new Set();
  /** @param {RegExp} apart */
  const startedOften = (apart) => ({
    ...shortLived,
    supported: { 'dynamic-import': false },
    plugins: [modulesLater, dynamicImportsApart(later, apart)],
  });
  /** @param {RegExp} apart */
  const cachedCode = (apart) => ({
    ...startedOften(apart),
    outExtension: { '.js': '.code.js' },
    // What is read at every start should be short; names stay for whoever reads a stack.
    minifyWhitespace: true,
    minifySyntax: true,
  });
  await bundle({ ...startedOften(/^\./), entryPoints: entries.filter((path) => !isCached(path)) });
  for (const path of entries.filter(isCached)) await bundleProgram(path, { ...common, ...cachedCode(/^\./) });
  const program = [...later].find((path) => basename(path, '.js') === PROGRAM);
  if (program !== undefined) {
    later.delete(program);
    await bundleProgram(program, { ...common, ...cachedCode(IMPORTER) });
  }
  await bundle({ ...shortLived, entryPoints: [...later], plugins: [modulesLater] });
  await bundle({ ...shortLived, entryPoints: THREADS.map((path) => join(compiled, path)) });
  const inParts = entries.filter(isCached).map((path) => basename(path, '.js'));
  if (program !== undefined) inParts.push(PROGRAM);
  const cachedFiles = inParts.flatMap((name) => [name, ...Object.keys(PARTS[name] ?? {})]);
  for (const name of cachedFiles) writeCachedModule(name);
  for (const name of cachedFiles) writeCodeCache(name);
}

/** Makes `NAME.cjs` of `NAME.code.js`. @param {string} name */
function writeCachedModule(name) {
  const codePath = join(outdir, `${name}.code.js`);
  const code = readFileSync(codePath, 'latin1');
  if (/[^\0-\x7f]/.test(code)) throw new Error(`Not ASCII: path="${codePath}"`);
  const id = `/*${createHash('sha256').update(code).digest('hex').slice(0, 32)}*/`.padEnd(CODE_ID_LENGTH);
  writeFileSync(codePath, `${id}(function(exports,require,module,__filename,__dirname){${code}\n})`);
  copyFileSync(join(root, 'scripts/cached-module.cjs'), join(outdir, `${name}.cjs`));
  rmSync(join(outdir, `${name}.cache`), { force: true });
  written.add(`${name}.cjs`).add(`${name}.code.js`);
}

/** @param {string} name */
function writeCodeCache(name) {
  const [file, ...run] = WITH_CODE_CACHE[name] ?? [];
  if (file === undefined) return;
  execFileSync(
    process.execPath,
    [
      join(root, 'scripts/write-code-cache.cjs'),
      join(outdir, `${name}.cache`),
      join(outdir, `${file}.cjs`),
      ...run,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  written.add(`${name}.cache`);
}

/** What programs import to read traces: two entries and what they share, because a hundred modules take long to load. */
async function bundleReader() {
  const compiledReader = join(root, 'packages/babeltrace/dist');
  await build({
    ...common,
    outdir: join(compiledReader, 'bundle'),
    entryPoints: { index: join(compiledReader, 'index.js'), node: join(compiledReader, 'edge/node.js') },
    chunkNames: 'reader',
    splitting: true,
    format: 'esm',
    plugins: [modulesLater, requiredBuiltIns],
  });
}

/** The reader for web pages, and the example page: one file with the reader in it. */
async function bundleForBrowsers() {
  const example = join(root, 'packages/babeltrace/examples/browser');
  const pages = join(root, 'dist/browser');
  mkdirSync(pages, { recursive: true });
  /** @param {string} entry */
  const scriptOf = async (entry) => {
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      platform: 'browser',
      target: 'es2022',
      format: 'esm',
      minify: true,
      logLevel: 'warning',
    });
    return outputFiles[0]?.text ?? '';
  };
  writeFileSync(
    join(pages, 'babeltrace.js'),
    await scriptOf(join(root, 'packages/babeltrace/dist/index.js')),
  );
  // In a page, a script ends where its end tag stands, be it in a string.
  const script = (await scriptOf(join(example, 'page.js'))).replaceAll('</script', '<\\/script');
  const page = readFileSync(join(example, 'page.html'), 'utf8');
  writeFileSync(
    join(pages, 'trace.html'),
    page.replace('/* page.js */', () => script),
  );
}

await bundleShortLived(entryPoints((name) => SHORT_LIVED.includes(name)));
await bundle({
  entryPoints: entryPoints((name) => !SHORT_LIVED.includes(name)),
  outExtension: { '.js': '.mjs' },
  splitting: true,
  format: 'esm',
  // Dependencies that are CommonJS, and the loader of the addon, ask for `require`.
  banner: {
    js: "import { createRequire as lttngTsCreateRequire } from 'node:module';\nconst require = lttngTsCreateRequire(import.meta.url);",
  },
});
await bundleReader();
makeReaderPackage();
await bundleForBrowsers();
// Where the addon is looked for first: otherwise each start resolves the package that has it.
rmSync(join(root, 'dist/prebuilds'), { force: true });
symlinkSync('../packages/native/prebuilds', join(root, 'dist/prebuilds'));
// What earlier builds left.
for (const name of readdirSync(outdir)) {
  if (!written.has(name)) rmSync(join(outdir, name), { recursive: true });
}
