/**
 * Runs cases inside worker processes, many in one, because starting Node would take most of the time. A worker
 * that does not answer in time, or dies, fails its case and is replaced.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { ConformanceCase } from './case.ts';
import type { SuiteFolders } from './run-case.ts';

/** What a worker is asked. */
export interface WorkerRequest {
  readonly theCase: ConformanceCase;
  readonly folders: SuiteFolders;
}

/** What it answers: the faults of the case. */
export interface WorkerAnswer {
  readonly faults: readonly string[];
}

/** Seconds on a quiet machine; tests also run beside others. */
const CASE_TIMEOUT_MS = 90_000;

/** One worker process. */
class Worker {
  #child: ChildProcess | null = null;

  async run(request: WorkerRequest): Promise<readonly string[]> {
    const child = this.#child ?? fork(join(import.meta.dirname, 'worker.js'), { stdio: 'inherit' });
    this.#child = child;
    const faults = await new Promise<readonly string[]>((settle) => {
      const onMessage = (answer: WorkerAnswer): void => finish(answer.faults);
      const onExit = (code: number | null, signal: string | null): void => {
        this.#child = null;
        finish([`worker ended: code=${code}, signal=${signal}`]);
      };
      const timer = setTimeout(() => {
        child.off('exit', onExit);
        this.#child = null;
        child.kill('SIGKILL');
        finish(['timeout']);
      }, CASE_TIMEOUT_MS);
      const finish = (result: readonly string[]): void => {
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('exit', onExit);
        settle(result);
      };
      child.on('message', onMessage);
      child.on('exit', onExit);
      child.send(request);
    });
    return faults;
  }

  end(): void {
    this.#child?.kill('SIGKILL');
  }
}

/** Runs all cases on `workerCount` workers; gives the faults of each case in the order of the cases. */
export async function runInProcess(
  cases: readonly ConformanceCase[],
  folders: SuiteFolders,
  workerCount: number,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const results = new Map<string, readonly string[]>();
  const waiting = [...cases];
  const drain = async (): Promise<void> => {
    const worker = new Worker();
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        results.set(next.id, await worker.run({ theCase: next, folders }));
      }
    } finally {
      worker.end();
    }
  };
  await Promise.all(Array.from({ length: workerCount }, drain));
  return results;
}
