/** Manual pages in roff, with the macros of man(7). Words in backticks become bold, words in capitals stay. */
import type { OptionSpec } from '../lttng/options/option-spec.ts';
import type { Block, ManualPage } from './page.ts';

const SOURCE = 'lttng-ts';
const MANUALS: Readonly<Record<ManualPage['volume'], string>> = {
  1: 'User Commands',
  7: 'Miscellaneous',
  8: 'System Administration',
};

/** The text of a page's file. */
export function roffPage({ name, volume, summary, synopsis, sections, seeAlso }: ManualPage): string {
  const lines = [
    `.TH ${quoted(name.toUpperCase())} ${volume} "" ${quoted(SOURCE)} ${quoted(MANUALS[volume])}`,
    // No hyphenation, no adjustment: names of options stay whole.
    '.nh',
    '.ad l',
    '.SH NAME',
    `${escaped(name)} \\- ${escaped(summary)}`,
    ...(synopsis.length === 0 ? [] : ['.SH SYNOPSIS', ...synopsis.flatMap(synopsisLines)]),
    ...sections.flatMap(({ title, blocks }) => [
      `.SH ${quoted(title.toUpperCase())}`,
      ...blocks.flatMap(blockLines),
    ]),
    ...(seeAlso.length === 0 ? [] : ['.SH "SEE ALSO"', seeAlso.map(reference).join(',\n')]),
  ];
  return `${lines.join('\n')}\n`;
}

function synopsisLines(form: string): readonly string[] {
  const [program = '', ...rest] = form.split(' ');
  return ['.PP', `\\fB${escaped(program)}\\fR ${escaped(rest.join(' '))}`.trimEnd()];
}

function blockLines(block: Block): readonly string[] {
  switch (block.kind) {
    case 'paragraph':
      return ['.PP', formatted(block.text)];
    case 'code':
      return ['.PP', '.RS 4', '.nf', ...block.text.split('\n').map(verbatim), '.fi', '.RE'];
    case 'terms':
      return block.rows.flatMap(([term, meaning]) => ['.TP', `\\fB${escaped(term)}\\fR`, formatted(meaning)]);
    case 'options':
      return block.options.flatMap((option) => ['.TP', optionHead(option), formatted(option.summary)]);
  }
}

function optionHead({ long, short, argument, isArgumentOptional }: OptionSpec): string {
  const value = argument === undefined ? '' : `=\\fI${escaped(argument)}\\fR`;
  const shown = isArgumentOptional === true ? `[${value}]` : value;
  const names = [...(short === undefined ? [] : [`-${short}`]), `--${long}`];
  return `${names.map((name) => `\\fB${escaped(name)}\\fR`).join(', ')}${shown}`;
}

/** `name(7)` with a bold name. */
function reference(page: string): string {
  const [, name = page, volume = ''] = /^(.*)(\(\d\))$/.exec(page) ?? [];
  return `\\fB${escaped(name)}\\fR${volume}`;
}

const formatted = (text: string): string => escaped(text).replaceAll(/`([^`]*)`/g, '\\fB$1\\fR');

/** A line that begins with a dot or a quote would be a command. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1');
}

const verbatim = (line: string): string => (line === '' ? '' : escaped(line).replaceAll('`', '\\(ga'));

const quoted = (text: string): string => `"${text.replaceAll('"', '\\(dq')}"`;
