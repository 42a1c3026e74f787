/** The plan by which programs print event records as details: what `DetailsPrinter` prints of their values. */
import { assert } from '@lttng-ts/base';
import {
  type FieldClass as CtfFieldClass,
  type FieldValue as CtfFieldValue,
  type TextPlan,
  textEncodingOf,
  toUtf8,
} from '@lttng-ts/ctf';
import type { FieldClass, FieldValue } from '@lttng-ts/graph';
import { toBinary } from '../binary-text.ts';
import type { Palette } from '../palette.ts';
import { INDENT } from './block-text.ts';

/** What plans need of the printer. */
export interface PlanParts {
  readonly palette: Palette;
  /** The text of a scalar. */
  scalar(fieldClass: FieldClass, value: FieldValue): string;
}

/** Makes the plan of a field behind its name, whose line is indented by `indent`. */
export function detailsPlan(
  parts: PlanParts,
  fieldClass: FieldClass,
  ctf: CtfFieldClass,
  indent: number,
): TextPlan {
  const { bold, brightMagenta, cyan, reset } = parts.palette;
  const line = `\n${' '.repeat(indent + INDENT)}`;
  const empty = ` ${bold}${brightMagenta}Empty${reset}`;
  const around = { before: ` ${bold}`, after: reset };
  switch (fieldClass.kind) {
    case 'structure': {
      assert(ctf.kind === 'structure' && ctf.members.length === fieldClass.members.length);
      return {
        kind: 'structure',
        before: fieldClass.members.length === 0 ? empty : '',
        after: '',
        members: fieldClass.members.map(({ name, fieldClass: member }, i) => ({
          before: `${line}${cyan}${toBinary(name)}${reset}:`,
          plan: detailsPlan(parts, member, ctf.members[i]!.fieldClass, indent + INDENT),
        })),
      };
    }
    case 'static-array':
    case 'dynamic-array':
      assert(ctf.kind === 'static-array' || ctf.kind === 'dynamic-array');
      return {
        kind: 'array',
        before: '',
        after: '',
        count: { before: ` Length ${bold}`, after: `${reset}:`, none: empty },
        isGrouped: true,
        separator: '',
        beforeElement: `${line}${cyan}[`,
        afterNumber: `]${reset}:`,
        element: detailsPlan(parts, fieldClass.element, ctf.element, indent + INDENT),
      };
    case 'unsigned-integer':
    case 'signed-integer':
      if (fieldClass.displayBase === 10) return { kind: 'integer', form: 'grouped', ...around };
      return scalarPlan(parts, fieldClass, (value) => value as FieldValue);
    case 'string': {
      const encoding = textEncodingOf(ctf);
      assert(encoding !== null);
      if (encoding === 'none' || encoding === 'ascii' || encoding === 'utf-8')
        return { kind: 'string', isEscaped: false, ...around };
      return scalarPlan(parts, fieldClass, (value) => toUtf8(value as Uint8Array, encoding));
    }
    case 'single-precision-real':
    case 'double-precision-real':
    case 'bit-array':
    case 'boolean':
      return scalarPlan(parts, fieldClass, (value) => value as FieldValue);
    default:
      // Programs do not know them: events of their classes are printed as messages.
      return { kind: 'formatted', before: '', after: '', format: () => '' };
  }
}

const scalarPlan = (
  parts: PlanParts,
  fieldClass: FieldClass,
  convert: (value: CtfFieldValue) => FieldValue,
): TextPlan => ({
  kind: 'formatted',
  before: ' ',
  after: '',
  format: (value) => parts.scalar(fieldClass, convert(value)),
});
