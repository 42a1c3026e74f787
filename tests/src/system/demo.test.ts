/** `npm run demo` after its build, as root and as a user: it shows the events of both programs and leaves nothing. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { Environment, repositoryPath } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { lines } from '../harness/reading.ts';

const skip = skipUnless('root', 'upstream', 'native');

for (const uid of [0, 1000]) {
  test(`the demo records both programs, uid: ${uid}`, { skip }, async () => {
    await using environment = await Environment.create();
    chmodSync(environment.folder, 0o755);
    const temporary = environment.path('tmp');
    mkdirSync(temporary);
    chownSync(temporary, uid, uid);
    const env = { LTTNG_TS_DEMO_IS_PRIVATE: '1', TMPDIR: temporary };
    const stdout = await environment.output([process.execPath, repositoryPath('scripts/demo.mjs')], {
      env,
      uid,
      cwd: temporary,
    });
    for (const procname of ['sample', 'node']) {
      const events = lines(stdout).filter((line) => line.includes(`procname = "${procname}"`));
      assert.equal(events.length, 30, stdout);
    }
    assert.match(stdout, /Session demo destroyed/);
    assert.deepEqual(readdirSync(temporary), []);
  });
}
