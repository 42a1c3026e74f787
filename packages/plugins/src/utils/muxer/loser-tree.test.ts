import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoserTree, NOTHING_LEFT } from './loser-tree.ts';

/** Sequences of numbers, each in order, that have many equal ones: all are multiples of 1/4. */
function sequences(count: number, seed: number): number[][] {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: count }, () => {
    let at = Math.floor(4 * random());
    return Array.from({ length: Math.floor(20 * random()) }, () => {
      at += Math.floor(4 * random()) / 4;
      return at;
    });
  });
}

for (const count of [1, 2, 3, 5, 8, 13, 64, 100]) {
  test(`${count} sequences are merged; equal keys go in the order of inputs`, () => {
    for (let seed = 1; seed <= 20; seed++) {
      const inputs = sequences(count, seed);
      const positions = inputs.map(() => 0);
      const tree = new LoserTree(count, (a, b) => a < b);
      inputs.forEach((input, i) => {
        tree.keys[i] = input[0] ?? NOTHING_LEFT;
      });
      tree.build();
      const merged: [number, number][] = [];
      for (let first = tree.first; tree.keys[first] !== NOTHING_LEFT; first = tree.replay()) {
        const key = tree.keys[first]!;
        const others = [...tree.keys].filter((_, i) => i !== first);
        assert.equal(tree.secondKey(), Math.min(...others));
        merged.push([key, first]);
        positions[first]!++;
        tree.keys[first] = inputs[first]![positions[first]!] ?? NOTHING_LEFT;
      }
      const expected = inputs
        .flatMap((input, i) => input.map((key): [number, number] => [key, i]))
        .sort(([a, i], [b, j]) => a - b || i - j);
      assert.deepEqual(merged, expected);
    }
  });
}

test('without inputs there is no first one', () => {
  const tree = new LoserTree(0, () => assert.fail('nothing to compare'));
  tree.build();
  assert.equal(tree.first, -1);
});
