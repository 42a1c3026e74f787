// @ts-check
/** `npm run check`: what a script can check, a reviewer must not. */
import { join } from 'node:path';
import { build, installDependencies, root, run } from './setup.mjs';

installDependencies();
build();
run(join(root, 'node_modules/.bin/biome'), ['check', '--error-on-warnings', '.']);
run(process.execPath, [join(root, 'scripts/check-layers.mjs')]);
run(process.execPath, [join(root, 'scripts/check-docs.mjs')]);
