/** What the starts of all daemons have in common: where the process goes, what it is asked, what it says. Pure. */

/** Where the process goes: it stays, it goes and keeps its standard streams, it goes without them. */
export type StartMode = 'foreground' | 'background' | 'daemon';

/** A line for the person who starts the daemon. */
export interface StartMessage {
  readonly kind: 'error' | 'warning' | 'refusal';
  readonly text: string;
}

/** What a start comes to; the messages are for standard error, whatever it is. */
export type StartDecision<Settings> =
  | { readonly kind: 'run'; readonly messages: readonly StartMessage[]; readonly settings: Settings }
  | { readonly kind: 'refuse' | 'version' | 'help'; readonly messages: readonly StartMessage[] };

export interface StartRequest {
  /** The words after the program's name. */
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Configuration files that need not exist, in their order. */
  readonly configPaths: readonly string[];
  /** Gives a file's text, `''` of what is no file, or null when it cannot be opened. */
  readonly readText: (path: string) => string | null;
}

/** Largest number that upstream's parser takes for a number at all. */
const MAX_NUMBER = 2n ** 64n - 1n;

/** Reads a number as C's strtoul does (0x, octal, trailing text), but only when it begins with a digit. */
export function parseNumber(text: string): bigint | null {
  const match = /^(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)/i.exec(text);
  if (match === null) return null;
  const digits = match[0];
  const number = /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits);
  return number > MAX_NUMBER ? null : number;
}
