/** What options and variables say about the tree view of `list` and `status`, which came with LTTng-tools 2.15. */
import type { Machine } from '../machine.ts';
import type { ParsedOptions } from '../options/option-spec.ts';
import type { TreeLook } from '../render/tree.ts';

/** `total`: one sum a channel; `compact`: one a user or process; `full`: one a CPU, too. */
export type MemoryDetail = 'total' | 'compact' | 'full';

export interface TreeView {
  readonly memory: MemoryDetail;
  readonly look: TreeLook;
}

const styles = ['breathe', 'compact'] as const;
const details = ['total', 'compact', 'full'] as const satisfies readonly MemoryDetail[];
const OPTIONS = ['style', 'mem-usage', 'no-truncate'] as const;

/** The view that is wanted; null for the text of 2.13; `refusal` for a value that there is not. */
export function treeViewOf(
  options: ParsedOptions,
  machine: Machine,
): { readonly view: TreeView | null; readonly refusal: string | null } {
  const { environment } = machine;
  // Upstream's variable asks for the older text with 1; the tree is its default, and the older text ours.
  const isDefault = environment['LTTNG_LIST_LEGACY'] === '0';
  if (!isDefault && !OPTIONS.some((name) => options.has(name))) return { view: null, refusal: null };
  const style = options.find('style') ?? 'breathe';
  const memory = options.find('mem-usage') ?? 'total';
  if (!isOneOf(styles, style)) return refused('style', style, styles);
  if (!isOneOf(details, memory)) return refused('mem-usage', memory, details);
  const look: TreeLook = {
    isCompact: style === 'compact',
    isColoured: isColoured(machine),
    isUnicode: isUnicode(environment),
    columns: options.has('no-truncate') ? null : machine.terminalColumns(),
  };
  return { view: { memory, look }, refusal: null };
}

function isOneOf<const Name extends string>(names: readonly Name[], text: string): text is Name {
  return (names as readonly string[]).includes(text);
}

function refused(option: string, value: string, names: readonly string[]) {
  const refusal = `Invalid value for --${option} option: ${value} (there are ${names.join(', ')})`;
  return { view: null, refusal };
}

function isColoured(machine: Machine): boolean {
  const { NO_COLOR: none = '', LTTNG_TERM_COLOR: when = 'auto' } = machine.environment;
  if (none !== '' || when === 'never') return false;
  return when === 'always' || (machine.isTerminal() && machine.environment['TERM'] !== 'dumb');
}

/** As setlocale(3) finds the character set: the first of these variables that is not empty. */
function isUnicode(environment: Machine['environment']): boolean {
  if (environment['LTTNG_NO_UTF_8'] === '1') return false;
  const locale = ['LC_ALL', 'LC_CTYPE', 'LANG']
    .map((name) => environment[name] ?? '')
    .find((text) => text !== '');
  return /utf-?8/i.test(locale ?? '');
}
