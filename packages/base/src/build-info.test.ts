import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildEnvironment, parseBuildInfo, unknownBuild } from './build-info.ts';

test('a build is read from its file, and what is none is a build that nobody knows', () => {
  const build = { version: '1.2.3', commit: 'abc-dirty', patches: [{ name: 'p', description: 'd' }] };
  assert.deepEqual(parseBuildInfo(JSON.stringify(build)), build);
  for (const text of ['', '{', 'null', '[]', '{"version":1}'])
    assert.equal(parseBuildInfo(text), unknownBuild);
  assert.deepEqual(parseBuildInfo('{"version":"1"}'), { version: '1', commit: null, patches: [] });
});

test('a trace tells the build, as far as it is known', () => {
  assert.deepEqual([...buildEnvironment(unknownBuild)], [['lttng_ts_version', unknownBuild.version]]);
  const patches = ['a', 'b'].map((name) => ({ name, description: '' }));
  assert.deepEqual(
    [...buildEnvironment({ version: '1', commit: 'c', patches })],
    [
      ['lttng_ts_version', '1'],
      ['lttng_ts_commit', 'c'],
      ['lttng_ts_patches', 'a, b'],
    ],
  );
});
