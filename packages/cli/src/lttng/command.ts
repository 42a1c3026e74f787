/** The form of a command: parsed options and the world in, items and an outcome out. */
import { type ControlCaller, failureOf, SESS_NOT_FOUND } from './control-caller.ts';
import type { Machine } from './machine.ts';
import type { ParsedOptions } from './options/option-spec.ts';
import { failed, type Outcome, type Reporter } from './results.ts';
import { findCurrentSession } from './session-file.ts';

/** The general options that commands look at. */
export interface GeneralChoices {
  readonly mayStartDaemon: boolean;
  /** `--sessiond-path`, or `null`. */
  readonly daemonPath: string | null;
  /** Program of the relay daemon. */
  readonly relayPath: string | null;
  /** `--group`. */
  readonly groupName: string;
  readonly form: 'text' | 'xml' | 'json';
}

export interface CommandContext {
  readonly options: ParsedOptions;
  readonly general: GeneralChoices;
  readonly client: ControlCaller;
  readonly machine: Machine;
  readonly reporter: Reporter;
}

export type Command = (context: CommandContext) => Promise<Outcome>;

/** Reports a word too many, from position `from` on; says whether there was one. */
export function refuseExtraWords({ options, reporter }: CommandContext, from: number): boolean {
  const extra = options.positionals[from];
  if (extra !== undefined) reporter.error(`Unknown argument: ${extra}`);
  return extra !== undefined;
}

/** The session that a command means: the given name, or the current one; `null` after a report. */
export function sessionName(context: CommandContext, given: string | null | undefined): string | null {
  return given ?? findCurrentSession(context.machine, context.reporter);
}

/** Reports `text` of a failed call as an error; the exit status is the error's number. */
export function reportFailure(context: CommandContext, error: unknown): Outcome {
  const failure = failureOf(error);
  context.reporter.error(failure.text);
  return failed(failure.number);
}

export { SESS_NOT_FOUND };
