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
import type { Grouping, HostLimits, KeepAlive, PortName, RelayAddress } from '@lttng-ts/relayd';
import { configEntries, parseSwitch } from '../daemon/config-file.ts';
import { parseGetopt } from '../daemon/parse-getopt.ts';
import {
  parseNumber,
  type StartDecision,
  type StartMessage,
  type StartMode,
  type StartRequest,
} from '../daemon/start.ts';
import { readKeepAlive } from './keep-alive.ts';
import { relaydOptions } from './options.ts';

export interface RelaydSettings {
  readonly mode: StartMode;
  readonly control: RelayPortSetting;
  readonly data: RelayPortSetting;
  readonly live: RelayPortSetting;
  /** Absolute; null: `lttng-traces` below the user's home. */
  readonly outputPath: string | null;
  readonly workingDirectory: string | null;
  readonly grouping: Grouping;
  readonly isClearAllowed: boolean;
  readonly maxOpenFiles: number | null;
  /** 0 to 3. */
  readonly verbosity: number;
  readonly pidFile: string | null;
  readonly keepAlive: KeepAlive;
  /** Null: serve; else the form in which the status of another is shown. */
  readonly statusForm: 'text' | 'json' | null;
  readonly metrics: RelayPortSetting | null;
  /** 0: never. */
  readonly firstBytesTimeoutS: number;
  readonly stallTimeoutS: number;
  readonly resumeTimeoutS: number;
  readonly hostLimits: HostLimits;
  readonly tokenFile: string | null;
  readonly tls: {
    readonly certificate: string;
    readonly key: string;
    readonly peerAuthorities: string | null;
    readonly ports: readonly PortName[];
  } | null;
}

/** Where a port is to be; the name is resolved later. */
export interface RelayPortSetting extends RelayAddress {
  /** What messages call it. */
  readonly what: string;
  readonly family: 4 | 6;
}

const MIN_OPEN_FILES = 100;
const MAX_POOL_SIZE = 2n ** 32n - 1n;
const COMMAND_LINE_ONLY: readonly string[] = ['help', 'version', 'config', 'status', 'json'];
const DEFAULT_METRICS_HOST = '127.0.0.1';
const NAMES_OF_PORTS: readonly PortName[] = ['control', 'data', 'live'];
/** Numbers of our own options, and what they are without them (null: no limit). */
const NUMBERS = {
  'first-bytes-timeout': 60,
  'stall-timeout': 300,
  'resume-timeout': 60,
  'max-host-connections': null,
  'max-host-streams': null,
  'max-host-bytes': null,
} as const;
type NumberName = keyof typeof NUMBERS;
/** Days of a timer of Node, in seconds. */
const MAX_TIMEOUT_S = 2_000_000n;
const PORTS = {
  'control-port': { what: 'control', host: '0.0.0.0', family: 4, port: RELAY_CONTROL_PORT },
  'data-port': { what: 'data', host: '0.0.0.0', family: 4, port: RELAY_DATA_PORT },
  'live-port': { what: 'live', host: 'localhost', family: 4, port: RELAY_LIVE_PORT },
} as const;

