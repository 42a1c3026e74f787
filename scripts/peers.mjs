// @ts-check
/**
 * `npm run peers`: installs the original programs that the seam tests run against (root, Debian). The
 * tests skip, loudly, where they are missing.
 */
import { spawnSync } from 'node:child_process';
import { run } from './setup.mjs';

const PACKAGES = [
  'lttng-tools',
  'liblttng-ust-dev',
  'babeltrace2',
  'babeltrace',
  'age',
  'chromium',
  'gcc',
  'libc6-dev',
  'iproute2',
  'libxml2-utils',
  'stress-ng',
  'util-linux',
];

const missing = PACKAGES.filter((name) => {
  const { stdout } = spawnSync('dpkg', ['-s', name], { encoding: 'utf8' });
  return !/^Status: install ok installed$/m.test(stdout);
});
if (missing.length > 0) {
  if (process.getuid?.() !== 0) {
    console.error(`Peers are installed as root on Debian: missing=${missing.join(',')}`);
    process.exit(1);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-qq'], env);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], env);
}
