/** Composition root of `lttng-relayd`: words, environment and files in; a daemon, and an exit code, out. */
import { runDaemon } from '../../daemon/edge/run-daemon.ts';
import { decideRelaydStart } from '../settings.ts';

/** Runs this process's command line to its end. */
export async function runMain(): Promise<void> {
  await runDaemon({
    name: 'lttng-relayd',
    decide: decideRelaydStart,
    serve: async (settings, started) => {
      const { serve } = await import('./serve.ts');
      return await serve(settings, started);
    },
  });
}
