/**
 * Trees as lines: the form in which `lttng list` of LTTng-tools 2.15 shows sessions. A node is one line with a mark;
 * what belongs to it is further in. Colours, signs beyond ASCII and the width are the look's.
 */

/** What a piece of a line is; a coloured look gives each tone its own sequence. */
export type Tone = 'name' | 'object' | 'value' | 'fact' | 'title' | 'good' | 'bad' | 'warning' | 'faint';

/** A line in pieces; plain strings have no tone. */
export type Phrase = readonly (string | readonly [Tone, string])[];

export type Mark = 'point' | 'object' | 'enabled' | 'disabled' | 'active' | 'inactive' | 'rest';

export interface TreeNode {
  readonly mark: Mark;
  readonly phrase: Phrase;
  readonly children: readonly TreeNode[];
}

/** How trees are shown. */
export interface TreeLook {
  /** Without empty lines between blocks. */
  readonly isCompact: boolean;
  readonly isColoured: boolean;
  readonly isUnicode: boolean;
  /** Longer lines are cut; null: nothing is. */
  readonly columns: number | null;
}

const sequences: Readonly<Record<Tone, string>> = {
  name: '1;36',
  object: '36',
  value: '1',
  fact: '33',
  title: '4',
  good: '1;32',
  bad: '1;31',
  warning: '1;35',
  faint: '2',
};

const marks: Readonly<
  Record<Mark, { readonly tone: Tone; readonly unicode: string; readonly ascii: string }>
> = {
  point: { tone: 'faint', unicode: '🞂', ascii: '>' },
  object: { tone: 'name', unicode: '🞂', ascii: '>' },
  enabled: { tone: 'good', unicode: '✔', ascii: '+' },
  disabled: { tone: 'bad', unicode: '✗', ascii: 'x' },
  active: { tone: 'good', unicode: '●', ascii: 'o' },
  inactive: { tone: 'bad', unicode: '◼', ascii: '#' },
  rest: { tone: 'faint', unicode: '┆', ascii: ':' },
};

export const leaf = (phrase: Phrase, mark: Mark = 'point'): TreeNode => ({ mark, phrase, children: [] });

/** Leaves `key: value` whose values begin in one column. */
export function properties(rows: readonly (readonly [string, Phrase])[]): readonly TreeNode[] {
  const width = Math.max(0, ...rows.map(([key]) => key.length)) + 2;
  return rows.map(([key, value]) => leaf([`${key}:`.padEnd(width), ...value]));
}

/** The lines of the trees. */
export function treeLines(nodes: readonly TreeNode[], look: TreeLook): readonly string[] {
  const lines: string[] = [];
  // An empty line is due before the next one.
  let isGapDue = false;
  const visit = (node: TreeNode, depth: number, isFirst: boolean): void => {
    const isBlock = !look.isCompact && node.children.length > 0;
    if (isGapDue || (isBlock && !isFirst)) lines.push('');
    isGapDue = false;
    lines.push(line(node, depth, look));
    for (const [index, child] of node.children.entries()) visit(child, depth + 1, index === 0);
    if (isBlock) isGapDue = true;
  };
  for (const [index, node] of nodes.entries()) visit(node, 0, index === 0);
  return lines;
}

function line({ mark, phrase }: TreeNode, depth: number, look: TreeLook): string {
  const { tone, unicode, ascii } = marks[mark];
  const whole: Phrase = ['  '.repeat(depth), [tone, look.isUnicode ? unicode : ascii], ' ', ...phrase];
  const pieces = whole.map((piece) => (typeof piece === 'string' ? ([null, piece] as const) : piece));
  const shown = look.columns === null ? pieces : cut(pieces, look.columns, look.isUnicode ? '…' : '/');
  return shown.map(([pieceTone, text]) => painted(pieceTone, text, look)).join('');
}

type Piece = readonly [Tone | null, string];

function cut(pieces: readonly Piece[], columns: number, ending: string): readonly Piece[] {
  const lengthOf = (text: string): number => [...text].length;
  if (pieces.reduce((sum, [, text]) => sum + lengthOf(text), 0) <= columns) return pieces;
  let left = Math.max(0, columns - 1);
  const kept = pieces.map(([tone, text]): Piece => {
    const part = [...text].slice(0, left).join('');
    left -= lengthOf(part);
    return [tone, part];
  });
  return [...kept.filter(([, text]) => text !== ''), ['bad', ending]];
}

function painted(tone: Tone | null, text: string, { isColoured }: TreeLook): string {
  return tone === null || !isColoured ? text : `\x1b[${sequences[tone]}m${text}\x1b[0m`;
}
