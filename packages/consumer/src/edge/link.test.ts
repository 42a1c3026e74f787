/** The link over a pair of sockets, with a daemon that goes away at a bad moment. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fd, loadNative, type Native } from '@lttng-ts/native';
import type { ConsumerHandlers } from '@lttng-ts/protocols';
import { Link } from './link.ts';

const native = loadNative();
const skip = native === null ? 'no addon' : false;

/** A link whose daemon is gone, which its watch has not told yet. */
function hungUp(addon: Native) {
  const [ours, theirs] = addon.socketPair();
  let end: (reason: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  let endCount = 0;
  const handlers = {} as ConsumerHandlers;
  const link = new Link(addon, ours, handlers, (reason) => {
    endCount++;
    end(reason);
  });
  addon.close(theirs as Fd);
  return { link, ended, endCount: () => endCount };
}

test('a notification that meets a daemon which has just died ends the link, not the process', {
  skip,
}, async () => {
  assert.ok(native !== null);
  const { link, ended, endCount } = hungUp(native);
  link.notify('channels.sampled', { samples: [] });
  assert.equal(endCount(), 0, 'whoever notifies is not called back from within');
  assert.match(await ended, /The link failed: .*EPIPE/);
  link.notify('channels.sampled', { samples: [] });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(endCount(), 1);
});

test('a daemon that died ends the link once', { skip }, async () => {
  assert.ok(native !== null);
  const { ended, endCount } = hungUp(native);
  assert.equal(await ended, 'The session daemon closed the link');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(endCount(), 1);
});
