import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lttngErrors } from '@lttng-ts/protocols';
import { ConnectionLimit } from '../connection-limit.ts';
import { ClientRequestStart, clientReplyHeader } from './client-refusal.ts';
import { daemonPlaces, socketsOf } from './daemon-places.ts';

test('the root daemon is below /var/run, a user below LTTNG_HOME', () => {
  assert.deepEqual(daemonPlaces({ uid: 0, home: '/root' }), {
    runFolder: '/var/run/lttng',
    controlSocket: '/var/run/lttng/control.sock',
    clientSocket: '/var/run/lttng/client-lttng-sessiond',
    applicationSocket: '/var/run/lttng/lttng-ust-sock-8',
    waitMemory: '/dev/shm/lttng-ust-wait-8',
    pidFile: '/var/run/lttng/lttng-sessiond.pid',
    lockFile: '/var/run/lttng/lttng-sessiond.lck',
    archiveJobs: '/var/run/lttng/archive-jobs',
    sessionNotes: '/var/run/lttng/session-notes',
  });
  const user = daemonPlaces({ uid: 7, home: '/home/u' });
  assert.equal(user.applicationSocket, '/home/u/.lttng/lttng-ust-sock-8');
  assert.equal(user.waitMemory, '/dev/shm/lttng-ust-wait-8-7');
  assert.equal(daemonPlaces({ uid: 7, home: '/' }).controlSocket, '/.lttng/control.sock');
});

test('options move sockets and the pid file, and nothing else', () => {
  const owner = { uid: 0, home: '/' };
  const choices = { clientSocket: '/c', applicationSocket: '/a', pidFile: '/p' };
  assert.deepEqual(daemonPlaces(owner, choices), { ...daemonPlaces(owner), ...choices });
  assert.deepEqual(socketsOf(daemonPlaces(owner, choices)), ['/c', '/var/run/lttng/control.sock', '/a']);
});

test('a client of the original is refused as soon as its command is known', () => {
  const request = new ClientRequestStart();
  assert.equal(request.push(Uint8Array.of(13, 0)), null);
  const answer = request.push(new Uint8Array(13154));
  assert.ok(answer);
  assert.equal(answer.length, 24);
  assert.deepEqual(clientReplyHeader.decode(answer), {
    commandNumber: 13,
    resultCode: lttngErrors.NOT_SUPPORTED.number,
    pid: 0,
    commandHeaderBytes: 0,
    dataBytes: 0,
    fdCount: 0,
  });
  assert.equal(request.push(new Uint8Array(100)), null);
});

const connection = (uid: number, isBusy = false) => ({ uid, isBusy });

test('a user above the own number loses the connection that was idle longest', () => {
  const limit = new ConnectionLimit<ReturnType<typeof connection>>({ perUser: 2, total: 100 });
  const [first, second, third] = [connection(1), connection(1), connection(1)];
  const other = connection(2);
  for (const member of [other, first, second]) {
    assert.deepEqual(limit.admit(member), { isAdmitted: true, evicted: null });
  }
  limit.touch(first);
  assert.deepEqual(limit.admit(third), { isAdmitted: true, evicted: second });
  assert.deepEqual([...limit.members], [other, first, third]);
});

test('connections that are being served are not ended for new ones', () => {
  const limit = new ConnectionLimit<ReturnType<typeof connection>>({ perUser: 1, total: 100 });
  const busy = connection(1, true);
  limit.admit(busy);
  assert.deepEqual(limit.admit(connection(1)), { isAdmitted: false, evicted: null });
  limit.remove(busy);
  assert.equal(limit.admit(connection(1)).isAdmitted, true);
});

test('users who take all places keep other users out, but not root', () => {
  const limit = new ConnectionLimit<ReturnType<typeof connection>>({ perUser: 2, total: 2 });
  limit.admit(connection(1));
  limit.admit(connection(2));
  assert.equal(limit.admit(connection(3)).isAdmitted, false);
  assert.equal(limit.admit(connection(0)).isAdmitted, true);
});
