/**
 * Hosts in network namespaces of their own stream to one relay daemon, ours or the original one: a folder for each host, or
 * for each session.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { commandOf, Environment, type Side, sides } from '../harness/environment.ts';
import { connect } from '../harness/network.ts';
import { skipUnless } from '../harness/peers.ts';
import { samples } from '../harness/programs.ts';
import { lines, readWith } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { maskDates, startRelay } from '../harness/relay.ts';

const skip = skipUnless('root', 'upstream', 'native');

const hosts: readonly { readonly name: string; readonly side: Side; readonly count: number }[] = [
  { name: 'alpha', side: 'ours', count: 1200 },
  { name: 'beta', side: 'ours', count: 30 },
  { name: 'gamma', side: 'upstream', count: 400 },
];

const groupings = [
  {
    words: [],
    folders: ['alpha/work-DATE', 'beta/work-DATE', 'gamma/work-DATE'],
  },
  {
    words: ['--group-output-by-session'],
    folders: ['work/alpha-DATE', 'work/beta-DATE', 'work/gamma-DATE'],
  },
];

for (const relaySide of sides) {
  for (const { words, folders } of groupings) {
    const how = words.length === 0 ? 'host' : 'session';
    test(`hosts stream to one relay daemon, by ${how}, relay: ${relaySide}`, { skip }, async () => {
      await using relay = await Environment.create({ hostname: 'hub' });
      const { folder } = await startRelay(relay, relaySide, ...words);
      await Promise.all(
        hosts.map(async ({ name, side, count }, index) => {
          await using host = await Environment.create({ hostname: name });
          const { relayAddress } = connect(relay, host, index + 1);
          await startDaemon(host, side);
          const lttng = async (...rest: readonly string[]): Promise<void> => {
            await host.output([commandOf(side, 'lttng'), ...rest]);
          };
          await lttng('create', 'work', `--set-url=net://${relayAddress}`);
          await lttng('enable-channel', '--userspace', 'c', '--subbuf-size=4096', '--num-subbuf=64');
          await lttng('enable-event', '--userspace', 'sample:*', '--channel=c');
          await lttng('start');
          await host.output([...samples.c(), 'ticks', String(index), String(count)]);
          await lttng('stop');
          await lttng('destroy');
        }),
      );
      const traces = readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('/metadata'))
        .map((path) => dirname(path))
        .toSorted();
      const place = (path: string): string => maskDates(path).split('/').slice(0, 2).join('/');
      assert.deepEqual(traces.map(place), folders);
      for (const [index, trace] of traces.entries()) {
        const { stdout } = await readWith(relay, 'babeltrace2', join(folder, trace));
        assert.equal(lines(stdout).length, hosts[index]?.count);
        assert.ok(lines(stdout).every((line) => line.includes(` ${hosts[index]?.name} sample:tick`)));
      }
    });
  }
}
