import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leaf, properties, type TreeLook, type TreeNode, treeLines } from './tree.ts';

const plain: TreeLook = { isCompact: false, isColoured: false, isUnicode: false, columns: null };
const node = (name: string, ...children: readonly TreeNode[]): TreeNode => ({
  mark: 'object',
  phrase: [['name', name]],
  children,
});

test('blocks have air around them, lines beside each other have none', () => {
  const trees = [
    node(
      'a',
      ...properties([
        ['k', ['1']],
        ['long', ['2']],
      ]),
      node('b', leaf(['x'])),
      leaf(['y']),
    ),
  ];
  const airy = ['> a', '  > k:    1', '  > long: 2', '', '  > b', '    > x', '', '  > y'];
  assert.deepEqual(treeLines(trees, plain), airy);
  assert.deepEqual(
    treeLines(trees, { ...plain, isCompact: true }),
    airy.filter((line) => line !== ''),
  );
  assert.deepEqual(treeLines([node('a', leaf(['x'])), node('b', leaf(['y']))], plain), [
    '> a',
    '  > x',
    '',
    '> b',
    '  > y',
  ]);
});

test('lines are cut by what is seen: neither colours nor bytes count', () => {
  const long = [leaf([['name', 'éé'], 'abc'])];
  assert.deepEqual(treeLines(long, { ...plain, columns: 7 }), ['> ééabc']);
  assert.deepEqual(treeLines(long, { ...plain, columns: 6 }), ['> ééa/']);
  const coloured = { ...plain, columns: 4, isColoured: true, isUnicode: true };
  assert.deepEqual(treeLines(long, coloured), ['\x1b[2m🞂\x1b[0m \x1b[1;36mé\x1b[0m\x1b[1;31m…\x1b[0m']);
});
