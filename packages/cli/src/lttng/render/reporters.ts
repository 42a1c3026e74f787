/** The three forms of a command's output: text at once, XML or JSON at the end. */
import type { Reporter, ResultItem } from '../results.ts';
import { miDocument } from './mi.ts';
import { linesOf } from './text.ts';

/** Where rendered text goes. */
export interface Streams {
  stdout(text: string): void;
  stderr(text: string): void;
}

export interface FinishedCommand {
  readonly command: string;
  /** Null: the document says nothing of it. */
  readonly success: boolean | null;
  readonly exitCode: number;
  /** `false`: the command line was refused, so nothing is told beyond the errors. */
  readonly hasDocument: boolean;
}

/** A reporter that also ends the output. */
export interface OutputReporter extends Reporter {
  finish(command: FinishedCommand): void;
}

/** Lines as people read them. */
export function textReporter({ stdout, stderr }: Streams, isQuiet: boolean): OutputReporter {
  const out = (text: string): void => (isQuiet ? undefined : stdout(text));
  const err = (text: string): void => (isQuiet ? undefined : stderr(text));
  return {
    item: (item) => {
      for (const line of linesOf(item)) out(`${line}\n`);
    },
    note: (text) => out(`${text}\n`),
    progress: (piece) => out(piece),
    warning: (text) => err(`Warning: ${text}\n`),
    error: (text) => err(`Error: ${text}\n`),
    detail: (text) => err(`${text}\n`),
    finish: () => undefined,
  };
}

/** One XML document on standard output; words on standard error. Quiet does not silence the document. */
export function xmlReporter({ stdout, stderr }: Streams, isQuiet: boolean): OutputReporter {
  const items: ResultItem[] = [];
  const err = (text: string): void => (isQuiet ? undefined : stderr(text));
  return {
    item: (item) => {
      items.push(item);
    },
    note: () => undefined,
    progress: () => undefined,
    warning: (text) => err(`Warning: ${text}\n`),
    error: (text) => err(`Error: ${text}\n`),
    detail: (text) => err(`${text}\n`),
    finish: ({ command, success, hasDocument }) => {
      if (hasDocument) stdout(`${miDocument(command, items, success)}\n`);
    },
  };
}

/** One JSON text a line for each event, at once: for a command that goes on. Words are for people, on standard error. */
export function jsonLinesReporter({ stdout, stderr }: Streams): OutputReporter {
  return {
    item: (item) => stdout(`${JSON.stringify(item.kind === 'control-event' ? item.event : item)}\n`),
    note: (text) => stderr(`${text}\n`),
    progress: () => undefined,
    warning: (text) => stderr(`Warning: ${text}\n`),
    error: (text) => stderr(`Error: ${text}\n`),
    detail: (text) => stderr(`${text}\n`),
    finish: () => undefined,
  };
}

/** One JSON text on standard output, with the words in it. The form is ours; see `docs/commands.md`. */
export function jsonReporter({ stdout }: Streams): OutputReporter {
  const items: ResultItem[] = [];
  const messages: { readonly severity: 'note' | 'warning' | 'error'; readonly text: string }[] = [];
  return {
    item: (item) => {
      items.push(item);
    },
    note: (text) => {
      messages.push({ severity: 'note', text });
    },
    progress: () => undefined,
    warning: (text) => {
      messages.push({ severity: 'warning', text });
    },
    error: (text) => {
      messages.push({ severity: 'error', text });
    },
    detail: (text) => {
      messages.push({ severity: 'error', text });
    },
    finish: ({ command, success, exitCode }) => {
      stdout(
        `${JSON.stringify({ command, success: success ?? exitCode === 0, exitCode, messages, items })}\n`,
      );
    },
  };
}
