// @ts-check
/**
 * Compiles the addon with plain `cc`: no generator, no download. Node-API's headers come from npm, and the binary
 * runs on every Node that has Node-API 8, so one per platform can ship inside the package.
 *
 * Without a compiler this says so and succeeds: the tracer is then a silent no-op and readers work.
 * `LTTNG_TS_REQUIRE=native` makes that a failure. `CC` and `CFLAGS` are honoured.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `linux-x64`, or `linux-x64-musl` where Node runs on musl. */
function prebuildFolder() {
  // Node's own diagnostic report names glibc when it was linked with it.
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  const libc = process.platform === 'linux' && report.header.glibcVersionRuntime === undefined ? '-musl' : '';
  return `${process.platform}-${process.arch}${libc}`;
}

const here = dirname(fileURLToPath(import.meta.url));
const sourceFolder = join(here, 'c');
const sources = readdirSync(sourceFolder).map((name) => join(sourceFolder, name));
/** `--output=PATH` is for builds with other flags (`scripts/sanitize.mjs`). */
const asked = process.argv.find((word) => word.startsWith('--output='))?.slice('--output='.length);
const output = asked ?? join(here, 'prebuilds', prebuildFolder(), 'lttng-ts.node');

/** @param {string} why */
function giveUp(why) {
  console.error(`Addon not built: reason="${why}"`);
  if ((process.env['LTTNG_TS_REQUIRE'] ?? '').split(',').includes('native')) process.exitCode = 1;
}

function isFresh() {
  if (!existsSync(output)) return false;
  const builtAt = statSync(output).mtimeMs;
  return [...sources, fileURLToPath(import.meta.url)].every((path) => statSync(path).mtimeMs <= builtAt);
}

function compile() {
  const headers = createRequire(import.meta.url)('node-api-headers').include_dir;
  mkdirSync(dirname(output), { recursive: true });
  // Beside the target, then renamed: a running program keeps the file that it mapped.
  const temporary = `${output}.${process.pid}`;
  const flags = [
    ...[
      '-std=c11',
      '-O2',
      '-g1',
      '-fPIC',
      '-shared',
      '-fvisibility=hidden',
      '-pthread',
      '-Wall',
      '-Wextra',
      '-Werror',
    ],
    ...['-DNAPI_VERSION=8', `-ffile-prefix-map=${here}=.`, `-isystem${headers}`],
    // Detached threads run in the library: it must outlive the worker that loaded it.
    ...['-Wl,-z,nodelete', '-Wl,-z,relro,-z,now'],
    ...(process.env['CFLAGS'] ?? '').split(' ').filter((flag) => flag !== ''),
  ];
  const c = sources.filter((path) => path.endsWith('.c'));
  const { status, error } = spawnSync(process.env['CC'] ?? 'cc', [...flags, ...c, '-ldl', '-o', temporary], {
    stdio: 'inherit',
  });
  if (error !== undefined) return giveUp(`no C compiler: ${error.message}`);
  if (status !== 0) {
    console.error('Addon does not compile');
    process.exitCode = 1;
    return;
  }
  renameSync(temporary, output);
  console.log(`Addon built: file="${relative(process.cwd(), output)}"`);
}

if (process.platform !== 'linux') giveUp(`platform ${process.platform}`);
else if (!isFresh()) compile();
