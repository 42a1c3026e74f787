/** Which plugins there are: the folders of the search path first, then those that come with the program. */
import { SystemError, toError } from '@lttng-ts/base';
import { type Logger, PluginRegistry } from '@lttng-ts/graph';
import { CommandFailure } from './failure.ts';
import type { Babeltrace2World } from './world.ts';

const HOME_SUBFOLDER = '.local/lib/babeltrace2/plugins';
const SYSTEM_FOLDER = '/usr/local/lib/babeltrace2/plugins';

/** The choices of the command line. */
export interface PluginPathChoices {
  /** Arguments of `--plugin-path`. */
  readonly given: readonly string[];
  readonly omitsHome: boolean;
  readonly omitsSystem: boolean;
}

/** The folders in their order: environment, command line, home, system. */
export function pluginPaths(
  { given, omitsHome, omitsSystem }: PluginPathChoices,
  environment: (name: string) => string | undefined,
): readonly string[] {
  const home = environment('HOME');
  return [
    ...splitPaths(environment('BABELTRACE_PLUGIN_PATH') ?? ''),
    ...given.flatMap(splitPaths),
    ...(omitsHome || home === undefined ? [] : [`${home}/${HOME_SUBFOLDER}`]),
    ...(omitsSystem ? [] : [SYSTEM_FOLDER]),
  ];
}

const splitPaths = (paths: string): readonly string[] => paths.split(':').filter((path) => path !== '');

/** Whether there is a folder, as far as this user may look. */
function isFolder(path: string, { host }: Babeltrace2World): boolean {
  try {
    return host.input.kindOf(path) === 'folder';
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}

/** Loads all plugins; of two with one name the first stays. */
export async function loadPlugins(
  paths: readonly string[],
  world: Babeltrace2World,
  log: Logger,
): Promise<PluginRegistry> {
  const registry = new PluginRegistry();
  for (const path of paths) {
    if (!isFolder(path, world)) {
      log.info(`Skipping nonexistent directory path: path="${path}"`);
      continue;
    }
    try {
      for (const plugin of await world.pluginsIn(path)) registry.add(plugin);
    } catch (error) {
      // A plugin that cannot be loaded ends the command, as upstream's do with their default settings.
      throw new CommandFailure(toError(error).message, undefined, { cause: error }).ledTo(
        `Unable to load dynamic plugins from directory: path="${path}"`,
      );
    }
  }
  for (const plugin of world.builtInPlugins()) registry.add(plugin);
  return registry;
}
