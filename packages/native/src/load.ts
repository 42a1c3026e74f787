/**
 * Finds and loads the addon, once per thread.
 *
 * It is searched as the file that LTTNG_TS_NATIVE names (and nowhere else then); in `prebuilds/` near this file, which is
 * where it lies in the repository and beside a bundled program; in the packages that ship it, as the program's own
 * folder resolves them, so that a program that was bundled finds it too.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toError } from '@lttng-ts/base';
import type { Addon } from './addon.ts';
import { builtin } from './builtin.ts';
import { descriptorCalls, socketCalls } from './descriptor-calls.ts';
import { EpollWatcher } from './epoll-watcher.ts';
import { futexCalls } from './futex-calls.ts';
import { loopCalls } from './loop-calls.ts';
import { memoryCalls } from './memory-calls.ts';
import type { Native } from './native.ts';
import { nativeRecorder } from './native-recorder.ts';
import { ringCalls } from './ring-handle.ts';
import { threadCalls } from './thread-calls.ts';
import { transferCalls } from './transfer-calls.ts';

/** Packages that have `prebuilds/` inside. */
const CARRIERS = ['@lttng-ts/native', '@lttng-ts/tracer', 'lttng-ts'];

type Loaded =
  | { readonly native: Native; readonly reason: null }
  | { readonly native: null; readonly reason: string };

let loaded: Loaded | null = null;

/** The addon, or `null` on a machine without it; {@link nativeUnavailableReason} then says why. */
export function loadNative(): Native | null {
  loaded ??= load();
  return loaded.native;
}

/** Why {@link loadNative} gives `null`, for a log line; `null` when the addon is there. */
export function nativeUnavailableReason(): string | null {
  loaded ??= load();
  return loaded.reason;
}

function load(): Loaded {
  const file = ownFile();
  const require = createRequire(file);
  const failures: string[] = [];
  for (const path of candidates(file, require)) {
    if (!builtin('node:fs').existsSync(path)) continue;
    try {
      return { native: nativeOf(require(path) as Addon), reason: null };
    } catch (error) {
      // Built for another C library, or damaged: the next candidate may fit.
      failures.push(`${path}: ${toError(error).message}`);
    }
  }
  const platform = `${process.platform}-${process.arch}`;
  return {
    native: null,
    reason: failures.join('; ') || `No addon for this platform: platform="${platform}"`,
  };
}

/** This file, or the program that it was bundled into (bundles in CommonJS have no `import.meta.url`). */
function ownFile(): string {
  const url: string | undefined = import.meta.url;
  if (url) return fileURLToPath(url);
  return process.argv[1] ?? join(process.cwd(), 'program.js');
}

function* candidates(file: string, require: NodeJS.Require): Generator<string> {
  const given = process.env['LTTNG_TS_NATIVE'];
  if (given !== undefined && given !== '') {
    yield given;
    return;
  }
  for (const libc of ['', '-musl']) {
    const below = join('prebuilds', `${process.platform}-${process.arch}${libc}`, 'lttng-ts.node');
    yield join(dirname(file), '..', below);
    yield join(dirname(file), below);
    for (const carrier of CARRIERS) {
      const folder = folderOf(carrier, require);
      if (folder !== null) yield join(folder, below);
    }
  }
}

/** Folder of an installed package, or `null`. */
function folderOf(packageName: string, require: NodeJS.Require): string | null {
  try {
    return dirname(require.resolve(`${packageName}/package.json`));
  } catch {
    // Not installed here.
    return null;
  }
}

function nativeOf(addon: Addon): Native {
  const fdWatcher = new EpollWatcher(addon);
  return {
    ...memoryCalls(addon),
    ...descriptorCalls(addon),
    ...socketCalls(addon),
    ...loopCalls(addon),
    ...transferCalls(addon),
    ...futexCalls(addon, fdWatcher),
    ...threadCalls(addon),
    ...ringCalls(addon),
    fdWatcher,
    recorder: nativeRecorder(addon),
  };
}
