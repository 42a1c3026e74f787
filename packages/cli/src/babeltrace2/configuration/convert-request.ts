/**
 * The words of the `convert` command, read twice as upstream does: first what goes to the `run` command as it
 * stands (components, their parameters, paths), then the options that mean implicit components. So faults of
 * the first kind are told before faults of the second.
 */
import type { LogLevel } from '@lttng-ts/graph';
import { type CommandWords, commandItems } from '../arguments/command-items.ts';
import { commandTable, optionsOf } from '../arguments/option-tables.ts';
import { CommandFailure } from '../failure.ts';
import { type ComponentType, parseComponentArgument } from './component-argument.ts';
import { ComponentNames, ImplicitComponent } from './implicit-components.ts';
import { moreVerbose } from './log-level.ts';
import { splitTimeRange } from './time-range.ts';
import { fieldParams, nameParams } from './word-lists.ts';

/** A path or URL with the options behind it. */
export interface ConvertInput {
  readonly text: string;
  readonly params: readonly string[];
  /** Argument of `--log-level`, not looked at yet. */
  readonly logLevel: string | null;
}

/** What the words say, before sources are looked for. */
export interface ConvertRequest {
  /** Words of the `run` command for explicit components. */
  readonly runWords: readonly string[];
  readonly names: ComponentNames;
  readonly namesByType: Readonly<Record<ComponentType, string[]>>;
  readonly inputs: readonly ConvertInput[];
  readonly implicit: ImplicitComponents;
  readonly choices: ConvertChoices;
}

/** The implicit components that options may ask for. */
export interface ImplicitComponents {
  readonly live: ImplicitComponent;
  readonly text: ImplicitComponent;
  readonly json: ImplicitComponent;
  readonly ctf: ImplicitComponent;
  readonly dummy: ImplicitComponent;
  readonly trimmer: ImplicitComponent;
  readonly debugInfo: ImplicitComponent;
  readonly expression: ImplicitComponent;
}

export interface ConvertChoices {
  readonly logLevel: LogLevel | null;
  readonly inputFormat: 'ctf' | 'lttng-live' | null;
  readonly printsMetadata: boolean;
  readonly output: string | null;
  readonly printsRunWords: 'quoted' | 'zero-ended' | null;
  readonly isIntersection: boolean;
  readonly showsProgress: boolean;
  readonly forcesCorrelation: boolean;
  readonly clockOffsetS: string | null;
  readonly clockOffsetNs: string | null;
  readonly continuesAfterDamage: boolean;
  /** Threads that print text. */
  readonly jobs: number;
}

/** Reads the words; `'help'` when they ask for it or when there are none. */
export function readConvertWords(words: CommandWords, logLevel: LogLevel | null): ConvertRequest | 'help' {
  if (words.words.length === 0) return 'help';
  const explicit = readExplicit(words);
  if (explicit === 'help') return 'help';
  const options = new ImplicitOptions(logLevel);
  for (const item of itemsOf(words)) if (item.kind === 'option') options.use(item.long, item.value);
  return { ...explicit, implicit: options.components, choices: options.choices };
}

const itemsOf = (words: CommandWords): ReturnType<typeof commandItems> =>
  commandItems('convert', optionsOf(commandTable.convert), words);

type Explicit = Pick<ConvertRequest, 'runWords' | 'names' | 'namesByType' | 'inputs'>;

interface OpenInput extends ConvertInput {
  readonly params: string[];
  logLevel: string | null;
}

function readExplicit(words: CommandWords): Explicit | 'help' {
  const reader = new ExplicitReader();
  for (const item of itemsOf(words)) {
    if (item.kind === 'word') reader.addInput(item.word);
    else if (item.long === 'help') return 'help';
    else reader.use(item.long, item.value);
  }
  return reader.result;
}

class ExplicitReader {
  readonly #runWords: string[] = [];
  readonly #names = new ComponentNames();
  readonly #namesByType: Record<ComponentType, string[]> = { source: [], filter: [], sink: [] };
  readonly #inputs: OpenInput[] = [];
  /** What `--params` and `--log-level` apply to. */
  #current: 'none' | 'component' | 'input' = 'none';

  get result(): Explicit {
    return {
      runWords: this.#runWords,
      names: this.#names,
      namesByType: this.#namesByType,
      inputs: this.#inputs,
    };
  }

