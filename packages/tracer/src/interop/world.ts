/**
 * A private world for tests with the original session daemon: mount, pid, net and ipc namespaces that end with the test.
 * A test is a shell script that runs inside; what it starts dies with it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadNative } from '@lttng-ts/native';

const repository = join(import.meta.dirname, '../../../..');
const DEADLINE_MS = 90_000;

/** Set up before each script. `wait_for FILE PATTERN` waits until a file holds a line. */
const PRELUDE = `
set -e
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
ip link set lo up
mkdir -p /run/lttng
wait_for() {
  for i in $(seq 600); do grep -q "$2" "$1" 2>/dev/null && return 0; sleep 0.05; done
  echo "no line $2 in $1:" >&2; cat "$1" >&2; return 1
}
root_daemon() { lttng-sessiond --daemonize --no-kernel >/dev/null 2>&1; }
cd "$WORLD"
`;

export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** Runs a script in a world of its own and gives what it printed; a failing script throws. */
export async function inWorld(script: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const world = mkdtempSync(join(tmpdir(), 'lttng-ts-tracer-'));
  try {
    const { stdout, stderr, status } = await run(world, script, env);
    if (status === 0) return stdout;
    throw new Error(
      `status ${status}\n--- stdout\n${stdout.slice(-4000)}\n--- stderr\n${stderr.slice(-6000)}`,
    );
  } finally {
    rmSync(world, { recursive: true, force: true });
  }
}

function run(world: string, script: string, env: Readonly<Record<string, string>>): Promise<Finished> {
  const flags = ['--mount', '--pid', '--net', '--ipc', '--fork', '--kill-child', '--mount-proc'];
  const child = spawn('unshare', [...flags, 'bash', '-c', PRELUDE + script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      WORLD: world,
      HOME: world,
      LTTNG_HOME: world,
      NODE_SAMPLE: `${process.execPath} ${join(import.meta.dirname, 'sample-node.js')}`,
      C_SAMPLE: sampleInC(),
      ...env,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  return new Promise((resolve) => {
    child.once('close', (status) => {
      clearTimeout(timer);
      resolve({ stdout, stderr, status });
    });
  });
}

let compiled: string | null = null;

/** The same tracepoints in an ordinary C program. */
function sampleInC(): string {
  if (compiled !== null) return compiled;
  const folder = mkdtempSync(join(tmpdir(), 'lttng-ts-sample-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'sample');
  const sources = join(repository, 'tests/programs');
  const words = ['-O2', `-I${sources}`, '-o', program, join(sources, 'sample.c'), '-llttng-ust', '-ldl'];
  const { status, stderr } = spawnSync('cc', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Cannot compile the sample program:\n${stderr}`);
  compiled = program;
  return program;
}

/** Why these tests cannot run on this machine, or `false`; a failure where LTTNG_TS_REQUIRE asks for them. */
/** The tracer needs the layout tables beside the addon. */
const RING_BUFFER = join(import.meta.dirname, '../../../ring-buffer/dist/index.js');

export function skipReason(): string | false {
  const required = (process.env['LTTNG_TS_REQUIRE'] ?? '').split(',');
  const reason =
    process.getuid?.() !== 0
      ? (['root', 'private namespaces need root'] as const)
      : spawnSync('sh', ['-c', 'command -v lttng-sessiond lttng babeltrace2 cc unshare']).status !== 0
        ? (['upstream', 'original peers are missing (npm run peers)'] as const)
        : loadNative() === null || !existsSync(RING_BUFFER)
          ? (['native', 'the addon is not built'] as const)
          : null;
  if (reason === null) return false;
  if (required.includes(reason[0])) throw new Error(`Required here: ${reason[1]}`);
  return reason[1];
}

/** Lines of `babeltrace2` without what differs from run to run. */
export function eventLines(text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .filter((line) => line.startsWith('['))
    .map((line) => line.replace(/^\[[^\]]*\] \([^)]*\) \S+ /, '').replace(/cpu_id = \d+/, 'cpu_id = N'));
}
