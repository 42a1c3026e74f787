/**
 * The conformance cases for `babeltrace2`: an archive beside the checkout (`../shared/conformance/babeltrace`),
 * or at the path in LTTNG_TS_CONFORMANCE (the archive, or a folder that holds it unpacked). It is unpacked into
 * a temporary folder for each run, because some of its data have no licence that lets them lie here.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryPath } from '../harness/environment.ts';
import type { ConformanceCase } from './case.ts';

/** The unpacked cases; whoever opens them disposes of them. */
export interface ConformanceSuite extends Disposable {
  readonly cases: readonly ConformanceCase[];
  readonly dataFolder: string;
  readonly expectFolder: string;
}

/** Where the archive is, or `null`. */
export function findArchive(): string | null {
  const path =
    process.env['LTTNG_TS_CONFORMANCE'] ?? repositoryPath('../shared/conformance/babeltrace/given.tar.gz');
  return existsSync(path) ? path : null;
}

/** Unpacks the archive, unless it is a folder already, and reads the table of cases. */
export function openSuite(archive: string): ConformanceSuite {
  const isFolder = statSync(archive).isDirectory();
  const folder = isFolder ? archive : mkdtempSync(join(tmpdir(), 'lttng-conformance-'));
  if (!isFolder) {
    const { status, stderr } = spawnSync('tar', ['xzf', archive, '-C', folder], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`Cannot unpack ${archive}: ${stderr}`);
  }
  const suite = join(folder, 'conformance');
  const lines = readFileSync(join(suite, 'cases.jsonl'), 'utf8').split('\n');
  return {
    cases: lines.filter((line) => line !== '').map((line) => JSON.parse(line) as ConformanceCase),
    dataFolder: join(suite, 'data'),
    expectFolder: join(suite, 'expect'),
    [Symbol.dispose]: () => {
      if (!isFolder) rmSync(folder, { recursive: true, force: true });
    },
  };
}
