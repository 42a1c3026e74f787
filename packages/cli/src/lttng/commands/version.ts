/** `lttng version` and `lttng --version`. */
import type { CommandContext } from '../command.ts';
import { type Outcome, succeeded, type VersionInfo } from '../results.ts';

/** What this program is. Tools read the first number: it tells whose commands and files we speak. */
export const versionInfo: VersionInfo = {
  compatibleVersion: '2.13.9',
  name: 'lttng-ts 0.1.0',
  description:
    'The LTTng tracing toolkit in TypeScript: an independent implementation, not affiliated with EfficiOS.',
  url: 'https://lttng.org',
  license: 'MIT',
};

/** Tells the version. */
export async function version({ reporter }: CommandContext): Promise<Outcome> {
  reporter.item({ kind: 'version', version: versionInfo });
  return succeeded;
}
