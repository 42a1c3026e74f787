/**
 * What a test needs from the machine, and what happens when it is missing: the test skips and says why;
 * with the need named in LTTNG_TS_REQUIRE (as in continuous integration) it fails instead.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

type Need = 'upstream' | 'root' | 'native' | 'chromium';

const PEER_PROGRAMS = [
  'lttng',
  'lttng-sessiond',
  'babeltrace2',
  'babeltrace',
  'gcc',
  'unshare',
  'nsenter',
  'ip',
];
const UST_LIBRARY = '/usr/share/doc/liblttng-ust-dev';

function isOnPath(program: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, program)));
}

const missing: Readonly<Record<Need, () => string | null>> = {
  upstream() {
    const programs = PEER_PROGRAMS.filter((program) => !isOnPath(program));
    if (!existsSync(UST_LIBRARY)) programs.push('liblttng-ust-dev');
    return programs.length === 0
      ? null
      : `original peers are missing (npm run peers): ${programs.join(', ')}`;
  },
  root: () => (process.getuid?.() === 0 ? null : 'private namespaces need root'),
  chromium: () => (isOnPath('chromium') ? null : 'Chromium is missing (npm run peers)'),
  native: () => (process.platform === 'linux' ? null : 'the native addon needs Linux'),
};

/**
 * The `skip` option of a test that needs all of `needs`: `false` when they are there, else the reason.
 * Throws when LTTNG_TS_REQUIRE says that this machine must have them.
 */
export function skipUnless(...needs: readonly Need[]): string | false {
  const required = (process.env['LTTNG_TS_REQUIRE'] ?? '').split(',');
  for (const need of needs) {
    const reason = missing[need]();
    if (reason === null) continue;
    if (required.includes(need)) throw new Error(`Required here: ${reason}`);
    return reason;
  }
  return false;
}
