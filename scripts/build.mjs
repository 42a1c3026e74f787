// @ts-check
/** `npm run build`: installs what is missing and builds everything. */
import { build, installDependencies } from './setup.mjs';

installDependencies();
build();
