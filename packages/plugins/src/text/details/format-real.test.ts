import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatG } from '@lttng-ts/ctf';
import { formatF } from './format-real.ts';

test('the middle between two texts becomes the even one, as C has it', () => {
  // Printed by printf of glibc.
  assert.deepEqual([0.0078125, 0.0234375, -0.0078125, 0.5, 1e22, 3.140625].map(formatF), [
    '0.007812',
    '0.023438',
    '-0.007812',
    '0.500000',
    '10000000000000000000000.000000',
    '3.140625',
  ]);
  assert.deepEqual([3.140625, 3.140635, 2.0000050000000003, 0.5, 999999.5, 1000000.5, 1234565].map(formatG), [
    '3.14062',
    '3.14064',
    '2.00001',
    '0.5',
    '1e+06',
    '1e+06',
    '1.23456e+06',
  ]);
});
