/** What every command has once the command line is understood. */
import type { Logger, LogLevel, LogSink, PluginRegistry } from '@lttng-ts/graph';
import type { Colours } from '../text/colours.ts';
import type { Babeltrace2World } from '../world.ts';

export interface CommandContext {
  readonly world: Babeltrace2World;
  readonly plugins: PluginRegistry;
  /** Folders in which plugins are looked for. */
  readonly pluginPaths: readonly string[];
  readonly logLevel: LogLevel;
  /** Level of what the graph library itself says. */
  readonly libraryLogLevel: LogLevel;
  readonly log: Logger;
  readonly logSink: LogSink;
  readonly colours: Colours;
}

/** How a command ended. */
export type CommandEnd = 'ok' | 'interrupted';

/** Writes text to standard output. */
export function print({ world }: Pick<CommandContext, 'world'>, text: string): void {
  world.host.standardOutput.write(new TextEncoder().encode(text));
}
