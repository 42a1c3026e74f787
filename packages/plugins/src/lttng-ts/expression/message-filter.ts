/** Which event messages filters let pass, whatever made them. What an expression names is looked up once for each class. */
import type {
  FieldShape,
  FieldValue as FilterValue,
  MemberShape,
  ReadingFilter,
  ReadingLink,
  RecordRoot,
  Refusal,
} from '@lttng-ts/filter';
import { clearerRefusal } from '@lttng-ts/filter';
import {
  EVENT_LOG_LEVELS,
  type EventClass,
  type EventMessage,
  type FieldClass,
  type FieldValue,
  NEGATIVE_NAN,
  nsOf,
  type OptionValue,
  type Stream,
  type StructureClass,
  type StructureValue,
  type VariantValue,
} from '@lttng-ts/graph';

export class MessageFilter {
  readonly #filters: readonly ReadingFilter[];
  readonly #links = new Map<Stream, Map<EventClass, readonly ReadingLink[]>>();

  /** An event passes when all `filters` accept it. */
  constructor(filters: readonly ReadingFilter[]) {
    this.#filters = filters;
  }

  accepts(event: EventMessage): boolean {
    return this.#linksOf(event).every((link) => isAccepted(link, event));
  }

  /** Why no event of any class that occurred can pass; `null` when one might. */
  get hopelessness(): Refusal | null {
    let refusal: Refusal | null = null;
    for (const classes of this.#links.values()) {
      for (const links of classes.values()) {
        const own = links.find((link) => link.refusal !== null)?.refusal ?? null;
        if (own === null) return null;
        refusal = clearerRefusal(refusal, own);
      }
    }
    return refusal;
  }

  #linksOf({ stream, eventClass }: EventMessage): readonly ReadingLink[] {
    let classes = this.#links.get(stream);
    if (classes === undefined) {
      classes = new Map();
      this.#links.set(stream, classes);
    }
    let links = classes.get(eventClass);
    if (links === undefined) {
      links = this.#filters.map((filter) => link(filter, stream, eventClass));
      classes.set(eventClass, links);
    }
    return links;
  }
}

function link(filter: ReadingFilter, stream: Stream, eventClass: EventClass): ReadingLink {
  const { trace, class: streamClass } = stream;
  const roots: Readonly<Record<RecordRoot, StructureClass | null>> = {
    payload: eventClass.payload,
    'specific-context': eventClass.specificContext,
    'common-context': streamClass.eventCommonContext,
    'packet-context': streamClass.packetContext,
  };
  const { logLevel } = eventClass;
  const constants: Readonly<Record<string, string | number | bigint | null>> = {
    '$event.name': eventClass.name,
    '$event.loglevel': logLevel === null ? null : EVENT_LOG_LEVELS.indexOf(logLevel),
    '$event.id': eventClass.id,
    '$stream.id': stream.id,
    '$trace.name': trace.name,
  };
  return filter.link({
    members: (root) => membersOf(roots[root]),
    hasTime: streamClass.defaultClockClass !== null,
    constant: (name) =>
      name.startsWith('$env.')
        ? (trace.environment.get(name.slice('$env.'.length)) ?? null)
        : (constants[name] ?? null),
  });
}

function isAccepted(link: ReadingLink, event: EventMessage): boolean {
  if (link.verdict !== 'depends') return link.verdict === 'always';
  const values = [...link.values];
  const roots: Readonly<Record<RecordRoot, StructureValue | null>> = {
    payload: event.payload,
    'specific-context': event.specificContext,
    'common-context': event.commonContext,
    'packet-context': event.packet?.context ?? null,
  };
  for (const { root, path, position } of link.wanted) {
    const structure = roots[root];
    values[position] = structure === null ? null : plain(valueAt(structure, path));
  }
  if (link.timePosition !== null) values[link.timePosition] = nsOf(event);
  return link.accepts(values);
}

function membersOf(structure: StructureClass | null): readonly MemberShape[] {
  return (structure?.members ?? []).map(({ name, fieldClass }) => ({
    name,
    shape: () => shapeOf(fieldClass),
  }));
}

function shapeOf(fieldClass: FieldClass): FieldShape {
  switch (fieldClass.kind) {
    case 'signed-integer':
    case 'unsigned-integer':
      return {
        kind: 'integer',
        isSigned: fieldClass.kind === 'signed-integer',
        sizeBits: fieldClass.valueRangeBits,
      };
    case 'bit-array':
      return { kind: 'integer', isSigned: false, sizeBits: fieldClass.lengthBits };
    case 'boolean':
      return { kind: 'integer', isSigned: false, sizeBits: 8 };
    case 'single-precision-real':
      return { kind: 'double', sizeBits: 32 };
    case 'double-precision-real':
      return { kind: 'double', sizeBits: 64 };
    case 'string':
      return { kind: 'text' };
    case 'static-array':
      return { kind: 'array', length: fieldClass.length, element: shapeOf(fieldClass.element) };
    case 'dynamic-array':
      return { kind: 'array', length: null, element: shapeOf(fieldClass.element) };
    case 'structure':
      return { kind: 'structure', members: membersOf(fieldClass) };
    case 'option': {
      const shape = shapeOf(fieldClass.content);
      return shape.kind === 'structure' ? { kind: 'other' } : shape;
    }
    case 'variant':
      return { kind: 'dynamic' };
    default:
      return { kind: 'other' };
  }
}

const valueAt = (structure: StructureValue, path: readonly number[]): FieldValue =>
  path.reduce<FieldValue>((at, index) => (at as StructureValue)[index]!, structure);

/** A value as filters compute with it. */
function plain(value: FieldValue | null): FilterValue {
  if (value === NEGATIVE_NAN) return Number.NaN;
  if (typeof value !== 'object' || value === null) return value as FilterValue;
  if ('content' in value) return plain((value as OptionValue).content);
  if ('option' in value) return plain((value as VariantValue).value);
  return value as FilterValue;
}
