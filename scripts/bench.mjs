// @ts-check
/** `npm run bench`: installs what is missing, builds, and measures beside the originals. See docs/performance.md. */
import { join } from 'node:path';
import { build, installDependencies, root, run } from './setup.mjs';

installDependencies();
build();
run(process.execPath, [join(root, 'bench/dist/main.js'), ...process.argv.slice(2)]);
