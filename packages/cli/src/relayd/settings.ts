/**
 * What a start of `lttng-relayd` is to do, from environment, configuration files and command line, each of which
 * overrides the one before. Texts and order of refusals are upstream's. Pure.
 */
import {
  parseRelayUrl,
  RELAY_CONTROL_PORT,
  RELAY_DATA_PORT,
  RELAY_LIVE_PORT,
} from '@lttng-ts/protocols/relay';
import type { Grouping, RelayAddress } from '@lttng-ts/relayd';
import { configEntries, parseSwitch } from '../daemon/config-file.ts';
import { parseGetopt } from '../daemon/parse-getopt.ts';
import {
  parseNumber,
  type StartDecision,
  type StartMessage,
  type StartMode,
  type StartRequest,
} from '../daemon/start.ts';
import { relaydOptions } from './options.ts';

export interface RelaydSettings {
  readonly mode: StartMode;
  readonly control: RelayAddress;
  readonly data: RelayAddress;
  readonly live: RelayAddress;
  /** Absolute; null: `lttng-traces` below the user's home. */
  readonly outputPath: string | null;
  readonly workingDirectory: string | null;
  readonly grouping: Grouping;
  readonly isClearAllowed: boolean;
  readonly maxOpenFiles: number | null;
  /** 0 to 3. */
  readonly verbosity: number;
  readonly pidFile: string | null;
  readonly keepAlive: { readonly isEnabled: boolean; readonly idleMs: number };
}

const MIN_OPEN_FILES = 100;
const COMMAND_LINE_ONLY: readonly string[] = ['help', 'version', 'config'];
const PORTS = {
  'control-port': { what: 'control', host: '0.0.0.0', port: RELAY_CONTROL_PORT },
  'data-port': { what: 'data', host: '0.0.0.0', port: RELAY_DATA_PORT },
  'live-port': { what: 'live', host: 'localhost', port: RELAY_LIVE_PORT },
} as const;

/** Decides what to do. */
export function decideRelaydStart(request: StartRequest): StartDecision<RelaydSettings> {
  const { words, environment, configPaths, readText } = request;
  const { uses, refusal } = parseGetopt(relaydOptions, words);
  const messages: StartMessage[] = [];
  const refuse = (...faults: readonly StartMessage[]): StartDecision<RelaydSettings> => ({
    kind: 'refuse',
    messages: [...messages, ...faults],
  });
  if (refusal !== null) return refuse({ kind: 'refusal', text: refusal });
  const values = new Values();
  values.applyEnvironment(environment);
  const configPath = uses.findLast(({ long }) => long === 'config')?.value ?? '';
  const files = configPaths.map((path) => readText(path));
  if (configPath !== '') {
    const text = readText(configPath);
    if (text === null) return refuse(error(`Failed to open daemon configuration file at ${configPath}`));
    files.push(text);
  }
  for (const text of files) {
    for (const { name, value } of configEntries(text ?? '', 'relayd')) {
      if (COMMAND_LINE_ONLY.includes(name)) continue;
      const spec = relaydOptions.find(({ long }) => long === name);
      if (spec === undefined) {
        messages.push(warning(`Unrecognized option "${name}" in daemon configuration file.`));
        continue;
      }
      if ('argument' in spec) messages.push(...values.apply(name, value));
      else {
        const level = parseSwitch(value);
        if (level === null)
          messages.push(warning(`Invalid configuration value "${value}" for option ${name}`));
        else if (level > 0) messages.push(...values.apply(name, String(level)));
      }
    }
  }
  let wantsVersion = false;
  for (const { long, value } of uses) {
    if (long === 'help') return { kind: 'help', messages };
    if (long === 'version') wantsVersion = true;
    else if (long === 'verbose') values.verbosity++;
    else {
      const faults = values.apply(long, value ?? '1');
      if (faults.length > 0) return refuse(...faults);
    }
  }
  if (wantsVersion) return { kind: 'version', messages };
  const { output } = values;
  if (output !== null && !output.startsWith('/')) {
    return refuse(error('Please specify an absolute path for -o, --output PATH'));
  }
  return { kind: 'run', messages, settings: values.settings };
}

