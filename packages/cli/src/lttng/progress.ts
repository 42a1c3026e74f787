/**
 * The line that grows while a command waits: a text, a dot for each period, a newline at the end. On a terminal it also
 * tells what is waited for, and is in the end what a pipe gets.
 */
import type { OutputProgress } from '@lttng-ts/protocols';
import type { CommandContext } from './command.ts';
import { attempt, type ControlCaller } from './control-caller.ts';

/** What takes longer than this says so, with a dot for each such period. */
const PERIOD_MS = 200;
/** Back to the beginning of the line, and nothing on it. */
const CLEAR_LINE = '\r\x1b[K';

interface Wait<T> {
  readonly text: string;
  /** What is waited for is this session's. */
  readonly session: string;
  /** Whether it is worth telling although it took no time. */
  readonly isToldOf?: (result: T) => boolean;
}

/** Does `work`; tells of it when it takes longer than a moment, or afterwards when that is worth telling. */
export async function whileWaiting<T>(
  context: CommandContext,
  { text, session, isToldOf = () => false }: Wait<T>,
  work: () => Promise<T>,
): Promise<T> {
  const line = new ProgressLine(context, session, text);
  const stopTicking = context.machine.every(PERIOD_MS, () => line.tick());
  try {
    const result = await work();
    if (!line.isTold && isToldOf(result)) line.tick();
    return result;
  } finally {
    stopTicking();
    line.end();
  }
}

/** One such line. */
export class ProgressLine {
  readonly #context: CommandContext;
  readonly #session: string;
  readonly #text: string;
  #dotCount = 0;
  #isTold = false;
  /** Asked over a connection of its own; null where nobody looks, and while an answer is awaited. */
  #caller: ControlCaller | null;
  #left = '';
  readonly #isTerminal: boolean;

  constructor(context: CommandContext, session: string, text: string) {
    this.#context = context;
    this.#session = session;
    this.#text = text;
    this.#isTerminal = context.general.form === 'text' && context.machine.isTerminal();
    this.#caller = this.#isTerminal ? context.client.beside() : null;
  }

  get isTold(): boolean {
    return this.#isTold;
  }

  /** Says the text, without a dot yet. */
  begin(): void {
    this.#isTold = true;
    this.#context.reporter.progress(this.#text);
  }

  /** Another period has passed. */
  tick(): void {
    if (!this.#isTold) this.begin();
    this.#dotCount++;
    if (this.#isTerminal) {
      this.#context.reporter.progress(`${CLEAR_LINE}${this.#line}${this.#left}`);
      void this.#ask();
    } else {
      this.#context.reporter.progress('.');
    }
  }

  end(): void {
    this.#caller = null;
    if (!this.#isTold) return;
    this.#context.reporter.progress(this.#isTerminal ? `${CLEAR_LINE}${this.#line}\n` : '\n');
    this.#isTold = false;
  }

  get #line(): string {
    return this.#text + '.'.repeat(this.#dotCount);
  }

  async #ask(): Promise<void> {
    const caller = this.#caller;
    if (caller === null) return;
    this.#caller = null;
    const answer = await attempt(caller, 'session.progress', { session: this.#session }).catch(() => null);
    // The wait is over, or the session is gone: nothing is left to tell.
    if (!this.#isTold || answer === null || answer.failure !== null) return;
    this.#left = leftText(answer.result);
    this.#caller = caller;
  }
}

/** ` (3 streams, 1.2 MiB left)`; nothing when that is unknown. */
export function leftText({ streamCount, bytes }: OutputProgress): string {
  if (streamCount === 0) return '';
  const streams = streamCount === 1 ? '1 stream' : `${streamCount} streams`;
  const size = bytes < 1 << 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`;
  return ` (${streams}, ${size} left)`;
}
