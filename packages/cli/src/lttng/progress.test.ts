/** The line of a command that waits: the original's on a pipe, more on a terminal, and the same in the end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeDaemon } from '../testing/fake-daemon.ts';
import type { ControlCaller } from './control-caller.ts';
import { nodeMachine } from './edge/node-machine.ts';
import { leftText } from './progress.ts';
import { runLttng } from './run.ts';

/** Runs `lttng rotate s` with a daemon that takes some periods for it; gives what was printed. */
async function rotated(isTerminal: boolean, form: readonly string[] = []): Promise<string> {
  const daemon = new FakeDaemon();
  const session = 's';
  const output = { kind: 'path', path: '/out' } as const;
  await daemon.call('session.create', {
    name: session,
    output,
    sharedMemoryPath: null,
    isSnapshotMode: false,
  });
  await daemon.call('channel.enable', { session, domain: 'ust', channel: 'c', attributes: {} });
  await daemon.call('session.start', { session });
  const ticks = new Set<() => void>();
  const slow: ControlCaller = {
    beside: () => daemon,
    events: (name) => daemon.events(name),
    call: async (method, params) => {
      for (let period = 0; period < 3; period++) {
        for (const tick of ticks) tick();
        for (let turn = 0; turn < 20; turn++) await new Promise((settle) => setImmediate(settle));
      }
      return await daemon.call(method, params);
    },
  };
  let printed = '';
  const machine = nodeMachine({ programFolder: '/nonexistent', environment: { HOME: '/nonexistent' } });
  const exitCode = await runLttng([...form, 'rotate', session], {
    machine: {
      ...machine,
      isTerminal: () => isTerminal,
      every: (_, tick) => {
        ticks.add(tick);
        return () => void ticks.delete(tick);
      },
    },
    streams: { stdout: (text) => (printed += text), stderr: (text) => (printed += text) },
    clientFor: () => slow,
  });
  assert.equal(exitCode, 0);
  return printed;
}

const archive =
  'Trace chunk archive for session s is now readable at /out/archives/20260101T000000+0000-20260101T000000+0000-0\n';
const line = 'Waiting for rotation to complete..';

test('a pipe gets the text and a dot for each period', async () => {
  assert.equal(await rotated(false), `${line}...\n${archive}`);
});

test('a terminal is told what is left, and keeps what a pipe gets', async () => {
  const left = ' (2 streams, 3.0 MiB left)';
  const clear = '\r\x1b[K';
  assert.equal(
    await rotated(true),
    `${line}${clear}${line}.${clear}${line}..${left}${clear}${line}...${left}${clear}${line}...\n${archive}`,
  );
});

test('a machine is told nothing of it, whoever looks', async () => {
  assert.doesNotMatch(await rotated(true, ['--mi=json']), /Waiting|left/);
});

test('sizes in words', () => {
  assert.equal(leftText({ streamCount: 0, bytes: 0 }), '');
  assert.equal(leftText({ streamCount: 1, bytes: 1 }), ' (1 stream, 1 KiB left)');
  assert.equal(leftText({ streamCount: 12, bytes: 5_000_000 }), ' (12 streams, 4.8 MiB left)');
});
