import assert from 'node:assert/strict';
import { join } from 'node:path';
import process from 'node:process';
import { after, test } from 'node:test';
import { SystemError } from '@lttng-ts/base';
import { loadNative, nativeUnavailableReason } from '@lttng-ts/native';
import { Consumers } from '../consumers.ts';
import { consumerLauncher } from './consumer-process.ts';

const native = loadNative();
const skip = native === null ? `no native addon: ${nativeUnavailableReason()}` : false;
const program = join(import.meta.dirname, '../testing/small-consumer.js');

/** Consumers of real processes, and the deaths that they reported. */
function consumersOf(file: string, args: readonly string[]) {
  const log: string[] = [];
  let onDeath: (reason: string) => void = () => undefined;
  const death = new Promise<string>((resolve) => {
    onDeath = resolve;
  });
  const launchConsumer = consumerLauncher({
    native: native!,
    command: { file, args },
    timers: {
      after: (delayMs, callback) => {
        const timer = setTimeout(callback, delayMs);
        return () => clearTimeout(timer);
      },
    },
    log: (_level, message) => log.push(message),
  });
  const consumers = new Consumers({
    launchConsumer,
    log: (_level, message) => log.push(message),
    onStalled: () => undefined,
    onSamples: () => undefined,
    onSilence: () => undefined,
    onDeath: ({ endReason }) => onDeath(endReason),
  });
  // Also of a test that fails: its consumers would keep this process.
  after(() => consumers[Symbol.asyncDispose]());
  return { consumers, death, log };
}

test('a consumer is started once per owner, answers, and ends with the daemon', { skip }, async () => {
  const { consumers, log } = consumersOf(process.execPath, [program]);
  const [first, second] = await Promise.all([consumers.require(7, 8), consumers.require(7, 8)]);
  assert.equal(first, second);
  const { pid, cpuCount } = await first.link.call('hello', { version: 1 });
  assert.equal(cpuCount, 7);
  await consumers[Symbol.asyncDispose]();
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  assert.ok(!log.some((line) => line.includes('Consumer ended')));
});

test('a killed consumer is reported with its signal, what waits for it fails, and a new one is started', {
  skip,
}, async () => {
  const { consumers, death } = consumersOf(process.execPath, [program]);
  const first = await consumers.require(0, 0);
  const { pid } = await first.link.call('hello', { version: 1 });
  process.kill(pid, 'SIGKILL');
  assert.match(await death, /killed by SIGKILL/);
  await assert.rejects(first.link.call('session.start', { sessionId: 1 }), SystemError);
  const second = await consumers.require(0, 0);
  assert.notEqual((await second.link.call('hello', { version: 1 })).pid, pid);
  await consumers[Symbol.asyncDispose]();
});

test('a consumer that breaks the protocol is given up', { skip }, async () => {
  const { consumers, death } = consumersOf(process.execPath, [program]);
  const { link } = await consumers.require(0, 0);
  await assert.rejects(link.call('session.flush', { sessionId: 1 }), SystemError);
  assert.match(await death, /Wrong magic/);
  await consumers[Symbol.asyncDispose]();
});

test('a consumer that cannot be started is an error of the machine, each time', { skip }, async () => {
  for (const [file, ...args] of [
    ['/nonexistent/program'],
    [process.execPath, '-e', 'process.exit(3)'],
  ] as const) {
    const { consumers } = consumersOf(file, args);
    await assert.rejects(consumers.require(0, 0), (error: unknown) => {
      return error instanceof SystemError && error.syscall === 'spawn';
    });
    await assert.rejects(consumers.require(0, 0), SystemError);
    await consumers[Symbol.asyncDispose]();
  }
});
