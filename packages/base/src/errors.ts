/**
 * The kinds of failure, each with the one who reacts to it.
 *
 * | class           | means          | who reacts                                   |
 * |-----------------|----------------|----------------------------------------------|
 * | `FormatError`   | broken trace   | the component that reads it ends             |
 * | `ProtocolError` | broken peer    | that connection is closed, nothing else      |
 * | `PeerError`     | peer refused   | the caller decides                           |
 * | `SystemError`   | machine refused| retry, or fail that operation                |
 * | `UsageError`    | wrong use      | the person at the command line is told       |
 *
 * A bug is none of these: see `assert.ts`. Messages have the form `Sentence: name=value, name="text"`.
 */

/** Names and values that say where an error happened: printed as `Data stream: file="ch0_3", packet=17`. */
export type ErrorDetails = Readonly<Record<string, string | number | bigint | boolean>>;

interface Context {
  readonly what: string;
  readonly details: ErrorDetails;
}

/** Base of all errors that are not bugs. Context is added on the way up by {@link LttngError.within}. */
export class LttngError extends Error {
  override readonly name: string = 'LttngError';
  /** Stable identifier for programs: `LTTNG_FORMAT`, `LTTNG_PROTOCOL`, … */
  readonly code: string;
  readonly #contexts: Context[] = [];

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Adds the place around this error, outermost last, and returns the same error for `throw`. */
  within(what: string, details: ErrorDetails = {}): this {
    this.#contexts.push({ what, details });
    return this;
  }

  /** The whole story, outermost place first, one line each, indented. */
  get story(): string {
    const places = [...this.#contexts].reverse().map(({ what, details }) => describe(what, details));
    return [...places, `${this.message} [${this.code}]`]
      .map((line, depth) => '  '.repeat(depth) + line)
      .join('\n');
  }
}

/** Bytes or metadata of a trace are wrong. */
export class FormatError extends LttngError {
  override readonly name = 'FormatError';
  constructor(message: string, options?: ErrorOptions) {
    super('LTTNG_FORMAT', message, options);
  }
}

/** A peer broke the rules of a protocol. */
export class ProtocolError extends LttngError {
  override readonly name = 'ProtocolError';
  constructor(message: string, options?: ErrorOptions) {
    super('LTTNG_PROTOCOL', message, options);
  }
}

/** A peer answered a request with an error number of its protocol. */
export class PeerError extends LttngError {
  override readonly name = 'PeerError';
  /** The number as the protocol gives it. */
  readonly number: number;
  /** Upstream's name of that number. */
  readonly peerName: string;
  constructor(number: number, peerName: string, message: string, options?: ErrorOptions) {
    super('LTTNG_PEER', message, options);
    this.number = number;
    this.peerName = peerName;
  }
}

/** The operating system refused a call. */
export class SystemError extends LttngError {
  override readonly name = 'SystemError';
  readonly syscall: string;
  /** Name of the errno: `ENOSPC`. */
  readonly errnoName: string;
  constructor(syscall: string, errnoName: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super('LTTNG_SYSTEM', describe(`System call failed`, { syscall, errno: errnoName, ...details }), options);
    this.syscall = syscall;
    this.errnoName = errnoName;
  }
}

/** A person or a calling program asked for something that makes no sense. */
export class UsageError extends LttngError {
  override readonly name = 'UsageError';
  constructor(message: string, options?: ErrorOptions) {
    super('LTTNG_USAGE', message, options);
  }
}

/** Formats `what: name=value, name="text"`, the house form of messages and log lines. */
export function describe(what: string, details: ErrorDetails): string {
  const pairs = Object.entries(details).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? JSON.stringify(value) : String(value)}`,
  );
  return pairs.length === 0 ? what : `${what}: ${pairs.join(', ')}`;
}

/** Turns what a `catch` caught into an `Error`. */
export function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
