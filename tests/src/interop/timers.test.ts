/**
 * Switch and read timers: events reach the trace of a session that goes on, with both daemons, and programs in both languages;
 * without a switch timer a packet that is not full stays in its buffer.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { Environment } from '../harness/environment.ts';
import { eventually } from '../harness/eventually.ts';
import { languages } from '../harness/programs.ts';
import { order, quit, startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';
import { daemonSides, samples, skip } from './node-world.ts';

const cases = daemonSides.flatMap((side) => languages.map((language) => ({ side, language })));

for (const { side, language } of cases) {
  const title = `program: ${language}, daemon: ${side}`;
  test(`timers bring events to the trace while it is recorded, ${title}`, { skip }, async () => {
    await using environment = await Environment.create();
    await startDaemon(environment, side);
    const session = await TestSession.create(environment, side);
    await session.enableChannel('switched', '--switch-timer=50000');
    await session.enableChannel('both', '--switch-timer=50000', '--read-timer=30000');
    await session.enableChannel('read', '--read-timer=30000', '--subbuf-size=4096');
    await session.enableChannel('none', '--subbuf-size=4096');
    for (const channel of ['switched', 'both', 'read', 'none']) {
      await session.enableEvent('sample:tick', `--channel=${channel}`);
    }
    await session.start();
    const sample = environment.start(['taskset', '-c', '0', ...samples[language](), 'serve']);
    await sample.printed(/ready/);
    const bytesOf = (channel: string): number => {
      const path = session.path(0, `${channel}_0`);
      return existsSync(path) ? statSync(path).size : 0;
    };
    const before = { switched: bytesOf('switched'), both: bytesOf('both') };
    await order(sample, 'ticks 1 3');
    for (const channel of ['switched', 'both'] as const) {
      await eventually(`${channel} has the events`, () => (bytesOf(channel) > before[channel] ? true : null));
    }
    assert.equal(bytesOf('none'), 0, 'a packet that is not full stays');
    // Several packets: full ones need no timer, or the read timer.
    await order(sample, 'ticks 1 500');
    for (const channel of ['read', 'none'] as const) {
      await eventually(`${channel} has full packets`, () => (bytesOf(channel) > 0 ? true : null));
    }
    await quit(sample);
    assert.ok(readFileSync(session.path(0, 'metadata')).length > 0);
    await session.destroy();
  });
}
