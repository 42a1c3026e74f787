/** Command lines of `cases/babeltrace2-*.json` through our `babeltrace2`, against what the original printed. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Host } from '@lttng-ts/plugins';
import { nodeHost } from '@lttng-ts/plugins/node';
import {
  type Babeltrace2Case,
  type Babeltrace2Cases,
  comparedOutcome,
  type RawOutcome,
  wordsOf,
} from '../testing/babeltrace2-cases.ts';
import { nodeWorld } from './edge/node-world.ts';
import { runBabeltrace2 } from './run-babeltrace2.ts';

process.env['TZ'] = 'UTC';
const casesFolder = join(import.meta.dirname, '..', '..', 'cases');

async function run(words: readonly string[]): Promise<RawOutcome> {
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  using node = nodeHost();
  const host: Host = {
    ...node,
    standardOutput: { write: (bytes) => out.push(Buffer.from(bytes)) },
    standardError: { write: (bytes) => err.push(Buffer.from(bytes)) },
    hasColours: false,
    environment: (name) => (name === 'HOME' ? '/nonexistent' : undefined),
  };
  const exitCode = await runBabeltrace2(words, nodeWorld({ host }));
  return { stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString(), exitCode };
}

const expectedOf = ({ stdout, causes, configuration, exitCode, ours }: Babeltrace2Case): unknown => {
  const { why: _why, ...changes } = ours ?? { why: '' };
  return { stdout, causes, ...(configuration === undefined ? {} : { configuration }), exitCode, ...changes };
};

for (const file of readdirSync(casesFolder).filter((name) => name.startsWith('babeltrace2-'))) {
  const { about, cases }: Babeltrace2Cases = JSON.parse(readFileSync(join(casesFolder, file), 'utf8'));
  test(`answers as the original: ${about}`, async (t) => {
    for (const one of cases) {
      await t.test(JSON.stringify(one.words), async () => {
        const seen = comparedOutcome(one, await run(wordsOf(one)));
        assert.deepEqual(seen, expectedOf(one));
      });
    }
  });
}
