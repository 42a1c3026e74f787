import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '@lttng-ts/base';
import { checkProviderName, event, toDefinition } from './definition.ts';
import { array, defineEnumeration, sequence, u8, u32 } from './fields.ts';

const refuses = (what: string, define: () => unknown, message: RegExp) =>
  test(`refuses ${what}`, () => {
    assert.throws(define, (error) => error instanceof UsageError && message.test(error.message));
  });

refuses('an empty provider name', () => checkProviderName(''), /Invalid provider name/);
refuses('a provider name with a colon', () => checkProviderName('a:b'), /Invalid provider name/);
refuses("the library's own provider", () => checkProviderName('lttng_ust_statedump'), /reserved/);
refuses('an event name with a star', () => toDefinition('p', 'a*', event()), /Invalid event name/);
refuses('a name that is too long', () => toDefinition('p', 'e'.repeat(254), event()), /too long.*limit=255/);
refuses(
  'a field twice',
  () => toDefinition('p', 'e', event({ fields: [u8('a'), u8('a')] })),
  /twice: field="a"/,
);
refuses(
  "a field with a sequence's length name",
  () => toDefinition('p', 'e', event({ fields: [sequence('a', u8), u8('_a_length')] })),
  /twice: field="_a_length"/,
);
refuses(
  'a field that is no identifier',
  () => toDefinition('p', 'e', event({ fields: [u8('a-b')] })),
  /field="a-b"/,
);
refuses(
  'an array of nothing',
  () => toDefinition('p', 'e', event({ fields: [array('a', u8, 0)] })),
  /length=0/,
);
refuses(
  'an enumeration that does not fit',
  () =>
    toDefinition('p', 'e', event({ fields: [defineEnumeration('n', { A: 300 }, { container: u8 })('a')] })),
  /label="A", first=300/,
);
refuses('an unknown level', () => toDefinition('p', 'e', event({ level: 'LOUD' as 'INFO' })), /level="LOUD"/);
refuses(
  'an unknown base',
  () => toDefinition('p', 'e', event({ fields: [u32('a', { base: 7 as 8 })] })),
  /base=7/,
);

test('a definition keeps names, order and level', () => {
  const definition = toDefinition(
    'p',
    'e',
    event({ level: 'INFO', fields: [u8('a'), u32('b', { base: 16 })] }),
  );
  assert.deepEqual(definition, {
    name: 'p:e',
    logLevel: 6,
    modelEmfUri: '',
    fields: [
      {
        name: 'a',
        shape: { kind: 'integer', sizeBits: 8, isSigned: false, base: 10, isNetworkOrder: false },
      },
      {
        name: 'b',
        shape: { kind: 'integer', sizeBits: 32, isSigned: false, base: 16, isNetworkOrder: false },
      },
    ],
  });
});

test('a level that is not given is that of C', () => {
  assert.equal(toDefinition('p', 'e', event()).logLevel, 13);
});

test('names of 255 bytes are taken', () => {
  assert.equal(toDefinition('p', 'e'.repeat(253), event()).name.length, 255);
});
