import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashTableOrder, stringHash } from './hash-table-order.ts';

// Hashes and orders are those of a C++ program with libstdc++ (GCC 12, x86-64).
test('hashes are those of libstdc++', () => {
  assert.equal(stringHash('bit0bis'), 6446293305884665657n);
});

test('few labels come mostly in reverse', () => {
  assert.deepEqual(hashTableOrder(['bit0', 'bit0bis', 'bit1', 'bit3', 'bit4', 'bit5']), [
    'bit4',
    'bit5',
    'bit3',
    'bit1',
    'bit0bis',
    'bit0',
  ]);
});

test('the order changes when the table grows', () => {
  const labels = Array.from({ length: 40 }, (_, i) => `label_number_${i * 7}`);
  const numbers = hashTableOrder(labels).map((label) => Number(label.slice('label_number_'.length)));
  assert.deepEqual(
    numbers,
    [
      273, 259, 238, 231, 224, 210, 84, 266, 119, 189, 63, 77, 245, 49, 42, 140, 35, 98, 28, 21, 56, 70, 14,
      126, 7, 105, 0, 91, 112, 175, 203, 133, 147, 154, 168, 161, 182, 252, 217, 196,
    ],
  );
});