class Values {
  verbosity = 0;
  #mode: StartMode = 'foreground';
  readonly #addresses = new Map<string, RelayAddress>();
  readonly #texts = new Map<string, string>();
  #grouping: Grouping | null = null;
  #isClearAllowed = true;
  #maxOpenFiles: number | null = null;
  #keepAlive = { isEnabled: false, idleMs: 0 };

  get output(): string | null {
    return this.#texts.get('output') ?? null;
  }

  applyEnvironment(environment: StartRequest['environment']): void {
    const number = (name: string): number => Number(environment[name] ?? 0);
    this.#isClearAllowed = number('LTTNG_RELAYD_DISALLOW_CLEAR') !== 1;
    const idleS = number('LTTNG_RELAYD_TCP_KEEP_ALIVE_IDLE_TIME');
    this.#keepAlive = {
      isEnabled: number('LTTNG_RELAYD_TCP_KEEP_ALIVE') === 1,
      idleMs: idleS > 0 ? idleS * 1000 : 0,
    };
    const folder = environment['LTTNG_RELAYD_WORKING_DIRECTORY'] ?? '';
    if (folder !== '') this.#texts.set('working-directory', folder);
  }

  /** Applies one option; gives what is wrong with it. */
  apply(name: string, value: string): readonly StartMessage[] {
    switch (name) {
      case 'control-port':
      case 'data-port':
      case 'live-port':
        return this.#applyPort(name, value);
      case 'daemonize':
        if (this.#mode === 'foreground') this.#mode = 'daemon';
        return [];
      case 'background':
        this.#mode = 'background';
        return [];
      case 'verbose':
        this.verbosity = Number(value);
        return [];
      case 'fd-pool-size':
        return this.#applyPoolSize(value);
      case 'group-output-by-session':
      case 'group-output-by-host':
        return this.#applyGrouping(name);
      case 'disallow-clear':
        this.#isClearAllowed = false;
        return [];
      case 'dynamic-port-allocation':
        for (const [port, { host }] of Object.entries(PORTS)) {
          const given = this.#addresses.get(port);
          this.#addresses.set(port, { host: given?.host ?? host, port: 0 });
        }
        return [];
      default:
        this.#texts.set(name, value);
        return [];
    }
  }

  #applyPort(name: keyof typeof PORTS, value: string): readonly StartMessage[] {
    const { what, port: defaultPort } = PORTS[name];
    const parsed = parseRelayUrl(value);
    if ('faults' in parsed) {
      return [...parsed.faults.map(error), error(`Invalid ${what} URI specified`)];
    }
    const { host, port } = parsed.url;
    this.#addresses.set(name, { host, port: port ?? defaultPort });
    return [];
  }

  #applyPoolSize(value: string): readonly StartMessage[] {
    const number = parseNumber(value);
    if (number === null) return [error(`Wrong value in --fd-pool-size parameter: ${value}`)];
    if (number < MIN_OPEN_FILES) {
      return [error(`File descriptor pool size must be set to at least ${MIN_OPEN_FILES}`)];
    }
    this.#maxOpenFiles = Number(number);
    return [];
  }

  #applyGrouping(name: 'group-output-by-session' | 'group-output-by-host'): readonly StartMessage[] {
    if (this.#grouping !== null) {
      return [error(`Cannot set --${name}, another --group-output-by argument is present`)];
    }
    this.#grouping = name === 'group-output-by-session' ? 'session' : 'host';
    return [];
  }

  get settings(): RelaydSettings {
    const address = (name: keyof typeof PORTS): RelayAddress => {
      const { host, port } = PORTS[name];
      return this.#addresses.get(name) ?? { host, port };
    };
    const text = (name: string): string | null => this.#texts.get(name) ?? null;
    return {
      mode: this.#mode,
      control: address('control-port'),
      data: address('data-port'),
      live: address('live-port'),
      outputPath: text('output'),
      workingDirectory: text('working-directory'),
      grouping: this.#grouping ?? 'host',
      isClearAllowed: this.#isClearAllowed,
      maxOpenFiles: this.#maxOpenFiles,
      verbosity: Math.min(this.verbosity, 3),
      pidFile: text('pid-file'),
      keepAlive: this.#keepAlive,
    };
  }
}

const error = (text: string): StartMessage => ({ kind: 'error', text });
const warning = (text: string): StartMessage => ({ kind: 'warning', text });
