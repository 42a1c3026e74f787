/**
 * The whole of `babeltrace2` without its edges: words of the command line and a world in, an exit status out.
 */
import { Logger, type LogLevel, type PluginRegistry } from '@lttng-ts/graph';
import type { CommandWords } from './arguments/command-items.ts';
import { type GeneralChoices, readGeneralWords } from './arguments/general-words.ts';
import { type CommandName, commandTable } from './arguments/option-tables.ts';
import { type CommandContext, type CommandEnd, print } from './commands/command-context.ts';
import { helpCommand, listPluginsCommand } from './commands/plugin-info.ts';
import { printLiveSessions, printMetadata } from './commands/print-from-query.ts';
import { queryCommand } from './commands/query.ts';
import { runCommand } from './commands/run.ts';
import { summaryCommand } from './commands/summary.ts';
import { addVerboseText, planEarly, planGraph } from './configuration/convert-plan.ts';
import { type ConvertRequest, readConvertWords } from './configuration/convert-request.ts';
import { moreVerbose, parseLogLevel } from './configuration/log-level.ts';
import { readRunWords } from './configuration/run-configuration.ts';
import { readSummaryWords } from './configuration/summary-words.ts';
import { readHelpWords, readListPluginsWords, readQueryWords } from './configuration/topic-words.ts';
import { discoverSources } from './discovery/discover-sources.ts';
import { CommandFailure } from './failure.ts';
import { loadPlugins, pluginPaths } from './plugin-loading.ts';
import { quickText } from './quick-text.ts';
import { causesText } from './render/causes.ts';
import { type CommandConfiguration, configurationText } from './render/configuration-text.ts';
import { commandHelpText } from './render/help-texts.ts';
import { type Colours, coloursFor } from './text/colours.ts';
import { shellQuote } from './text/shell-quote.ts';
import type { Babeltrace2World } from './world.ts';

/** Exit statuses. */
const SUCCESS = 0;
const FAILURE = 1;
const INTERRUPTED = 2;

/** Runs `babeltrace2` with these words (without the program's name) and gives its exit status. */
export async function runBabeltrace2(words: readonly string[], world: Babeltrace2World): Promise<number> {
  const colours = coloursFor(world.host);
  const program = new Program(world, colours);
  let failure: CommandFailure;
  try {
    const end = await program.run(words);
    return end === 'ok' ? SUCCESS : INTERRUPTED;
  } catch (error) {
    const known = CommandFailure.from(error);
    // A bug goes through as it is.
    if (known === null) throw error;
    failure = known;
  }
  if (!program.isCommandUnderstood) failure.ledTo('Command-line error: retcode=1');
  const text = causesText(failure.causes, colours, world.columns);
  world.host.standardError.write(new TextEncoder().encode(text));
  return FAILURE;
}

class Program {
  readonly #world: Babeltrace2World;
  readonly #colours: Colours;
  /** Whether the words are read: what fails from then on is no fault of the command line. */
  isCommandUnderstood = false;

  constructor(world: Babeltrace2World, colours: Colours) {
    this.#world = world;
    this.#colours = colours;
  }

  async run(words: readonly string[]): Promise<CommandEnd> {
    const general = readGeneralWords(words);
    if (general.kind !== 'command') return this.#print(quickText(words, this.#colours) ?? '');
    const end = await this.#command(general.command, general.words, general.general);
    if (this.isCommandUnderstood) this.#warnOfFolder(general.command);
    return end;
  }

  #print(text: string): CommandEnd {
    print({ world: this.#world }, text);
    return 'ok';
  }

  async #command(command: CommandName, words: CommandWords, general: GeneralChoices): Promise<CommandEnd> {
    if (command === 'convert') return await this.#convert(words, general);
    const logLevel = this.#effectiveLevel(general.logLevel);
    switch (command) {
      case 'run': {
        const configuration = readRunWords(words, logLevel);
        if (configuration === 'help') return this.#print(commandHelpText(commandTable.run));
        const context = await this.#context(general, logLevel, { kind: 'run', run: configuration });
        return await runCommand(context, configuration, {
          isIntersection: false,
          jobs: 1,
          showsProgress: false,
        });
      }
      case 'query': {
        const configuration = readQueryWords(words);
        if (configuration === 'help') return this.#print(commandHelpText(commandTable.query));
        await queryCommand(
          await this.#context(general, logLevel, { kind: 'query', query: configuration }),
          configuration,
        );
        return 'ok';
      }
      case 'help': {
        const topic = readHelpWords(words);
        if (topic === 'help') return this.#print(commandHelpText(commandTable.help));
        helpCommand(await this.#context(general, logLevel, { kind: 'plain' }), topic);
        return 'ok';
      }
      case 'summary': {
        const request = readSummaryWords(words);
        if (request === 'help') return this.#print(commandHelpText(commandTable.summary));
        const context = await this.#context(general, logLevel, { kind: 'plain' });
        const sources = await this.#discover(request.inputs, null, context.plugins, logLevel);
        return await summaryCommand(context, request, sources);
      }
      case 'list-plugins': {
        if (readListPluginsWords(words) === 'help') {
          return this.#print(commandHelpText(commandTable['list-plugins']));
        }
        listPluginsCommand(await this.#context(general, logLevel, { kind: 'plain' }));
        return 'ok';
      }
    }
  }

  async #convert(words: CommandWords, general: GeneralChoices): Promise<CommandEnd> {
    const request = readConvertWords(words, general.logLevel);
    if (request === 'help') return this.#print(commandHelpText(commandTable.convert));
    const logLevel = this.#effectiveLevel(request.choices.logLevel);
    addVerboseText(request, logLevel);
    const plan = planEarly(request);
    if (plan.kind === 'print-metadata') {
      await printMetadata(await this.#context(general, logLevel, plan), plan);
      return 'ok';
    }
    if (plan.kind === 'print-live-sessions') {
      await printLiveSessions(await this.#context(general, logLevel, plan), plan);
      return 'ok';
    }
    return await this.#convertGraph(request, general, logLevel);
  }

  async #convertGraph(
    request: ConvertRequest,
    general: GeneralChoices,
    logLevel: LogLevel,
  ): Promise<CommandEnd> {
    const needsDiscovery = request.inputs.length > 0 && !request.implicit.live.isWanted;
    const plugins = needsDiscovery ? await this.#loadPlugins(general, logLevel) : null;
    const sources =
      plugins === null
        ? []
        : await this.#discover(
            request.inputs.map(({ text }) => text),
            request.choices.inputFormat,
            plugins,
            logLevel,
          );
    const runWords = planGraph(request, sources);
    const { printsRunWords, isIntersection, jobs, showsProgress } = request.choices;
    if (printsRunWords !== null) {
      if (isIntersection) {
        throw new CommandFailure('Cannot specify --stream-intersection with --run-args or --run-args-0.');
      }
      return this.#print(
        printsRunWords === 'quoted' ? runWords.map(shellQuote).join(' ') : runWords.join('\0'),
      );
    }
    const configuration = readRunWords({ words: runWords, consumedWords: 0 }, logLevel);
    if (configuration === 'help') return this.#print(commandHelpText(commandTable.run));
    const context = await this.#context(general, logLevel, { kind: 'run', run: configuration }, plugins);
    return await runCommand(context, configuration, { isIntersection, jobs, showsProgress });
  }

