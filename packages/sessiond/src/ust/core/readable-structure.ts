/**
 * Whether readers can make sense of a declared structure. Applications of one user share a trace, and one
 * declaration that a reader refuses makes all of it unreadable: so it is refused here, alone. The rules are
 * those of Babeltrace 2 (found by declaring things at random), the narrower one where readers differ.
 */
import type { EnumerationMapping, FieldClass, IntegerClass, StructureClass } from '@lttng-ts/ctf';

/** A declaration that no trace can hold. */
export class UnwritableDeclaration extends Error {
  override readonly name = 'UnwritableDeclaration';
}

/** Alignments of structures in bits; the largest that any field of LTTng has is 64. */
const MAX_ALIGNMENT_BITS = 128;

/** Refuses `structure`, the fields of an event or the contexts of a channel, unless it can be read. */
export function requireReadable(structure: StructureClass): StructureClass {
  const before = new Map<string, FieldClass>();
  const names = new Set<string>();
  for (const { name, fieldClass } of structure.members) {
    const shown = shownName(name);
    if (names.has(shown)) throw new UnwritableDeclaration(`Two fields with one name: name="${name}"`);
    names.add(shown);
    requireReadableField(name, fieldClass, before);
    before.set(writtenName(name), fieldClass);
  }
  return structure;
}

/** Names that differ only in these characters become the same in metadata. */
function writtenName(name: string): string {
  return name.replaceAll(/[.$:]/g, '_');
}

/** Babeltrace 2.0 takes one underscore or two away, and meets the same name twice. */
function shownName(name: string): string {
  return writtenName(name).replace(/^_+/, '');
}

function requireReadableField(
  name: string,
  fieldClass: FieldClass,
  before: ReadonlyMap<string, FieldClass>,
): void {
  const refuse = (reason: string): never => {
    throw new UnwritableDeclaration(`${reason}: field="${name}"`);
  };
  switch (fieldClass.kind) {
    case 'unsigned-integer':
    case 'signed-integer':
      if (fieldClass.mappings !== null) requireMappings(fieldClass, fieldClass.mappings, refuse);
      return;
    case 'structure': {
      const { minimumAlignmentBits: bits, members } = fieldClass;
      if (members.length > 0) refuse('Structure with members');
      if (bits > MAX_ALIGNMENT_BITS || !Number.isInteger(Math.log2(bits)))
        refuse('Alignment of no known kind');
      return;
    }
    case 'dynamic-array': {
      const length = before.get(writtenName(fieldClass.lengthLocation.path[0] ?? ''));
      if (length?.kind !== 'unsigned-integer') refuse('Length that is no unsigned integer before it');
      return;
    }
    case 'variant': {
      const selector = before.get(writtenName(fieldClass.selectorLocation.path[0] ?? ''));
      const mappings = selector !== undefined && 'mappings' in selector ? selector.mappings : null;
      if (mappings === null) refuse('Selector that is no enumeration before it');
      const names = fieldClass.options.map((option) => option.name ?? '');
      if (names.length === 0) refuse('Variant without choices');
      requireChoices(names, mappings ?? [], refuse);
      for (const option of fieldClass.options) {
        const { kind } = option.fieldClass;
        if (kind === 'variant' || kind === 'dynamic-array') refuse(`Choice of no known kind (${kind})`);
        requireReadableField(option.name ?? '', option.fieldClass, new Map());
      }
      return;
    }
    default:
      return;
  }
}

function requireMappings(
  { kind }: IntegerClass,
  mappings: readonly EnumerationMapping[],
  refuse: (reason: string) => never,
): void {
  if (mappings.length === 0) refuse('Enumeration without entries');
  const isSigned = kind === 'signed-integer';
  // Readers keep ranges in 64 bits whatever the integer's size; values beyond it are never met.
  const highest = (1n << (isSigned ? 63n : 64n)) - 1n;
  const lowest = isSigned ? -highest - 1n : 0n;
  for (const { range } of mappings) {
    if (range.lower > range.upper) refuse('Enumeration with an empty range');
    if (range.lower < lowest || range.upper > highest) refuse('Enumeration that does not fit 64 bits');
  }
}

/** Each choice needs labels of its own, whose values no other choice has. */
function requireChoices(
  names: readonly string[],
  mappings: readonly EnumerationMapping[],
  refuse: (reason: string) => never,
): void {
  if (new Set(names.map(shownName)).size < names.length) refuse('Two choices with one name');
  // The text of a choice is its name behind an underscore, and labels are compared with that.
  const labels = new Set(names.map((name) => `_${writtenName(name)}`));
  const chosen = mappings.filter(({ label }) => labels.has(label));
  if (new Set(chosen.map(({ label }) => label)).size < labels.size) {
    refuse('Choice that the selector does not have');
  }
  const sorted = chosen.map(({ range }) => range).sort((a, b) => (a.lower < b.lower ? -1 : 1));
  for (const [index, { lower }] of sorted.entries()) {
    const previous = sorted[index - 1];
    if (previous !== undefined && previous.upper >= lower) refuse('Choices with the same value');
  }
}
