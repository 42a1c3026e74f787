/** Log levels and where log lines go. Levels, their letters and their order are Babeltrace 2's. */

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'fatal', 'none'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Takes finished lines; the edge writes them somewhere. */
export interface LogSink {
  log(level: LogLevel, tag: string, message: string): void;
}

/** A logger drops what is below its level before the text is made: pass a function for a costly text. */
export class Logger {
  readonly level: LogLevel;
  readonly #tag: string;
  readonly #sink: LogSink;
  readonly #threshold: number;

  constructor(tag: string, level: LogLevel, sink: LogSink) {
    this.level = level;
    this.#tag = tag;
    this.#sink = sink;
    this.#threshold = LOG_LEVELS.indexOf(level);
  }

  isOn(level: LogLevel): boolean {
    return level !== 'none' && LOG_LEVELS.indexOf(level) >= this.#threshold;
  }

  log(level: LogLevel, message: string | (() => string)): void {
    if (this.isOn(level)) this.#sink.log(level, this.#tag, typeof message === 'string' ? message : message());
  }

  debug(message: string | (() => string)): void {
    this.log('debug', message);
  }

  info(message: string | (() => string)): void {
    this.log('info', message);
  }

  warn(message: string | (() => string)): void {
    this.log('warning', message);
  }

  error(message: string | (() => string)): void {
    this.log('error', message);
  }

  /** A logger of the same level and sink with another tag. */
  named(tag: string): Logger {
    return new Logger(tag, this.level, this.#sink);
  }
}

/** Where lines go when nobody listens. */
export const SILENT_LOG: LogSink = { log: () => undefined };
