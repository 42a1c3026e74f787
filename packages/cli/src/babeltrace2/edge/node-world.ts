/** The world of `babeltrace2` in Node.js. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SystemError } from '@lttng-ts/base';
import type { LogLevel, Plugin } from '@lttng-ts/graph';
import { type Host, type Output, standardPlugins } from '@lttng-ts/plugins';
import { letterOf } from '../configuration/log-level.ts';
import type { Progress } from '../progress.ts';
import type { Babeltrace2World } from '../world.ts';

/** What tests replace. */
export interface WorldChoices {
  readonly host: Host;
  readonly columns?: () => number | null;
  readonly textThreads?: NonNullable<Babeltrace2World['textThreads']>;
  readonly progress?: Progress | null;
}

/** Names of files that hold a plugin: `bt_plugin_NAME.mjs`. */
const PLUGIN_FILE = /^bt_plugin_.+\.(mjs|cjs|js)$/;

/** Makes a world around a host; `interrupt` ends what runs in it soon. */
export function nodeWorld({
  host,
  columns = () => null,
  textThreads,
  progress = null,
}: WorldChoices): Babeltrace2World & { interrupt(): void } {
  let isInterrupted = false;
  let wake = (): void => undefined;
  /** Something came while nobody slept. */
  let hasNews = false;
  return {
    host,
    ...(textThreads === undefined ? {} : { textThreads }),
    progress,
    get columns() {
      return columns();
    },
    interrupt: () => {
      isInterrupted = true;
      wake();
    },
    isInterrupted: () => isInterrupted,
    sleep: async (durationUs) => {
      if (isInterrupted) return;
      if (hasNews) {
        hasNews = false;
        return;
      }
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
        timer = setTimeout(resolve, durationUs / 1000);
      });
      clearTimeout(timer);
      hasNews = false;
    },
    breathe: async () => {
      await new Promise<void>((resolve) => setImmediate(resolve));
    },
    builtInPlugins: () => {
      const wakeUp = (): void => {
        hasNews = true;
        wake();
      };
      return standardPlugins({ ...host, wake: wakeUp });
    },
    pluginsIn: async (folder) => {
      const plugins: Plugin[] = [];
      for (const file of readdirSync(folder).sort()) {
        if (PLUGIN_FILE.test(file)) plugins.push(...(await loadPlugin(join(folder, file))));
      }
      return plugins;
    },
    writeLog: (level, tag, message) => {
      host.standardError.write(Buffer.from(logLine(new Date(), level, tag, message)));
    },
  };
}

/** A module's default export is a plugin, or an array of them. */
async function loadPlugin(path: string): Promise<readonly Plugin[]> {
  const { importModule } = await import('./import-module.ts');
  const module = await importModule(pathToFileURL(path).href);
  const exported = module['default'] as Plugin | readonly Plugin[] | undefined;
  if (exported === undefined) throw new Error(`Plugin file has no default export: path="${path}"`);
  const plugins = Array.isArray(exported) ? (exported as readonly Plugin[]) : [exported as Plugin];
  return plugins.map((plugin) => ({ ...plugin, path }));
}

/** Upstream's form of a line, without the place in the source. */
function logLine(now: Date, level: LogLevel, tag: string, message: string): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  const date = `${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  const milliseconds = String(now.getMilliseconds()).padStart(3, '0');
  return `${date} ${time}.${milliseconds} ${process.pid} ${process.pid} ${letterOf(level)} ${tag} ${message}\n`;
}

/** Standard output of a program that a closed pipe ends quietly, as SIGPIPE ends others. */
export function untilClosed(output: Output): Output {
  return {
    write: (bytes) => {
      try {
        output.write(bytes);
      } catch (error) {
        // Nobody reads any more (`| head`).
        if (error instanceof SystemError && error.errnoName === 'EPIPE') process.exit(128 + 13);
        throw error;
      }
    },
  };
}
