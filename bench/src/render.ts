/** Prints verdicts as a table that reads well in a terminal and in Markdown. */
import type { Bound, Row } from './row.ts';
import type { Summary } from './statistics.ts';
import type { Verdict } from './verdict.ts';

/** What happened to one row. */
export type RowResult =
  | { readonly kind: 'measured'; readonly row: Row; readonly verdict: Verdict; readonly isCutShort: boolean }
  | { readonly kind: 'skipped' | 'failed'; readonly row: Row; readonly reason: string };

const HEADINGS = ['row', 'what', 'unit', 'ours', 'original', 'ratio', 'must', 'goal', 'holds', 'n'] as const;

type Line = readonly string[];

export function renderTable(results: readonly RowResult[]): string {
  const measured = results.flatMap((result) => (result.kind === 'measured' ? linesOf(result) : []));
  const others = results.flatMap((result) =>
    result.kind === 'measured' ? [] : [`${result.kind.toUpperCase()} ${result.row.id}: ${result.reason}`],
  );
  const table = measured.length === 0 ? [] : markdownTable([HEADINGS, ...measured]);
  return [...table, ...(others.length === 0 ? [] : ['', ...others])].map((line) => `${line}\n`).join('');
}

/** The row's line, and one for each further contender and figure. */
function linesOf({ row, verdict, isCutShort }: RowResult & { kind: 'measured' }): readonly Line[] {
  const { ours, best, ratio, beyondStart, contenders, standing } = verdict;
  const start = contenders.find(({ side }) => side === 'start');
  const ratioText =
    ratio === null
      ? ''
      : `${figure(ratio.ofMedians)} (${figure(ratio.lowerQuartile)}–${figure(ratio.upperQuartile)})`;
  const main: Line = [
    row.id,
    row.what,
    row.unit,
    spread(ours.summary),
    best === null ? '–' : `${spread(best.summary)} ${best.name}`,
    ratioText,
    boundText(row.must, row),
    boundText(row.goal, row),
    standing,
    `${ours.summary.count}${isCutShort ? ', out of time' : ''}`,
  ];
  const others = contenders
    .filter((contender) => contender !== best && contender.side === 'original')
    .map(({ name, summary }): Line => {
      const line = note(`also ${name}`, row.unit, '', spread(summary));
      // It ran less often than the others.
      return summary.count < ours.summary.count ? [...line.slice(0, -1), String(summary.count)] : line;
    });
  const startLine =
    start === undefined || beyondStart === null
      ? []
      : [note('beyond `node -e 0`', row.unit, figure(beyondStart), `${spread(start.summary)} node`)];
  const also = (row.also ?? []).flatMap(({ id, unit, most }) => {
    const own = ours.also[id];
    const other = best?.also[id];
    const startOwn = start?.also[id];
    if (own === undefined) return [];
    const quotient = other === undefined || other.median === 0 ? '' : figure(own.median / other.median);
    const must = most === undefined ? '' : `≤ ${most} ${unit}`;
    const line = note(id, unit, spread(own), other === undefined ? '–' : spread(other), quotient, must);
    if (startOwn === undefined) return [line];
    const beyond = figure(own.median - startOwn.median);
    return [line, note(`${id} beyond \`node -e 0\``, unit, beyond, `${spread(startOwn)} node`)];
  });
  return [main, ...others, ...startLine, ...also];
}

const note = (what: string, unit: string, ours: string, original: string, ratio = '', must = ''): Line => [
  '',
  `· ${what}`,
  unit,
  ours,
  original,
  ratio,
  must,
  '',
  '',
  '',
];

const spread = ({ median, lowerQuartile, upperQuartile }: Summary): string =>
  `${figure(median)} (${figure(lowerQuartile)}–${figure(upperQuartile)})`;

function boundText(bound: Bound | null, { better, unit }: Row): string {
  if (bound === null) return '–';
  const sign = better === 'lower' ? '≤' : '≥';
  switch (bound.kind) {
    case 'ratio':
      return `${sign} ${figure(bound.limit)} ×`;
    case 'value':
      return `${sign} ${bound.limit} ${unit}`;
    case 'beyond-start':
      return `${sign} node + ${bound.limit} ${unit}`;
  }
}

/** Three digits that mean something; large numbers in thousands or millions. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e6) return `${figure(value / 1e6)} M`;
  if (size >= 1e4) return `${figure(value / 1e3)} k`;
  if (size >= 100) return value.toFixed(0);
  return size >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function markdownTable(lines: readonly Line[]): readonly string[] {
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const format = (line: Line): string =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  const [headings = HEADINGS, ...rest] = lines;
  return [format(headings), rule, ...rest.map(format)];
}
