/** Signedness of the integer at a location: the trace IR says it at the option or variant that it selects. */
import type { FieldClass, FieldLocation, StructureClass } from '@lttng-ts/ctf';
import type { SelectorKind } from './translate-field-class.ts';

export type Roots = Partial<Readonly<Record<FieldLocation['origin'], StructureClass | null>>>;

/** Metadata was checked: the location leads to integers of one signedness. Unsigned when it leads nowhere. */
export function selectorKindOf({ origin, path }: FieldLocation, roots: Roots): SelectorKind {
  const root = roots[origin] ?? null;
  return root !== null && leadsToSigned(root, path) ? 'signed-integer' : 'unsigned-integer';
}

function leadsToSigned(fieldClass: FieldClass, path: readonly string[]): boolean {
  switch (fieldClass.kind) {
    case 'structure': {
      const [name, ...rest] = path;
      const member = fieldClass.members.find((candidate) => candidate.name === name);
      return member !== undefined && leadsToSigned(member.fieldClass, rest);
    }
    case 'static-array':
    case 'dynamic-array':
      return leadsToSigned(fieldClass.element, path);
    case 'optional':
      return leadsToSigned(fieldClass.fieldClass, path);
    case 'variant':
      return fieldClass.options.some((option) => leadsToSigned(option.fieldClass, path));
    default:
      return fieldClass.kind === 'signed-integer';
  }
}
