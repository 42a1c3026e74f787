/**
 * What a start of `lttng-sessiond` is to do, from environment, configuration files and command line, each
 * of which overrides the one before. Texts and order of refusals are upstream's: a command line that
 * getopt refuses is refused first; a wrong value in a file is told and passed over; a wrong value on the
 * command line ends the start. Pure.
 */

import type { TraceFormat } from '@lttng-ts/protocols';
import { configEntries, parseSwitch } from '../daemon/config-file.ts';
import { parseGetopt } from '../daemon/parse-getopt.ts';
import type { StartDecision, StartMessage, StartMode, StartRequest } from '../daemon/start.ts';
import type { OptionUse } from '../lttng/options/option-spec.ts';
import { checkArgument, isTraceFormat, TRACE_FORMATS } from './option-values.ts';
import { type SessiondOption, sessiondOptions, withoutEffect } from './options.ts';

export interface SessiondSettings {
  readonly mode: StartMode;
  /** Send SIGUSR1 to the parent when ready. */
  readonly signalsParent: boolean;
  readonly isQuiet: boolean;
  /** 0 to 3. */
  readonly verbosity: number;
  readonly tracesKernel: boolean;
  readonly groupName: string;
  /** As given; null: the default. */
  readonly clientSocket: string | null;
  readonly applicationSocket: string | null;
  readonly pidFile: string | null;
  /** Program that is the consumer; null: the one beside this program. */
  readonly consumerPath: string | null;
  /** What `--load` names; null: the default folders. */
  readonly loadPath: string | null;
  /** Of sessions whose creator does not say. */
  readonly defaultTraceFormat: TraceFormat;
  /** Options that were given and that change nothing here. */
  readonly withoutEffect: readonly SessiondOption[];
}

const DEFAULT_GROUP = 'tracing';
const MAX_VERBOSITY = 3;
const FORMAT_VARIABLE = 'LTTNG_SESSIOND_DEFAULT_TRACE_FORMAT';
/** Upstream's is CTF 2 since 2.15; everything else here is that of 2.13. */
const DEFAULT_FORMAT: TraceFormat = 'ctf-1.8';
/** Not to be set in a file: passed over without a word. */
const COMMAND_LINE_ONLY: readonly string[] = ['help', 'version', 'config'];

/** Decides what to do. */
export function decideStart(request: StartRequest): StartDecision<SessiondSettings> {
  const { words, environment, configPaths, readText } = request;
  const { uses, refusal } = parseGetopt(sessiondOptions, words);
  if (refusal !== null) return { kind: 'refuse', messages: [{ kind: 'refusal', text: refusal }] };
  const format = environment[FORMAT_VARIABLE];
  if (format !== undefined && !isTraceFormat(format)) {
    const expected = TRACE_FORMATS.join(', ');
    const text = `Wrong value of the variable ${FORMAT_VARIABLE}: ${format} (there are ${expected})`;
    return { kind: 'refuse', messages: [error(text)] };
  }
  const builder = new SettingsBuilder(environment);
  const messages: StartMessage[] = [];
  const configPath = uses.findLast(({ long }) => long === 'config')?.value ?? '';
  const files = configPaths.map((path) => readText(path));
  if (configPath !== '') {
    const text = readText(configPath);
    if (text === null) {
      messages.push(error(`Failed to open daemon configuration file at ${configPath}`));
      return { kind: 'refuse', messages };
    }
    files.push(text);
  }
  for (const text of files) messages.push(...builder.applyFile(text ?? ''));
  return decideByWords(uses, builder, messages);
}

function decideByWords(
  uses: readonly OptionUse[],
  builder: SettingsBuilder,
  messages: readonly StartMessage[],
): StartDecision<SessiondSettings> {
  for (const { long, value } of uses) {
    if (long === 'help') return { kind: 'help', messages };
    const fault = checkArgument(long, value);
    if (fault !== null) return { kind: 'refuse', messages: [...messages, fault] };
    builder.apply(long, value ?? '1', 'command-line');
  }
  if (uses.some(({ long }) => long === 'version')) return { kind: 'version', messages };
  return { kind: 'run', messages, settings: builder.settings };
}

class SettingsBuilder {
  readonly #values = new Map<string, string>();
  #verbosity = 0;

  constructor(environment: StartRequest['environment']) {
    const consumer = environment['LTTNG_CONSUMERD64_BIN'] ?? '';
    if (consumer !== '') this.#values.set('consumerd64-path', consumer);
    const format = environment[FORMAT_VARIABLE];
    if (format !== undefined) this.#values.set('default-trace-format', format);
  }

  /** Applies what a file says, and tells what is wrong with it. */
  applyFile(text: string): readonly StartMessage[] {
    return configEntries(text, 'sessiond').flatMap(({ name, value }) => {
      if (COMMAND_LINE_ONLY.includes(name)) return [];
      const spec = sessiondOptions.find(({ long }) => long === name);
      if (spec === undefined) {
        return [warning(`Unrecognized option "${name}" in daemon configuration file.`)];
      }
      if (!('argument' in spec)) return this.#applySwitch(name, value);
      const fault = checkArgument(name, value);
      if (fault !== null) return [fault];
      this.apply(name, value, 'file');
      return [];
    });
  }

  /** Applies one option whose value is right. Each `--verbose` of the command line says a little more. */
  apply(name: string, value: string, from: 'file' | 'command-line'): void {
    if (name === 'verbose') this.#verbosity = from === 'file' ? Number(value) : this.#verbosity + 1;
    else if (name !== 'config' && name !== 'version') this.#values.set(name, value);
  }

  get settings(): SessiondSettings {
    const find = (name: SessiondOption): string | null => this.#values.get(name) ?? null;
    const isOn = (name: SessiondOption): boolean => Number(find(name) ?? 0) > 0;
    const format = find('default-trace-format');
    // Whoever asks for both keeps the streams.
    const inBackground = isOn('background') ? 'background' : 'daemon';
    return {
      mode: isOn('daemonize') || isOn('background') ? inBackground : 'foreground',
      signalsParent: isOn('sig-parent'),
      isQuiet: isOn('quiet'),
      verbosity: Math.min(this.#verbosity, MAX_VERBOSITY),
      tracesKernel: !isOn('no-kernel'),
      groupName: find('group') ?? DEFAULT_GROUP,
      clientSocket: find('client-sock'),
      applicationSocket: find('apps-sock'),
      pidFile: find('pidfile'),
      consumerPath: find('consumerd64-path'),
      loadPath: find('load'),
      defaultTraceFormat: format !== null && isTraceFormat(format) ? format : DEFAULT_FORMAT,
      withoutEffect: withoutEffect.filter((name) => this.#values.has(name)),
    };
  }

  #applySwitch(name: string, value: string): readonly StartMessage[] {
    const level = parseSwitch(value);
    if (level === null) return [warning(`Invalid configuration value "${value}" for option ${name}`)];
    this.apply(name, String(level), 'file');
    return [];
  }
}

const error = (text: string): StartMessage => ({ kind: 'error', text });
const warning = (text: string): StartMessage => ({ kind: 'warning', text });
