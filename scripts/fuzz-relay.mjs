// @ts-check
/**
 * Random bytes, mutated traffic and damaged recordings at every port of a relay daemon, for a time, beside a witness that must be
 * recorded exactly. A seed makes the messages of a run the same again. Needs root.
 *
 *     npm run fuzz:relay -- [--seconds N] [--seed N]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, installDependencies, root, run } from './setup.mjs';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
});
installDependencies();
build();
const test = join(root, 'tests/dist/hostile/relay-faults.test.js');
run(process.execPath, ['--test', '--test-name-pattern=noise|damaged', test], {
  ...process.env,
  LTTNG_TS_FUZZ_SECONDS: values.seconds,
  LTTNG_TS_FUZZ_SEED: values.seed,
});
