/**
 * Fields in the forms of ABI 9, whichever forms an application declared them in: lttng-ust 2.12 (ABI 8) nests element types
 * inside one record and counts a sequence without a field of its own. What is recorded is the same bytes, so programs of both
 * share buffers, ids and metadata.
 */
import type { UstBasicType, UstField, UstFieldType } from './fields.ts';

/** The same fields without a legacy form. The length of a legacy sequence becomes the field before it. */
export function nestableUstFields(fields: readonly UstField[]): readonly UstField[] {
  return fields.flatMap(({ name, type }): readonly UstField[] => {
    if (type.kind !== 'sequence' || type.form === 'nestable') return [{ name, type: nestableType(type) }];
    const lengthName = `_${name}_length`;
    const element = nestableBasic(type.element);
    return [
      { name: lengthName, type: nestableBasic(type.lengthType) },
      { name, type: { kind: 'sequence', form: 'nestable', lengthName, alignBytes: 0, element } },
    ];
  });
}

function nestableType(type: UstFieldType): UstFieldType {
  switch (type.kind) {
    case 'array':
      return { ...type, form: 'nestable', element: nestableType(type.element) };
    case 'struct':
      return { ...type, form: 'nestable', fields: nestableUstFields(type.fields) };
    case 'variant':
      return { ...type, form: 'nestable', choices: nestableUstFields(type.choices) };
    case 'sequence':
      // A legacy one stands nowhere but on the top level, or as a member.
      return type.form === 'nestable' ? { ...type, element: nestableType(type.element) } : type;
    default:
      return nestableBasic(type);
  }
}

function nestableBasic(type: UstBasicType): UstBasicType {
  return type.kind === 'enum' ? { ...type, form: 'nestable' } : type;
}
