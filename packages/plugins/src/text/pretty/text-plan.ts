/**
 * The plan by which generated writers print event records in pretty text: what `PrettyPrinter` prints of their values.
 * The CTF class beside a field class tells what its values look like before they are translated.
 */
import { assert } from '@lttng-ts/base';
import {
  type FieldClass as CtfFieldClass,
  type FieldValue as CtfFieldValue,
  type TextPlan,
  textEncodingOf,
  toUtf8,
} from '@lttng-ts/ctf';
import type { FieldClass, FieldValue, IntegerClass, StructureClass } from '@lttng-ts/graph';
import type { PrettyPrinter } from './pretty-printer.ts';

/** Texts of enumerations that are kept for each field class. */
const MAX_KEPT_TEXTS = 4096;

/** Makes the plan of a field. */
export function textPlan(
  printer: PrettyPrinter,
  fieldClass: FieldClass,
  ctf: CtfFieldClass,
  hasNames: boolean,
): TextPlan {
  switch (fieldClass.kind) {
    case 'structure':
      assert(ctf.kind === 'structure');
      return structurePlan(printer, fieldClass, ctf, hasNames);
    case 'static-array':
    case 'dynamic-array':
      assert(ctf.kind === 'static-array' || ctf.kind === 'dynamic-array');
      return {
        kind: 'array',
        before: '[',
        after: ' ]',
        count: null,
        isGrouped: false,
        separator: ',',
        beforeElement: hasNames ? ' [' : ' ',
        afterNumber: hasNames ? '] = ' : null,
        element: textPlan(printer, fieldClass.element, ctf.element, hasNames),
      };
    case 'option':
      assert(ctf.kind === 'optional');
      return {
        kind: 'optional',
        before: '{ ',
        after: ' }',
        none: '<none>',
        content: textPlan(printer, fieldClass.content, ctf.fieldClass, hasNames),
      };
    case 'variant':
      assert(ctf.kind === 'variant');
      return {
        kind: 'variant',
        before: '{ ',
        after: ' }',
        options: fieldClass.options.map((option, i) =>
          textPlan(printer, option.fieldClass, ctf.options[i]!.fieldClass, hasNames),
        ),
      };
    case 'string':
      return stringPlan(printer, fieldClass, ctf);
    case 'unsigned-integer':
    case 'signed-integer':
      return integerPlan(printer, fieldClass);
    case 'single-precision-real':
    case 'double-precision-real':
      return { kind: 'real', ...printer.aroundValue };
    default:
      return formatted((value) => printer.field(fieldClass, value as FieldValue, hasNames));
  }
}

/** Makes the plan of a structure whose members are all translated. */
export function structurePlan(
  printer: PrettyPrinter,
  { members }: StructureClass,
  ctf: CtfFieldClass & { kind: 'structure' },
  hasNames: boolean,
): TextPlan {
  assert(members.length === ctf.members.length);
  const prefixes = hasNames ? printer.memberPrefixes(members) : null;
  return {
    kind: 'structure',
    before: '{',
    after: ' }',
    members: members.map(({ fieldClass }, i) => ({
      before: prefixes === null ? (i === 0 ? ' ' : ', ') : prefixes[i]!,
      plan: textPlan(printer, fieldClass, ctf.members[i]!.fieldClass, hasNames),
    })),
  };
}

const formatted = (format: (value: CtfFieldValue) => string): TextPlan => ({
  kind: 'formatted',
  before: '',
  after: '',
  format,
});

function stringPlan(printer: PrettyPrinter, fieldClass: FieldClass, ctf: CtfFieldClass): TextPlan {
  const encoding = textEncodingOf(ctf);
  assert(encoding !== null);
  if (encoding === 'none' || encoding === 'ascii' || encoding === 'utf-8') {
    const { before, after } = printer.aroundValue;
    return { kind: 'string', isEscaped: true, before: `${before}"`, after: `"${after}` };
  }
  return formatted((value) => printer.field(fieldClass, toUtf8(value as Uint8Array, encoding), false));
}

function integerPlan(printer: PrettyPrinter, fieldClass: IntegerClass): TextPlan {
  const { displayBase, mappings, valueRangeBits } = fieldClass;
  if (mappings !== null) {
    const texts = new Map<CtfFieldValue, string>();
    return formatted((value) => {
      let text = texts.get(value);
      if (text === undefined) {
        text = printer.field(fieldClass, value as number | bigint, false);
        if (texts.size < MAX_KEPT_TEXTS) texts.set(value, text);
      }
      return text;
    });
  }
  const { before, after } = printer.aroundValue;
  if (displayBase === 10) return { kind: 'integer', before, after, form: 'decimal' };
  if (displayBase === 16) {
    const hexadecimalBits = Math.min(Math.ceil(valueRangeBits / 4) * 4, 64);
    return { kind: 'integer', before: `${before}0x`, after, form: { hexadecimalBits } };
  }
  return formatted((value) => printer.field(fieldClass, value as number | bigint, false));
}
