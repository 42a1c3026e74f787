/** `lttng version` and `lttng --version`. */
import type { BuildInfo } from '@lttng-ts/base';
import type { CommandContext } from '../command.ts';
import { type Outcome, succeeded, type VersionInfo } from '../results.ts';

/** The version of LTTng-tools whose commands, files and protocols these programs speak. */
export const COMPATIBLE_VERSION = '2.13.9';

/** What a program of this build is. Tools read the first number. */
export function versionInfo({ version, commit, patches }: BuildInfo): VersionInfo {
  return {
    compatibleVersion: COMPATIBLE_VERSION,
    name: `lttng-ts ${version}`,
    commit: commit ?? '',
    patches,
    description:
      'The LTTng tracing toolkit in TypeScript: an independent implementation, not affiliated with EfficiOS.',
    url: 'https://lttng.org',
    license: 'MIT',
  };
}

/** Tells the version. */
export async function version({ machine, reporter }: CommandContext): Promise<Outcome> {
  reporter.item({ kind: 'version', version: versionInfo(machine.buildInfo()) });
  return succeeded;
}
