/**
 * The plan by which text programs print event records as JSON: what `JsonPrinter` prints of their values. The CTF class
 * beside a field class tells what its values look like before they are translated.
 */
import { assert } from '@lttng-ts/base';
import {
  type FieldClass as CtfFieldClass,
  type FieldValue as CtfFieldValue,
  type TextPlan,
  textEncodingOf,
  toUtf8,
} from '@lttng-ts/ctf';
import type { FieldClass, FieldValue, StructureClass } from '@lttng-ts/graph';
import { fieldText, integerText, memberStart, realText, stringText } from './json-text.ts';

/** Texts of enumerations that are kept for each field class. */
const MAX_KEPT_TEXTS = 4096;

/** The plan of a structure without its braces. */
export function membersPlan(
  { members }: StructureClass,
  ctf: CtfFieldClass & { kind: 'structure' },
  isFirst: boolean,
): TextPlan {
  assert(members.length === ctf.members.length);
  return {
    kind: 'structure',
    before: '',
    after: '',
    members: members.map(({ name, fieldClass }, i) => ({
      before: memberStart(name, isFirst && i === 0),
      plan: fieldPlan(fieldClass, ctf.members[i]!.fieldClass),
    })),
  };
}

/** The plan of a field. */
export function fieldPlan(fieldClass: FieldClass, ctf: CtfFieldClass): TextPlan {
  switch (fieldClass.kind) {
    case 'structure':
      assert(ctf.kind === 'structure');
      return { ...membersPlan(fieldClass, ctf, true), before: '{', after: '}' };
    case 'static-array':
    case 'dynamic-array':
      assert(ctf.kind === 'static-array' || ctf.kind === 'dynamic-array');
      return {
        kind: 'array',
        before: '[',
        after: ']',
        count: null,
        isGrouped: false,
        separator: ',',
        beforeElement: '',
        afterNumber: null,
        element: fieldPlan(fieldClass.element, ctf.element),
      };
    case 'option':
      assert(ctf.kind === 'optional');
      return {
        kind: 'optional',
        before: '',
        after: '',
        none: 'null',
        content: fieldPlan(fieldClass.content, ctf.fieldClass),
      };
    case 'variant':
      assert(ctf.kind === 'variant');
      return {
        kind: 'variant',
        before: '',
        after: '',
        options: fieldClass.options.map((option, i) =>
          fieldPlan(option.fieldClass, ctf.options[i]!.fieldClass),
        ),
      };
    case 'string': {
      const encoding = textEncodingOf(ctf);
      assert(encoding !== null);
      if (encoding === 'none' || encoding === 'ascii' || encoding === 'utf-8') {
        return { kind: 'string', isEscaped: true, isJson: true, before: '"', after: '"' };
      }
      return formatted((value) => stringText(toUtf8(value as Uint8Array, encoding)));
    }
    case 'unsigned-integer':
    case 'signed-integer': {
      if (fieldClass.mappings === null) return { kind: 'integer', before: '', after: '', form: 'decimal' };
      const texts = new Map<CtfFieldValue, string>();
      return formatted((value) => {
        let text = texts.get(value);
        if (text === undefined) {
          text = integerText(fieldClass, value as number | bigint);
          if (texts.size < MAX_KEPT_TEXTS) texts.set(value, text);
        }
        return text;
      });
    }
    case 'single-precision-real':
    case 'double-precision-real':
      return formatted((value) => realText(value as number));
    default:
      return formatted((value) => fieldText(fieldClass, value as FieldValue));
  }
}

const formatted = (format: (value: CtfFieldValue) => string): TextPlan => ({
  kind: 'formatted',
  before: '',
  after: '',
  format,
});
