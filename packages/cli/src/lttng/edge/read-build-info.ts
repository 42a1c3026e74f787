/** What this build is, from the file that `scripts/build-info.mjs` wrote beside the bundled programs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildInfo, parseBuildInfo, unknownBuild } from '@lttng-ts/base';

/** From the folder of a program, links followed: that of the bundles, or `bin/` beside it. */
export function readBuildInfo(programFolder: string): BuildInfo {
  for (const folder of [programFolder, join(programFolder, '../dist/bin')]) {
    try {
      return parseBuildInfo(readFileSync(join(folder, 'build-info.json'), 'utf8'));
    } catch {
      // It is not there: the next place.
    }
  }
  return unknownBuild;
}
