/** Runs the steps of one case with a given way to run a command line. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CaseFolders, type ConformanceCase, faultsOf, type StepOutcome, wordsOf } from './case.ts';
import { LiveReplay } from './live-replay.ts';

export interface CommandLine {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingFolder: string;
}

/** Runs `babeltrace2` with these words. */
export type RunCommandLine = (line: CommandLine) => Promise<Omit<StepOutcome, 'port'>>;

export interface SuiteFolders {
  readonly dataFolder: string;
  readonly expectFolder: string;
}

/** Gives the faults of the first step that has some; empty when the case conforms. */
export async function runCase(
  { steps, env }: ConformanceCase,
  folders: SuiteFolders,
  run: RunCommandLine,
): Promise<readonly string[]> {
  const tempFolder = mkdtempSync(join(tmpdir(), 'btc-'));
  try {
    for (const step of steps) {
      const caseFolders: CaseFolders = { ...folders, tempFolder };
      if (step.argv.some((word) => word.includes('{TMP}/empty'))) {
        mkdirSync(join(tempFolder, 'empty'), { recursive: true });
      }
      await using replay = step.live === undefined ? null : await startReplay(folders, step.live);
      const port = replay?.port ?? null;
      const words = wordsOf(step, caseFolders, port);
      const environment = { ...baseEnvironment(tempFolder), ...env };
      const outcome = await run({ words, environment, workingFolder: tempFolder });
      const unknown = (replay?.unknownRequests ?? []).map((request) => `unknown live request: ${request}`);
      const faults = [...faultsOf(step, { ...outcome, port }, caseFolders), ...unknown.slice(0, 3)];
      if (faults.length > 0) return faults;
    }
    return [];
  } finally {
    rmSync(tempFolder, { recursive: true, force: true });
  }
}

const startReplay = (folders: SuiteFolders, file: string): Promise<LiveReplay> =>
  LiveReplay.start(join(folders.dataFolder, file));

const baseEnvironment = (home: string): Readonly<Record<string, string>> => ({
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  LC_ALL: 'C.UTF-8',
  HOME: home,
  TZ: 'UTC',
});
