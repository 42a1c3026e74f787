/** Composition root of `lttng-sessiond`: words, environment and files in; a daemon, and an exit code, out. */
import { runDaemon } from '../../daemon/edge/run-daemon.ts';
import { decideStart } from '../settings.ts';

/** Runs this process's command line to its end. `programUrl`: the program's own file; the consumer is beside it. */
export async function runMain(programUrl: string): Promise<void> {
  await runDaemon({
    name: 'lttng-sessiond',
    decide: decideStart,
    serve: async (settings, started) => {
      const { serve } = await import('./serve.ts');
      return await serve({ settings, programUrl, ...started });
    },
  });
}
