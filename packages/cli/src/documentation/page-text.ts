/** Manual pages as plain text, in the layout that man(1) gives them: for machines that have no `man`. */
import type { OptionSpec } from '../lttng/options/option-spec.ts';
import type { Block, ManualPage } from './page.ts';

const INDENT = 7;
/** A term's meaning stands this much further to the right. */
const TERM_INDENT = 4;

/** The text of a page, folded at `columns`. */
export function pageText(page: ManualPage, columns: number): string {
  const title = `${page.name.toUpperCase()}(${page.volume})`;
  const section = (name: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [name.toUpperCase(), ...lines, ''];
  const blocks = (list: readonly Block[]): readonly string[] =>
    list.flatMap((block, index) => [...(index === 0 ? [] : ['']), ...blockLines(block, columns)]);
  const body = [
    ...section('Name', folded(`${page.name} - ${page.summary}`, INDENT, columns)),
    ...section(
      'Synopsis',
      page.synopsis.flatMap((form, index) => [
        ...(index === 0 ? [] : ['']),
        ...folded(form, INDENT, columns),
      ]),
    ),
    ...page.sections.flatMap(({ title: name, blocks: list }) => section(name, blocks(list))),
    ...section('See also', folded(page.seeAlso.join(', '), INDENT, columns)),
  ];
  return `${[title, '', ...body].join('\n').trimEnd()}\n`;
}

function blockLines(block: Block, columns: number): readonly string[] {
  switch (block.kind) {
    case 'paragraph':
      return folded(plain(block.text), INDENT, columns);
    case 'code':
      return block.text.split('\n').map((line) => `${' '.repeat(INDENT + TERM_INDENT)}${line}`.trimEnd());
    case 'terms':
      return termLines(block.rows, columns);
    case 'options':
      return termLines(
        block.options.map((option) => [optionHead(option), option.summary] as const),
        columns,
      );
  }
}

function termLines(
  rows: readonly (readonly [term: string, meaning: string])[],
  columns: number,
): readonly string[] {
  return rows.flatMap(([term, meaning], index) => [
    ...(index === 0 ? [] : ['']),
    `${' '.repeat(INDENT)}${term}`,
    ...folded(plain(meaning), INDENT + TERM_INDENT, columns),
  ]);
}

function optionHead({ long, short, argument, isArgumentOptional }: OptionSpec): string {
  const value = argument === undefined ? '' : `=${argument}`;
  const shown = isArgumentOptional === true ? `[${value}]` : value;
  return `${short === undefined ? '' : `-${short}, `}--${long}${shown}`;
}

/** Backticks mark what man shows bold. */
const plain = (text: string): string => text.replaceAll('`', '');

/** Words in lines of at most `columns`; a longer word has a line of its own. */
function folded(text: string, indent: number, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && indent + line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((part) => `${' '.repeat(indent)}${part}`);
}
