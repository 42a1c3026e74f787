/**
 * The whole of `lttng` without its edges: words of the command line and a world in, an exit code out.
 */
import type { Command, CommandContext, GeneralChoices } from './command.ts';
import { list, status } from './commands/list.ts';
import { otherCommands, valueChecks } from './commands/other-commands.ts';
import { version, versionInfo } from './commands/version.ts';
import type { ControlCaller } from './control-caller.ts';
import type { Machine } from './machine.ts';
import { commandSpecs, findCommand, generalOptions } from './options/commands.ts';
import { laterCommands } from './options/not-yet.ts';
import { type CommandSpec, ParsedOptions } from './options/option-spec.ts';
import { parseGeneralOptions } from './options/parse-general-options.ts';
import { parseOptions } from './options/parse-options.ts';
import { generalHelpLines, optionNameLines } from './render/help.ts';
import {
  jsonLinesReporter,
  jsonReporter,
  type OutputReporter,
  type Streams,
  textReporter,
  xmlReporter,
} from './render/reporters.ts';
import { versionLine } from './render/text.ts';
import { exitCodes } from './results.ts';

/** Those that only look and end soonest: a bundle loads the other ones when one of them is wanted. */
const quickCommands: Readonly<Record<string, Command>> = { list, status, version };

/** `LTTNG_ERR_MI_OUTPUT_TYPE` and so on are numbers of the daemon's table; this one is the client's own. */
const MI_OUTPUT_TYPE = 165;
/** Of `lttng --help` where the page cannot be shown; `lttng help` gives 1. */
const GENERAL_HELP_FAILED = 255;

export interface LttngWorld {
  readonly machine: Machine;
  readonly streams: Streams;
  /** The client for a group name (`--group`); it connects at its first call. */
  clientFor(group: string): ControlCaller;
}

/** Runs `lttng` with these words (without the program's name) and gives its exit code. */
export async function runLttng(words: readonly string[], world: LttngWorld): Promise<number> {
  const { uses, rest, refusal } = parseGeneralOptions(generalOptions, words);
  const { streams } = world;
  const print = (lines: readonly string[]): number => {
    streams.stdout(lines.map((line) => `${line}\n`).join(''));
    return 0;
  };
  // These are acted upon where they stand, even when something later is wrong.
  let isQuiet = false;
  for (const { long } of uses) {
    if (long === 'quiet') isQuiet = true;
    if (long === 'version') return print([versionLine(versionInfo(world.machine.buildInfo()))]);
    if (long === 'help') {
      const end = await showGeneralManual(textReporter(streams, isQuiet), world);
      return end === 'not-started' ? GENERAL_HELP_FAILED : end;
    }
    if (long === 'list-options') return print(optionNameLines(generalOptions));
    if (long === 'list-commands') return print(Object.keys(commandSpecs));
    if (long === 'mi' && formOf(new ParsedOptions(uses, []).find('mi')) === null) {
      streams.stderr('Error: MI output format not supported\n');
      return MI_OUTPUT_TYPE;
    }
  }
  if (refusal !== null) {
    streams.stderr(`lttng: ${refusal}\n`);
    return exitCodes.error;
  }
  const general = new ParsedOptions(uses, []);
  const [name, ...commandWords] = rest;
  if (name === undefined) {
    print(generalHelpLines());
    return exitCodes.error;
  }
  const spec = findCommand(name);
  if (spec === null) return refuseCommand(name, general, streams);
  return await runCommand(spec, commandWords, general, world);
}

const formOf = (mi: string | null): GeneralChoices['form'] | null => {
  if (mi === null) return 'text';
  const form = mi.toLowerCase();
  return form === 'xml' || form === 'json' ? form : null;
};

function refuseCommand(name: string, general: ParsedOptions, streams: Streams): number {
  if (!general.has('quiet') && !general.has('mi')) {
    const isLater = laterCommands.includes(name);
    streams.stdout(
      isLater
        ? `lttng: Not supported yet: command ${name}\n`
        : `lttng: ${name} is not an lttng command. See 'lttng --help'.\n`,
    );
  }
  return exitCodes.undefined;
}

