// @ts-check
/**
 * `npm run demo`: installs, builds, starts a private session daemon, traces a sample Node.js program and,
 * where a C compiler and liblttng-ust are there, a C one, and shows the recorded events. Nothing is left
 * behind but the build: home, sockets and trace live in a folder that is removed at the end.
 *
 * As root it runs itself again in private namespaces, so that no daemon of the machine is disturbed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, installDependencies, root, run } from './setup.mjs';

const PRIVATE = 'LTTNG_TS_DEMO_IS_PRIVATE';
const PREPARE =
  'mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/shm && mkdir -p /run/lttng && exec "$@"';

if (process.env[PRIVATE] === undefined) {
  installDependencies();
  build();
  await requireAddon();
  if (process.getuid?.() === 0) {
    const namespaces = ['--mount', '--pid', '--ipc', '--fork', '--kill-child', '--mount-proc'];
    const command = ['sh', '-c', PREPARE, 'demo', process.execPath, import.meta.filename];
    const { status } = spawnSync('unshare', [...namespaces, ...command], {
      stdio: ['inherit', 'inherit', 'inherit'],
      env: { ...process.env, [PRIVATE]: '1' },
    });
    process.exit(status ?? 1);
  }
}

const home = mkdtempSync(join(tmpdir(), 'lttng-ts-demo-'));
const env = { ...process.env, HOME: home, LTTNG_HOME: home };
const pidFile = join(home, 'sessiond.pid');

/** Says what to do where the build could not compile the addon. */
async function requireAddon() {
  const { loadNative } = await import('../packages/native/dist/index.js');
  if (loadNative() !== null) return;
  console.error('\nNothing is recorded without the native addon, which takes a C compiler to build.');
  console.error('Install one (on Debian: apt-get install gcc libc6-dev), then run the demo again.');
  process.exit(1);
}

/** @param {string} name @param {readonly string[]} words */
function command(name, ...words) {
  console.log(`\n$ ${name} ${words.join(' ')}`);
  run(join(root, 'bin', name), words, env);
}

/** Compiles the C program, or says why not. @returns {string | null} */
function compileSample() {
  const program = join(home, 'sample');
  const sources = join(root, 'tests/programs');
  const args = ['-O2', `-I${sources}`, '-o', program, join(sources, 'sample.c'), '-llttng-ust', '-ldl'];
  if (spawnSync('cc', args).status === 0) return program;
  console.log('\nNo C compiler or no liblttng-ust-dev: only the Node.js program is traced.');
  return null;
}

/** Runs both programs at once. @param {readonly (readonly string[])[]} programs */
async function runTogether(programs) {
  await Promise.all(
    programs.map(
      ([file, ...words]) =>
        new Promise((resolve) => {
          spawn(/** @type {string} */ (file), words, { env, stdio: 'ignore' }).on('close', resolve);
        }),
    ),
  );
}

try {
  const nodeSample = join(root, 'tests/programs/sample.mjs');
  const cSample = compileSample();
  const programs = [
    ...(existsSync(nodeSample) ? [[process.execPath, nodeSample, 'kinds']] : []),
    ...(cSample === null ? [] : [[cSample, 'kinds']]),
  ];
  command('lttng-sessiond', '--daemonize', '--no-kernel', `--pidfile=${pidFile}`);
  command('lttng', 'create', 'demo');
  command('lttng', 'enable-event', '--userspace', 'sample:*');
  command('lttng', 'add-context', '--userspace', '--type=procname', '--type=vpid');
  command('lttng', 'start');
  await runTogether(programs);
  command('lttng', 'stop');
  command('lttng', 'view');
  command('lttng', 'destroy');
} finally {
  const { stdout } = spawnSync('cat', [pidFile], { encoding: 'utf8' });
  if (Number(stdout) > 0) process.kill(Number(stdout), 'SIGTERM');
  rmSync(home, { recursive: true, force: true });
}
