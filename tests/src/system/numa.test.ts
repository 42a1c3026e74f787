/** Where the kernel is to put the buffers of a real session: what `numa_maps` of its consumer says. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { Environment } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { order, quit, startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const CPUS = '/sys/devices/system/cpu';
const hasNuma = existsSync('/proc/self/numa_maps') && existsSync('/sys/devices/system/node/node0');
const skip = skipUnless('root', 'upstream', 'native') || (hasNuma ? false : 'the kernel has no NUMA');

/** Each processor, and the policy that its memory is to have. */
function policyOfCpus(): ReadonlyMap<number, string> {
  const cpus = readdirSync(CPUS).filter((name) => /^cpu\d+$/.test(name));
  return new Map(
    cpus.map((name) => {
      const node = readdirSync(`${CPUS}/${name}`).find((entry) => /^node\d+$/.test(entry));
      return [Number(name.slice(3)), node === undefined ? 'default' : `prefer:${node.slice(4)}`];
    }),
  );
}

test("each CPU's buffer prefers the node of that CPU", { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  const session = await TestSession.create(environment, 'ours');
  await session.enableChannel('channel0', '--subbuf-size=16k');
  await session.enableEvent('sample:tick', '--channel=channel0');
  await session.start();
  const sample = environment.start([sampleProgram(), 'serve']);
  await sample.printed(/ready/);
  await order(sample, 'ticks 1 10');
  const [pid = ''] = (await environment.output(['pgrep', '-f', 'lttng-consumerd'])).split('\n');
  const maps = await environment.output(['cat', `/proc/${pid}/numa_maps`]);
  const buffers = [...maps.matchAll(/^\S+ (\S+) file=\/memfd:\S*channel0_(\d+)/gm)];
  const told = new Map(buffers.map(([, policy = '', cpu]) => [Number(cpu), policy.replace('=static', '')]));
  const wanted = policyOfCpus();
  // A processor that could be plugged in has a buffer, and no node yet.
  const expected = [...told.keys(), ...wanted.keys()].map(
    (cpu) => [cpu, wanted.get(cpu) ?? 'default'] as const,
  );
  assert.deepEqual(told, new Map(expected), maps);
  await quit(sample);
  await session.destroy();
});