async function runCommand(
  spec: CommandSpec,
  words: readonly string[],
  generalOptionsUsed: ParsedOptions,
  world: LttngWorld,
): Promise<number> {
  const form = formOf(generalOptionsUsed.find('mi')) ?? 'text';
  const isQuiet = generalOptionsUsed.has('quiet');
  const isStream = form === 'json' && spec.name === 'listen';
  const reporter = isStream ? jsonLinesReporter(world.streams) : reporterFor(form, world.streams, isQuiet);
  const parsed = parseOptions(spec.options, words);
  for (const { long } of parsed.uses) {
    if (long === 'help') return await showManual(spec, reporter, world);
    if (long === 'list-options') return printLines(world.streams, optionNameLines(spec.options));
  }
  if (parsed.refusedWord !== null) {
    const check = valueChecks[spec.name];
    if (check?.(new ParsedOptions(parsed.uses, []), reporter) === false) return exitCodes.error;
    reporter.error(`Unrecognized argument used with '${spec.name}' command`);
    reporter.finish({
      command: spec.name,
      success: false,
      exitCode: exitCodes.undefined,
      hasDocument: false,
    });
    return exitCodes.undefined;
  }
  const options = new ParsedOptions(parsed.uses, parsed.positionals);
  if (spec.name === 'help') return await help(options, reporter, world);
  const general: GeneralChoices = {
    mayStartDaemon: !generalOptionsUsed.has('no-sessiond'),
    daemonPath: generalOptionsUsed.find('sessiond-path'),
    relayPath: generalOptionsUsed.find('relayd-path'),
    groupName: generalOptionsUsed.find('group') ?? 'tracing',
    form,
  };
  const client = world.clientFor(general.groupName);
  const context: CommandContext = { options, general, client, machine: world.machine, reporter };
  const {
    exitCode,
    hasDocument,
    toldSuccess = exitCode === 0,
  } = await (quickCommands[spec.name] ?? otherCommands[spec.name as keyof typeof otherCommands])(context);
  reporter.finish({ command: spec.name, success: toldSuccess, exitCode, hasDocument });
  return exitCode;
}

function reporterFor(form: GeneralChoices['form'], streams: Streams, isQuiet: boolean): OutputReporter {
  switch (form) {
    case 'text':
      return textReporter(streams, isQuiet);
    case 'xml':
      return xmlReporter(streams, isQuiet);
    case 'json':
      return jsonReporter(streams);
  }
}

function printLines(streams: Streams, lines: readonly string[]): number {
  streams.stdout(lines.map((line) => `${line}\n`).join(''));
  return 0;
}

async function help(options: ParsedOptions, reporter: OutputReporter, world: LttngWorld): Promise<number> {
  const [name] = options.positionals;
  const spec = name === undefined ? null : findCommand(name);
  if (spec !== null) return await showManual(spec, reporter, world);
  if (name !== undefined) {
    reporter.error(`Unknown command "${name}"`);
    return exitCodes.error;
  }
  const end = await showGeneralManual(reporter, world);
  return end === 'not-started' ? exitCodes.error : end;
}

async function showManual(
  { name }: CommandSpec,
  reporter: OutputReporter,
  world: LttngWorld,
): Promise<number> {
  const page = `lttng-${name}`;
  const end = await showPage(page, `Cannot view man page \`${page}(1)\``, reporter, world);
  return end === 'not-started' ? exitCodes.error : end;
}

const showGeneralManual = async (
  reporter: OutputReporter,
  world: LttngWorld,
): Promise<number | 'not-started'> =>
  await showPage('lttng', 'Cannot show --help for `lttng`', reporter, world);

async function showPage(
  page: string,
  failure: string,
  reporter: OutputReporter,
  { machine, streams }: LttngWorld,
): Promise<number | 'not-started'> {
  const end = await machine.showManual(page, streams.stdout);
  switch (end.kind) {
    case 'exited':
      return end.exitCode;
    case 'killed':
      return 128 + end.signal;
    case 'not-started':
      reporter.error(failure);
      streams.stderr(`exec: ${end.reason}\n`);
      return end.kind;
  }
}
