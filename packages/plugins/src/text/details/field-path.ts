/** Field paths of MIP 0: indexes on the way from a root structure, where MIP 1 has names. */
import type { FieldClass, FieldLocation, StructureClass } from '@lttng-ts/graph';

export type Roots = Partial<Readonly<Record<FieldLocation['scope'], StructureClass | null>>>;

/** Items of the path; `null`: the element of an array that is being read. Stops where the way ends. */
export function fieldPath({ scope, path }: FieldLocation, roots: Roots): readonly (number | null)[] {
  const items: (number | null)[] = [];
  let at: FieldClass | null = roots[scope] ?? null;
  let depth = 0;
  while (at !== null) {
    switch (at.kind) {
      case 'structure': {
        const name = path[depth++];
        const index: number = at.members.findIndex((member) => member.name === name);
        if (index < 0) return items;
        items.push(index);
        at = at.members[index]!.fieldClass;
        break;
      }
      case 'static-array':
      case 'dynamic-array':
        items.push(null);
        at = at.element;
        break;
      case 'option':
        at = at.content;
        break;
      case 'variant': {
        const name = path[depth++];
        const index: number = at.options.findIndex((option) => option.name === name);
        if (index < 0) return items;
        items.push(index);
        at = at.options[index]!.fieldClass;
        break;
      }
      default:
        return items;
    }
  }
  return items;
}