  addInput(text: string): void {
    this.#inputs.push({ text, params: [], logLevel: null });
    this.#current = 'input';
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
      case 'retry-duration':
      case 'allowed-mip-versions':
        this.#runWords.push(`--${option}`, value);
        return;
    }
  }

  #addComponent(argument: string): void {
    this.#current = 'component';
    const misformed = `Invalid format for --component option's argument:\n    ${argument}`;
    const { name, type } = parseComponentArgument(argument, misformed);
    if (name !== null && this.#names.has(name)) {
      throw new CommandFailure(`Duplicate component instance name:\n    ${name}`);
    }
    const itsName = this.#names.addFree(name ?? argument);
    this.#namesByType[type].push(itsName);
    this.#runWords.push('--component', name === null ? `${itsName}:${argument}` : argument);
  }

  #addParams(argument: string): void {
    if (this.#current === 'component') this.#runWords.push('--params', argument);
    else if (this.#current === 'input') this.#inputs.at(-1)?.params.push(argument);
    else {
      throw new CommandFailure(
        `No current component (--component option) or non-option argument of which to set parameters:\n    ${argument}`,
      );
    }
  }

  #setLogLevel(argument: string): void {
    const input = this.#inputs.at(-1);
    if (this.#current === 'component') this.#runWords.push('--log-level', argument);
    else if (this.#current === 'input' && input !== undefined) input.logLevel = argument;
    else {
      throw new CommandFailure(
        `No current component (--component option) or non-option argument to assign a log level to:\n    ${argument}`,
      );
    }
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Collects the options that mean implicit components. */
class ImplicitOptions {
  readonly components: ImplicitComponents = {
    live: new ImplicitComponent('source.ctf.lttng-live'),
    text: new ImplicitComponent('sink.text.pretty'),
    json: new ImplicitComponent('sink.text.json'),
    ctf: new ImplicitComponent('sink.ctf.fs'),
    dummy: new ImplicitComponent('sink.utils.dummy'),
    trimmer: new ImplicitComponent('filter.utils.trimmer'),
    debugInfo: new ImplicitComponent('filter.lttng-utils.debug-info'),
    expression: new ImplicitComponent('filter.lttng-ts.expression'),
  };
  readonly choices: Mutable<ConvertChoices>;
  readonly #expressions: string[] = [];
  #hasBegin = false;
  #hasEnd = false;
  #hasOutputFormat = false;

  constructor(logLevel: LogLevel | null) {
    this.choices = {
      logLevel,
      inputFormat: null,
      printsMetadata: false,
      output: null,
      printsRunWords: null,
      isIntersection: false,
      showsProgress: true,
      forcesCorrelation: false,
      clockOffsetS: null,
      clockOffsetNs: null,
      continuesAfterDamage: false,
      jobs: 1,
    };
  }

  use(option: string, value: string): void {
    handlers[option]?.(this, value);
  }

  wantText(params: string): void {
    this.components.text.isWanted = true;
    this.components.text.addParams(params);
  }

  wantDebugInfo(): ImplicitComponent {
    this.components.debugInfo.isWanted = true;
    return this.components.debugInfo;
  }

  /** All expressions must be true. */
  addFilter(expression: string): void {
    this.#expressions.push(expression);
    this.components.expression.isWanted = true;
    this.components.expression.setValue(
      'expression',
      this.#expressions.length === 1 ? expression : this.#expressions,
    );
  }

  setBegin(time: string): void {
    this.#refuseTwice('--begin', this.#hasBegin, time);
    this.#hasBegin = true;
    this.#addTime('begin', time);
  }

  setEnd(time: string): void {
    this.#refuseTwice('--end', this.#hasEnd, time);
    this.#hasEnd = true;
    this.#addTime('end', time);
  }

  /** A second range is taken, as upstream takes it: the later times win. */
  setRange(argument: string): void {
    if (this.#hasBegin || this.#hasEnd) {
      throw new CommandFailure(
        `At --timerange option: --begin, --end, or --timerange option already specified\n    ${argument}`,
      );
    }
    const { begin, end } = splitTimeRange(argument);
    this.#addTime('begin', begin);
    this.#addTime('end', end);
  }

  setOutputFormat(format: string): void {
    if (this.#hasOutputFormat) throw new CommandFailure('Duplicate --output-format option.');
    this.#hasOutputFormat = true;
    const { text, json, ctf, dummy } = this.components;
    const sink = { text, json, ctf, dummy }[format];
    if (sink !== undefined) sink.isWanted = true;
    else if (format === 'ctf-metadata') this.choices.printsMetadata = true;
    else throw new CommandFailure(`Unknown legacy output format:\n    ${format}`);
  }

  setInputFormat(format: string): void {
    if (this.choices.inputFormat !== null) throw new CommandFailure('Duplicate --input-format option.');
    if (format !== 'ctf' && format !== 'lttng-live') {
      throw new CommandFailure(`Unknown legacy input format:\n    ${format}`);
    }
    this.choices.inputFormat = format;
    this.components.live.isWanted = format === 'lttng-live';
  }

  printRunWords(form: 'quoted' | 'zero-ended'): void {
    if (this.choices.printsRunWords !== null && this.choices.printsRunWords !== form) {
      throw new CommandFailure('Cannot specify --run-args and --run-args-0.');
    }
    this.choices.printsRunWords = form;
  }

  setOnce(key: 'clockOffsetS' | 'clockOffsetNs' | 'output', value: string, duplicate: string): void {
    if (this.choices[key] !== null) throw new CommandFailure(duplicate);
    this.choices[key] = value;
  }

  setJobs(argument: string): void {
    if (!JOBS.test(argument)) {
      throw new CommandFailure(`Invalid --jobs option's argument (expecting 1 to 99):\n    ${argument}`);
    }
    this.choices.jobs = Number(argument);
  }

  speakMore(level: LogLevel): void {
    this.choices.logLevel = moreVerbose(this.choices.logLevel, level);
  }

  #refuseTwice(option: string, isSet: boolean, argument: string): void {
    if (isSet) {
      throw new CommandFailure(
        `At ${option} option: ${option} or --timerange option already specified\n    ${argument}`,
      );
    }
  }

  #addTime(key: string, time: string): void {
    this.components.trimmer.isWanted = true;
    this.components.trimmer.addValue(key, time);
  }
}

/** One thread for each processor is as many as anybody can use. */
const JOBS = /^[1-9]\d?$/;

/** What each option does; options that the first reading took are not here. */
const handlers: Readonly<Record<string, (options: ImplicitOptions, value: string) => void>> = {
  begin: (options, value) => options.setBegin(value),
  end: (options, value) => options.setEnd(value),
  timerange: (options, value) => options.setRange(value),
  'clock-cycles': (options) => options.wantText('clock-cycles=yes'),
  'clock-date': (options) => options.wantText('clock-date=yes'),
  'clock-gmt': (options) => {
    options.wantText('clock-gmt=yes');
    options.components.trimmer.addParams('gmt=yes');
    options.components.expression.addParams('gmt=yes');
  },
  'clock-seconds': (options) => options.wantText('clock-seconds=yes'),
  color: (options, value) => {
    options.wantText('');
    options.components.text.addValue('color', value);
  },
  fields: (options, value) => options.wantText(fieldParams(value)),
  names: (options, value) => options.wantText(nameParams(value)),
  'no-delta': (options) => options.wantText('no-delta=yes'),
  'clock-force-correlate': (options) => {
    options.choices.forcesCorrelation = true;
  },
  'clock-offset': (options, value) =>
    options.setOnce('clockOffsetS', value, 'Duplicate --clock-offset option'),
  'clock-offset-ns': (options, value) =>
    options.setOnce('clockOffsetNs', value, 'Duplicate --clock-offset-ns option'),
  'continue-after-damage': (options) => {
    options.choices.continuesAfterDamage = true;
  },
  'debug-info': (options) => {
    options.wantDebugInfo();
  },
  'debug-info-dir': (options, value) => options.wantDebugInfo().addValue('debug-info-dir', value),
  'debug-info-full-path': (options) => options.wantDebugInfo().addParams('full-path=yes'),
  'debug-info-target-prefix': (options, value) => options.wantDebugInfo().addValue('target-prefix', value),
  filter: (options, value) => options.addFilter(value),
  jobs: (options, value) => options.setJobs(value),
  'input-format': (options, value) => options.setInputFormat(value),
  'output-format': (options, value) => options.setOutputFormat(value),
  output: (options, value) => options.setOnce('output', value, 'Duplicate --output option'),
  'no-progress': (options) => {
    options.choices.showsProgress = false;
  },
  'run-args': (options) => options.printRunWords('quoted'),
  'run-args-0': (options) => options.printRunWords('zero-ended'),
  'stream-intersection': (options) => {
    options.choices.isIntersection = true;
  },
  verbose: (options) => options.speakMore('info'),
  debug: (options) => options.speakMore('trace'),
};
