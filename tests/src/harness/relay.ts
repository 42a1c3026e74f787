/** Relay daemons of both sides in an environment, and what they leave. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf, type Environment, type Program, type Side } from './environment.ts';

export interface RunningRelay {
  readonly program: Program;
  /** Below it lies what the relay writes. */
  readonly folder: string;
}

/** Starts a relay on the usual ports, and waits until it listens. */
export async function startRelay(
  environment: Environment,
  side: Side,
  ...words: readonly string[]
): Promise<RunningRelay> {
  return await startRelayWith(environment, side, words, {});
}

/** The same with variables of its environment. */
export async function startRelayWith(
  environment: Environment,
  side: Side,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<RunningRelay> {
  const folder = environment.path('relayed');
  const command = [commandOf(side, 'lttng-relayd'), '-vv', `--output=${folder}`, ...words];
  const program = environment.start(command, { env });
  // The last port that either opens.
  const isListening = `until ss --listening --tcp --numeric | grep -q :5344; do sleep 0.02; done`;
  await environment.output(['sh', '-c', isListening]);
  return { program, folder };
}

/** Files below a folder with their sizes; dates are masked. */
export function treeOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .map((path) => `${maskDates(path)} ${statSync(join(folder, path)).size}`)
    .sort();
}

/** Text without dates of sessions and chunks. */
export function maskDates(text: string): string {
  return text.replaceAll(/\d{8}[T-]\d{6}([+-]\d{4})?/g, 'DATE');
}