  async #discover(
    inputs: readonly string[],
    inputFormat: ConvertRequest['choices']['inputFormat'],
    plugins: PluginRegistry,
    logLevel: LogLevel,
  ) {
    const plugin = plugins.findPlugin('ctf');
    return await discoverSources(inputs, {
      plugins: inputFormat === null ? plugins.plugins : plugin === null ? [] : [plugin],
      onlyClass: inputFormat === null ? null : 'fs',
      host: this.#world.host,
      log: this.#logger('CLI-CFG-SRC-AUTO-DISC', logLevel),
      logSink: this.#logSink,
      isInterrupted: () => this.#world.isInterrupted(),
    });
  }

  async #context(
    general: GeneralChoices,
    logLevel: LogLevel,
    configuration: CommandConfiguration,
    loaded: PluginRegistry | null = null,
  ): Promise<CommandContext> {
    this.isCommandUnderstood = true;
    this.#tellConfiguration(configuration, general, logLevel);
    const environment = this.#world.host.environment;
    return {
      world: this.#world,
      plugins: loaded ?? (await this.#loadPlugins(general, logLevel)),
      pluginPaths: this.#pluginPaths(general),
      logLevel,
      libraryLogLevel: parseLogLevel(environment('LIBBABELTRACE2_INIT_LOG_LEVEL') ?? '') ?? logLevel,
      log: this.#logger('CLI', logLevel),
      logSink: this.#logSink,
      colours: this.#colours,
    };
  }

  #tellConfiguration(configuration: CommandConfiguration, general: GeneralChoices, logLevel: LogLevel): void {
    const logger = this.#logger('CLI', logLevel);
    if (!logger.isOn('info')) return;
    logger.info('CLI configuration:');
    const text = configurationText(configuration, this.#pluginPaths(general), this.#colours);
    this.#world.host.standardError.write(new TextEncoder().encode(text));
  }

  async #loadPlugins(general: GeneralChoices, logLevel: LogLevel): Promise<PluginRegistry> {
    return await loadPlugins(this.#pluginPaths(general), this.#world, this.#logger('CLI', logLevel));
  }

  #pluginPaths({
    pluginPaths: given,
    omitsHomePlugins,
    omitsSystemPlugins,
  }: GeneralChoices): readonly string[] {
    return pluginPaths(
      { given, omitsHome: omitsHomePlugins, omitsSystem: omitsSystemPlugins },
      this.#world.host.environment,
    );
  }

  readonly #logSink = {
    log: (level: LogLevel, tag: string, message: string): void => this.#world.writeLog(level, tag, message),
  };

  /** The program's own level may be set apart from that of components. */
  #logger(tag: string, logLevel: LogLevel): Logger {
    const own = parseLogLevel(this.#world.host.environment('BABELTRACE_CLI_LOG_LEVEL') ?? '');
    return new Logger(tag, own ?? logLevel, this.#logSink);
  }

  /** Variables of old say the same as options; the default is to warn. */
  #effectiveLevel(given: LogLevel | null): LogLevel {
    const environment = this.#world.host.environment;
    let level = given;
    if (environment('BABELTRACE_DEBUG') === '1') level = moreVerbose(level, 'trace');
    if (environment('BABELTRACE_VERBOSE') === '1') level = moreVerbose(level, 'info');
    return level ?? 'warning';
  }

  /** A command that has the name of a folder here may be a folder that was meant to be converted. */
  #warnOfFolder(command: CommandName): void {
    const { host } = this.#world;
    if (host.environment('BABELTRACE_CLI_WARN_COMMAND_NAME_DIRECTORY_CLASH') === '0') return;
    if (host.input.kindOf(command) === null) return;
    this.#world.writeLog(
      'warning',
      'CLI',
      `The \`${command}\` command was executed. If you meant to convert a trace located in the local \`${command}\` directory, please use:\n\n    babeltrace2 convert ${command} [OPTIONS]`,
    );
  }
}
