import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '@lttng-ts/base';
import {
  array,
  defineEnumeration,
  defineProvider,
  event,
  f64,
  sequence,
  string,
  textSequence,
  u8,
  u32,
  u64,
} from './index.ts';

// Types are checked by the build: a line below `@ts-expect-error` that compiles is an error.
const state = defineEnumeration('state', { IDLE: 0, BUSY: [1, 5] });
const shop = defineProvider('types-test', {
  order: event({ level: 'INFO', fields: [u64('id'), f64('price'), string('item')] }),
  empty: event(),
  lists: event({ fields: [array('a', u8, 4), sequence('b', u32), textSequence('c'), state('d')] }),
});

test('recording functions take the types of their fields', () => {
  shop.order(1n, 9.5, 'tea');
  shop.order(1, 9.5, 'tea');
  shop.empty();
  shop.lists(new Uint8Array(4), [1, 2], 'text', 'BUSY');
  shop.lists([1], new Uint32Array(2), new Uint8Array(2), 3);
  // @ts-expect-error: a value is missing
  shop.order(1n, 9.5);
  // @ts-expect-error: one too many
  shop.empty(1);
  // @ts-expect-error: not a number
  shop.order(1n, '9.5', 'tea');
  // @ts-expect-error: no such label
  shop.lists([1], [1], 'text', 'LAZY');
  // @ts-expect-error: text is not a list of integers
  shop.lists('abcd', [1], 'text', 'IDLE');
  // @ts-expect-error: no such event
  assert.equal(shop.refund, undefined);
  // @ts-expect-error: no such level
  assert.throws(() => defineProvider('types-level', { a: event({ level: 'LOUD' }) }), UsageError);
});

test('an event says its name and whether it is recorded', () => {
  assert.equal(shop.order.eventName, 'types-test:order');
  assert.equal(shop.order.name, 'types-test:order');
  assert.equal(typeof shop.order.isEnabled, 'boolean');
});

test('an event can be defined once', () => {
  assert.throws(
    () => defineProvider('types-test', { empty: event() }),
    (error) =>
      error instanceof UsageError && error.message === 'Event defined twice: name="types-test:empty"',
  );
  // Other events of the same provider can follow.
  defineProvider('types-test', { other: event() }).other();
});

test('a provider that is closed records nothing, and can be defined again', () => {
  const define = () => defineProvider('types-close', { open: event({ fields: [u8('n')] }) });
  const first = define();
  assert.throws(define, UsageError);
  first.close();
  first.close();
  first.open(1);
  assert.equal(first.open.isEnabled, false);
  const second = define();
  // It is not the first one's to end.
  first[Symbol.dispose]();
  assert.throws(define, UsageError);
  second.close();
  assert.deepEqual(Object.keys(second), ['open']);
});

test('an event called close comes before the method', () => {
  const provider = defineProvider('types-close', { close: event({ fields: [u8('n')] }) });
  provider.close(1);
  assert.equal(provider.close.eventName, 'types-close:close');
  provider[Symbol.dispose]();
  defineProvider('types-close', { close: event() })[Symbol.dispose]();
});
