import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ustSocketPath, ustWaitMemoryPath } from '@lttng-ts/protocols/ust-app';
import { placesOfDaemons } from './daemon-places.ts';

const user = { uid: 1000, isSetuid: false };

test('root’s daemon and the user’s are where the application protocol says', () => {
  const [root, own] = placesOfDaemons({ home: '/home/u', appPath: null }, user);
  assert.deepEqual(root, {
    socketPath: ustSocketPath(null),
    waitPath: ustWaitMemoryPath(null),
    waitOwnerUid: null,
  });
  assert.deepEqual(own, {
    socketPath: ustSocketPath('/home/u'),
    waitPath: ustWaitMemoryPath(1000),
    waitOwnerUid: 1000,
  });
});

test('without a home, and with another user’s rights, there is root’s daemon only', () => {
  const [root] = placesOfDaemons({ home: '/home/u', appPath: null }, user);
  assert.deepEqual(placesOfDaemons({ home: null, appPath: null }, user), [root]);
  assert.deepEqual(placesOfDaemons({ home: '/home/u', appPath: '/x' }, { uid: 0, isSetuid: true }), [root]);
});

test('LTTNG_UST_APP_PATH stands for both', () => {
  const places = placesOfDaemons({ home: '/home/u', appPath: '/run/app' }, user);
  assert.deepEqual(
    places.map(({ socketPath }) => socketPath),
    ['/run/app/lttng-ust-sock-8'],
  );
});
