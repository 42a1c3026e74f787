/**
 * Our session daemon streams to our relay daemon and to the original one: the files that the original session daemon's
 * streams come to on the original relay daemon, the same texts, the same events.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { outcomeOf, scenarios } from './relay-scenarios.ts';

const skip = skipUnless('root', 'upstream', 'native');

type ScenarioOutcome = Awaited<ReturnType<typeof outcomeOf>>;

/**
 * What both producers must agree on: the size of metadata depends on how often it was flushed, and words about waiting
 * are a matter of speed.
 */
function comparable({ texts, tree, counts }: ScenarioOutcome): ScenarioOutcome {
  return {
    texts: texts.map((text) =>
      text.replace(/^(Waiting for .*\n|Destroying session (work|auto-DATE)\n?)/gm, ''),
    ),
    tree: tree.map((line) => line.replace(/(\/metadata) \d+$/, '$1')),
    counts,
  };
}

for (const scenario of scenarios) {
  test(`our streams come to what the original's come to: ${scenario.title}`, { skip }, async () => {
    const expected = comparable(await outcomeOf(scenario, 'upstream'));
    assert.ok(expected.counts.length > 0);
    for (const relay of sides) {
      assert.deepEqual(comparable(await outcomeOf(scenario, relay, 'ours')), expected, `relay: ${relay}`);
    }
  });
}