/** Decides what to do. */
export function decideRelaydStart(request: StartRequest): StartDecision<RelaydSettings> {
  const { words, environment, configPaths, readText } = request;
  const { uses, refusal } = parseGetopt(relaydOptions, words);
  const { keepAlive, messages: keepAliveMessages } = readKeepAlive(environment);
  const messages: StartMessage[] = [...keepAliveMessages];
  const refuse = (...faults: readonly StartMessage[]): StartDecision<RelaydSettings> => ({
    kind: 'refuse',
    messages: [...messages, ...faults],
  });
  if (refusal !== null) return refuse({ kind: 'refusal', text: refusal });
  const values = new Values(keepAlive);
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
      else if (name.startsWith('group-output-by-')) {
        const faults = parseSwitch(value) === 0 ? [] : values.apply(name, value);
        if (faults.length > 0) return refuse(...faults);
      } else {
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
  const late = values.lateFaults(environment);
  if (late.length > 0) return refuse(...late);
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
  readonly #addresses = new Map<string, Omit<RelayPortSetting, 'what'>>();
  readonly #texts = new Map<string, string>();
  #grouping: Grouping | null = null;
  #isClearAllowed = true;
  #isClearDecided = false;
  #maxOpenFiles: number | null = null;
  readonly #keepAlive: KeepAlive;
  readonly #numbers = new Map<NumberName, number>();
  #metrics: RelayPortSetting | null = null;
  /** Null: not said. */
  #tlsPorts: readonly PortName[] | null = null;

  constructor(keepAlive: KeepAlive) {
    this.#keepAlive = keepAlive;
  }

  get output(): string | null {
    return this.#texts.get('output') ?? null;
  }

  applyEnvironment(environment: StartRequest['environment']): void {
    const folder = environment['LTTNG_RELAYD_WORKING_DIRECTORY'];
    if (folder !== undefined) this.#texts.set('working-directory', folder);
  }

  /** What is wrong with the whole, once all options are known. */
  lateFaults(environment: StartRequest['environment']): readonly StartMessage[] {
    const size = this.#maxOpenFiles;
    if (size !== null && size < MIN_OPEN_FILES) {
      return [error(`File descriptor pool size must be set to at least ${MIN_OPEN_FILES}`)];
    }
    if (this.#texts.has('tls-certificate') !== this.#texts.has('tls-key')) {
      return [error('A certificate and its key come together: --tls-certificate, --tls-key')];
    }
    const needy = [
      ...(this.#texts.has('tls-peer-ca') ? ['tls-peer-ca'] : []),
      ...(this.#tlsPorts === null ? [] : ['tls-ports']),
    ];
    if (needy.length > 0 && !this.#texts.has('tls-certificate')) {
      return needy.map((name) => error(`--${name} needs --tls-certificate`));
    }
    if (this.#texts.has('json') && !this.#texts.has('status')) return [error('--json needs --status')];
    const disallow = environment['LTTNG_RELAYD_DISALLOW_CLEAR'];
    if (disallow === undefined || this.#isClearDecided) return [];
    const level = parseSwitch(disallow);
    if (level === null) return [error('Invalid value for LTTNG_RELAYD_DISALLOW_CLEAR specified')];
    this.#isClearAllowed = level === 0;
    return [];
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
      case 'first-bytes-timeout':
      case 'stall-timeout':
      case 'resume-timeout':
      case 'max-host-connections':
      case 'max-host-streams':
      case 'max-host-bytes':
        return this.#applyNumber(name, value);
      case 'metrics-port':
        return this.#applyMetrics(value);
      case 'tls-ports': {
        const names = value.split(',');
        const odd = names.find((port) => !NAMES_OF_PORTS.some((known) => known === port));
        if (odd !== undefined) return [error(`Unknown port in --tls-ports parameter: ${odd}`)];
        this.#tlsPorts = NAMES_OF_PORTS.filter((port) => names.includes(port));
        return [];
      }
      case 'disallow-clear':
        this.#isClearDecided = true;
        this.#isClearAllowed = false;
        return [];
      case 'dynamic-port-allocation':
        for (const [name, { host, family }] of Object.entries(PORTS)) {
          const given = this.#addresses.get(name);
          this.#addresses.set(name, { host, family, ...given, port: 0 });
        }
        return [];
      default:
        this.#texts.set(name, value);
        return [];
    }
  }

  #applyNumber(name: NumberName, value: string): readonly StartMessage[] {
    const number = /^\d+$/.test(value) ? parseNumber(value) : null;
    const isTime = name.endsWith('-timeout');
    const isGood = number !== null && (isTime ? number <= MAX_TIMEOUT_S : number > 0n);
    if (!isGood) return [error(`Wrong value in --${name} parameter: ${value}`)];
    this.#numbers.set(name, Number(number));
    return [];
  }

  #applyMetrics(value: string): readonly StartMessage[] {
    const url = /^\d+$/.test(value) ? `tcp://${DEFAULT_METRICS_HOST}:${value}` : value;
    const parsed = parseRelayUrl(url);
    if ('faults' in parsed) return [...parsed.faults.map(error), error('Invalid metrics URI specified')];
    const { host, port, protocol } = parsed.url;
    if (port === null) return [error('Invalid metrics URI specified')];
    const family = protocol.endsWith('6') || host.includes(':') ? 6 : 4;
    this.#metrics = { what: 'metrics', host, port, family };
    return [];
  }

  #applyPort(name: keyof typeof PORTS, value: string): readonly StartMessage[] {
    const { what, port: defaultPort } = PORTS[name];
    const parsed = parseRelayUrl(value);
    if ('faults' in parsed) {
      return [...parsed.faults.map(error), error(`Invalid ${what} URI specified`)];
    }
    const { host, port, protocol } = parsed.url;
    // Differs from upstream: an IPv6 address is taken after tcp:// too, as the manual says.
    const family = protocol.endsWith('6') || host.includes(':') ? 6 : 4;
    this.#addresses.set(name, { host, port: port ?? defaultPort, family });
    return [];
  }

  #applyPoolSize(value: string): readonly StartMessage[] {
    const number = parseNumber(value);
    if (number === null) return [error(`Wrong value in --fd-pool-size parameter: ${value}`)];
    if (number > MAX_POOL_SIZE) {
      return [error(`File descriptor cap overflow in --fd-pool-size parameter: ${value}`)];
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
    const address = (name: keyof typeof PORTS): RelayPortSetting => ({
      ...PORTS[name],
      ...this.#addresses.get(name),
    });
    const text = (name: string): string | null => this.#texts.get(name) ?? null;
    const number = (name: NumberName): number | null => this.#numbers.get(name) ?? NUMBERS[name];
    const [certificate, key] = [text('tls-certificate'), text('tls-key')];
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
      statusForm: text('status') === null ? null : text('json') === null ? 'text' : 'json',
      metrics: this.#metrics,
      firstBytesTimeoutS: number('first-bytes-timeout') ?? 0,
      stallTimeoutS: number('stall-timeout') ?? 0,
      resumeTimeoutS: number('resume-timeout') ?? 0,
      hostLimits: {
        connections: number('max-host-connections'),
        streams: number('max-host-streams'),
        bytes: number('max-host-bytes'),
      },
      tokenFile: text('token-file'),
      tls:
        certificate === null || key === null
          ? null
          : {
              certificate,
              key,
              peerAuthorities: text('tls-peer-ca'),
              ports: this.#tlsPorts ?? NAMES_OF_PORTS,
            },
    };
  }
}

const error = (text: string): StartMessage => ({ kind: 'error', text });
const warning = (text: string): StartMessage => ({ kind: 'warning', text });
