import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerError } from '@lttng-ts/base';
import { isTracked } from '../ust/core/is-tracked.ts';
import { resolveChange, SessionTrackers } from './process-trackers.ts';

const refusedAs = (name: string) => (error: unknown) => error instanceof PeerError && error.peerName === name;
const root = { value: 'root', number: 0 } as const;
const zero = { value: 0, number: 0 } as const;

test('everybody is tracked until somebody is named', () => {
  const trackers = new SessionTrackers();
  assert.equal(trackers.wasChanged, false);
  trackers.change('vuid', { kind: 'add', ...root });
  assert.deepEqual([trackers.values.vpid, trackers.values.vuid], [null, ['root']]);
  assert.deepEqual(trackers.numbers.vuid, [0]);
  trackers.change('vuid', { kind: 'include-all' });
  assert.deepEqual(trackers.values, { vpid: null, vuid: null, vgid: null });
  assert.equal(trackers.wasChanged, true);
});

test('a name and its number are one value', () => {
  const trackers = new SessionTrackers();
  trackers.change('vuid', { kind: 'add', ...root });
  assert.throws(() => trackers.change('vuid', { kind: 'add', ...zero }), refusedAs('PROCESS_ATTR_EXISTS'));
  trackers.change('vuid', { kind: 'remove', ...zero });
  assert.throws(
    () => trackers.change('vuid', { kind: 'remove', ...root }),
    refusedAs('PROCESS_ATTR_MISSING'),
  );
  assert.deepEqual(trackers.values.vuid, []);
});

test('who is removed from everybody leaves nobody, as upstream has it', () => {
  const trackers = new SessionTrackers();
  assert.throws(
    () => trackers.change('vpid', { kind: 'remove', value: 3, number: 3 }),
    refusedAs('PROCESS_ATTR_MISSING'),
  );
  assert.deepEqual(trackers.values.vpid, []);
});

test('names become numbers, and unknown ones are refused by their kind', async () => {
  const find = async (kind: 'user' | 'group', name: string) =>
    `${kind} ${name}` === 'group staff' ? 50 : null;
  const add = (value: number | string) => ({ kind: 'add', value }) as const;
  assert.deepEqual(await resolveChange('vgid', add('staff'), find), { ...add('staff'), number: 50 });
  assert.deepEqual(await resolveChange('vpid', add(7), find), { ...add(7), number: 7 });
  assert.deepEqual(await resolveChange('vuid', { kind: 'exclude-all' }, find), { kind: 'exclude-all' });
  await assert.rejects(resolveChange('vuid', add('staff'), find), refusedAs('USER_NOT_FOUND'));
  await assert.rejects(resolveChange('vgid', add('nobody'), find), refusedAs('GROUP_NOT_FOUND'));
  await assert.rejects(resolveChange('vpid', add('staff'), find), refusedAs('INVALID'));
});

test('a process is recorded when every set has it', () => {
  const process = { pid: 10, uid: 1000, gid: 100 };
  const everybody = { vpid: null, vuid: null, vgid: null };
  assert.equal(isTracked(everybody, process), true);
  for (const [attribute, own] of [
    ['vpid', 10],
    ['vuid', 1000],
    ['vgid', 100],
  ] as const) {
    assert.equal(isTracked({ ...everybody, [attribute]: [1, own] }, process), true);
    assert.equal(isTracked({ ...everybody, [attribute]: [1] }, process), false);
    assert.equal(isTracked({ ...everybody, [attribute]: [] }, process), false);
  }
  assert.equal(isTracked({ vpid: [10], vuid: [1], vgid: null }, process), false);
});
