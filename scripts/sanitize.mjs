// @ts-check
/**
 * `npm run sanitize [-- PATTERN…]`: compiles the addon with AddressSanitizer and UndefinedBehaviorSanitizer, and runs the
 * tests of the addon, the ring buffer, the tracer's recorder and the consumer's process with it; fails when a test
 * does, or when a sanitizer says something. Needs a C compiler with both. Not part of `npm test`: it takes its time.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, installDependencies, root, run } from './setup.mjs';

/** What has C code below it. */
const FOLDERS = [
  'packages/native/dist',
  'packages/ring-buffer/dist',
  'packages/consumer/dist',
  'packages/tracer/dist',
];
/** The whole run. */
const TIMEOUT_MS = 900_000;

installDependencies();
build();
const folder = mkdtempSync(join(tmpdir(), 'lttng-ts-sanitize-'));
try {
  const addon = join(folder, 'lttng-ts.node');
  const sanitizers =
    '-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1 -g';
  const env = { ...process.env, CFLAGS: `${process.env['CFLAGS'] ?? ''} ${sanitizers}` };
  run(process.execPath, [join(root, 'packages/native/build.mjs'), `--output=${addon}`], env);
  const patterns = process.argv.slice(2);
  const tests = FOLDERS.flatMap((place) =>
    readdirSync(join(root, place), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.js'))
      .map((name) => join(root, place, name)),
  ).filter((path) => patterns.length === 0 || patterns.some((pattern) => path.includes(pattern)));
  process.exitCode = runTests(tests, addon);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {readonly string[]} tests @param {string} addon */
function runTests(tests, addon) {
  const log = join(folder, 'asan');
  const runtime = execFileSync(process.env['CC'] ?? 'cc', ['-print-file-name=libasan.so'], {
    encoding: 'utf8',
  });
  const env = {
    ...process.env,
    LTTNG_TS_NATIVE: addon,
    // Node is not compiled with it, so its runtime must come first.
    LD_PRELOAD: runtime.trim(),
    // Leaks: V8 frees nothing at its end. SIGBUS and SIGSEGV are the addon's own where memory is cut.
    ASAN_OPTIONS: `detect_leaks=0:handle_sigbus=0:handle_segv=0:use_sigaltstack=0:abort_on_error=1:log_path=${log}`,
    UBSAN_OPTIONS: `print_stacktrace=1:log_path=${log}`,
  };
  const { status } = spawnSync(
    process.execPath,
    ['--test', '--test-concurrency=2', '--test-reporter=dot', ...tests],
    {
      cwd: root,
      stdio: 'inherit',
      env,
      timeout: TIMEOUT_MS,
    },
  );
  const reports = readdirSync(folder).filter((name) => name.startsWith('asan'));
  for (const name of reports) console.error(readFileSync(join(folder, name), 'utf8'));
  console.log(`test files: ${tests.length}, reports of the sanitizers: ${reports.length}`);
  return status === 0 && reports.length === 0 ? 0 : 1;
}
