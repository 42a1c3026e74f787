/** The words of the `run` command: components with their parameters, and the connections between them. */
import { toError } from '@lttng-ts/base';
import type { LogLevel, Value, ValueMap } from '@lttng-ts/graph';
import { type CommandWords, commandItems } from '../arguments/command-items.ts';
import { commandTable, optionsOf } from '../arguments/option-tables.ts';
import { CommandFailure } from '../failure.ts';
import { parseParams } from '../params/parse-params.ts';
import { isPrintable } from '../text/take-until.ts';
import { type ComponentClassName, type ComponentType, parseComponentArgument } from './component-argument.ts';
import { type Connection, checkConnections, parseConnection } from './connections.ts';
import { parseLogLevel } from './log-level.ts';

export interface ComponentConfiguration extends ComponentClassName {
  readonly name: string;
  readonly params: ValueMap;
  readonly logLevel: LogLevel;
}

/** A graph to build and run. */
export interface RunConfiguration {
  /** In the order of the command line. */
  readonly components: readonly ComponentConfiguration[];
  readonly connections: readonly Connection[];
  readonly retryDurationUs: number;
  /** The only version of the message interchange protocol that may be used; `null`: any. */
  readonly allowedMipVersion: number | null;
}

const DEFAULT_RETRY_DURATION_US = 100_000;
/** Versions of the message interchange protocol that exist. */
const MIP_VERSIONS: readonly string[] = ['0', '1'];

/** A component while options that follow it may still change it. */
interface OpenComponent extends ComponentClassName {
  readonly name: string;
  readonly params: Map<string, Value>;
  logLevel: LogLevel;
}

/** Reads the words of `run`; `'help'` when they ask for it or when there are none. */
export function readRunWords(words: CommandWords, defaultLogLevel: LogLevel): RunConfiguration | 'help' {
  if (words.words.length === 0) return 'help';
  const builder = new RunBuilder(defaultLogLevel);
  for (const item of commandItems('run', optionsOf(commandTable.run), words)) {
    if (item.kind === 'word') throw new CommandFailure(`Unexpected argument: \`${item.word}\``);
    if (item.long === 'help') return 'help';
    builder.use(item.long, item.value);
  }
  return builder.finish();
}

/** Reads a parameter text given to an option; the fault is told with the option's name. */
export function readParams(option: string, text: string): ValueMap {
  try {
    return parseParams(text);
  } catch (error) {
    // Every fault in the text is the user's, and is told together with the option.
    const { message } = toError(error);
    throw new CommandFailure(`Invalid format for ${option} option's argument:\n    ${message.trimEnd()}`);
  }
}

class RunBuilder {
  readonly #defaultLogLevel: LogLevel;
  readonly #components: OpenComponent[] = [];
  readonly #connectionArguments: string[] = [];
  #baseParams: ReadonlyMap<string, Value> = new Map();
  #retryDurationUs = DEFAULT_RETRY_DURATION_US;
  #allowedMipVersion: number | null = null;

  constructor(defaultLogLevel: LogLevel) {
    this.#defaultLogLevel = defaultLogLevel;
  }

  use(option: string, value: string): void {
    switch (option) {
      case 'component':
        this.#addComponent(value);
        return;
      case 'params':
        this.#addParams(value);
        return;
      case 'log-level':
        this.#setLogLevel(value);
        return;
      case 'base-params':
        this.#baseParams = readParams('--base-params', value);
        return;
      case 'reset-base-params':
        this.#baseParams = new Map();
        return;
      case 'connect':
        this.#connectionArguments.push(value);
        return;
      case 'retry-duration':
        this.#retryDurationUs = parseRetryDuration(value);
        return;
      case 'allowed-mip-versions':
        this.#allowedMipVersion = parseMipVersion(value);
        return;
    }
  }

  finish(): RunConfiguration {
    const types = new Set(this.#components.map(({ type }) => type));
    if (!types.has('source')) throw new CommandFailure('Incomplete graph: no source component.');
    if (!types.has('sink')) throw new CommandFailure('Incomplete graph: no sink component.');
    const typesByName = new Map(this.#components.map(({ name, type }) => [name, type]));
    return {
      components: this.#components,
      connections: this.#connections(typesByName),
      retryDurationUs: this.#retryDurationUs,
      allowedMipVersion: this.#allowedMipVersion,
    };
  }

  #connections(typesByName: ReadonlyMap<string, ComponentType>): readonly Connection[] {
    const refuse = (reason: string): CommandFailure =>
      new CommandFailure(`Cannot create connections:\n${reason}`);
    if (![...typesByName.keys()].every(isPrintable)) {
      throw refuse('One or more components contain a non-printable character in their names');
    }
    const connections = this.#connectionArguments.map((argument) => {
      const connection = parseConnection(argument);
      if (connection === null) throw refuse(`Cannot parse --connect option's argument:\n    ${argument}`);
      return connection;
    });
    const fault = checkConnections(connections, typesByName);
    if (fault !== null) throw refuse(fault);
    return connections;
  }

  #addComponent(argument: string): void {
    const misformed = `Invalid format for --component option's argument:\n    ${argument}`;
    const { name, ...className } = parseComponentArgument(argument, misformed);
    if (name === null) throw new CommandFailure('Found an unnamed component.');
    if (this.#components.some((other) => other.name === name)) {
      throw new CommandFailure(`Duplicate component instance name:\n    ${name}`);
    }
    const params = new Map(this.#baseParams);
    this.#components.push({ ...className, name, params, logLevel: this.#defaultLogLevel });
  }

  #addParams(argument: string): void {
    const current = this.#components.at(-1);
    if (current === undefined) {
      throw new CommandFailure(`Cannot add parameters to unavailable component:\n    ${argument}`);
    }
    for (const [name, value] of readParams('--params', argument)) current.params.set(name, value);
  }

  #setLogLevel(argument: string): void {
    const current = this.#components.at(-1);
    if (current === undefined) {
      throw new CommandFailure(`Cannot set the log level of unavailable component:\n    ${argument}`);
    }
    current.logLevel = requireLogLevel(argument);
  }
}

/** The level that the argument of `--log-level` names. */
export function requireLogLevel(argument: string): LogLevel {
  const level = parseLogLevel(argument);
  if (level === null) throw new CommandFailure(`Invalid argument for --log-level option:\n    ${argument}`);
  return level;
}

/** The version that the argument of `--allowed-mip-versions` names. */
export function parseMipVersion(argument: string): number {
  if (!MIP_VERSIONS.includes(argument)) {
    throw new CommandFailure(
      `Invalid argument for --allowed-mip-versions option (expecting ${MIP_VERSIONS.join(' or ')}):\n    ${argument}`,
    );
  }
  return Number(argument);
}

function parseRetryDuration(argument: string): number {
  if (!/^\s*[+-]?\d+$/.test(argument)) {
    throw new CommandFailure(
      `Could not parse --retry-duration option's argument as an unsigned integer: \`${argument}\``,
    );
  }
  const durationUs = Number(argument);
  if (durationUs < 0) {
    throw new CommandFailure(`--retry-duration option's argument must be positive or 0: ${durationUs}`);
  }
  return Math.min(durationUs, Number.MAX_SAFE_INTEGER);
}
