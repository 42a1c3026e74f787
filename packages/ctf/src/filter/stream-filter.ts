/**
 * Which event records of a data stream filters let pass. What an expression names is looked up once for each class; of
 * event records in a run nothing is read but the fields that it names, and nothing at all where it says the same of the
 * whole class.
 */
import type {
  FieldValue as FilterValue,
  ReadingFilter,
  ReadingLink,
  RecordRoot,
  RecordShape,
  Refusal,
  WantedField,
} from '@lttng-ts/filter';
import { clearerRefusal } from '@lttng-ts/filter';
import type { Select } from '../decode/decoder.ts';
import type { Selection } from '../decode/generate.ts';
import type { FieldValue, StructureValue } from '../decode/values.ts';
import type { StructureClass } from '../model/field-class.ts';
import type { DataStreamClass, EventRecordClass } from '../model/trace-class.ts';
import type { EventRecordMessage, Packet } from '../stream/messages.ts';
import type { RecordRun } from '../stream/record-run.ts';
import { type Convert, classAt, conversionOf, membersOf, valueAt } from './field-shape.ts';

/** What filters may name besides fields. */
export interface FilteredStream {
  readonly dataStreamClass: DataStreamClass;
  readonly streamId: bigint;
  readonly traceName: string | null;
  readonly environment: ReadonlyMap<string, string | bigint>;
}

/** Numbers that {@link StreamFilter.ranges} writes for each range: the caller's, the first one's, the one's behind it. */
export const RANGE_LENGTH = 3;

/** Roots behind the header, in their order there. */
const RECORD_ROOTS: readonly RecordRoot[] = ['common-context', 'specific-context', 'payload'];

export class StreamFilter {
  readonly #filters: readonly ReadingFilter[];
  readonly #stream: FilteredStream;
  readonly #plans = new Map<EventRecordClass, ClassPlan>();
  /** By the numbers of classes that columns hold. */
  #runPlans: (RunPlan | undefined)[] = [];
  #runStream: RecordRun['stream'] | null = null;
  #packet: Packet | null = null;

  /** An event record passes when all `filters` accept it. */
  constructor(filters: readonly ReadingFilter[], stream: FilteredStream) {
    this.#filters = filters;
    this.#stream = stream;
  }

  /** Tells of an event record whether it passes; `ns` is its time, `null` without a clock. */
  accepts(record: EventRecordMessage, ns: bigint | null): boolean {
    return this.#planOf(record.eventRecordClass).accepts(record, ns);
  }

  /** Whether it was asked of nothing yet. */
  get isUnused(): boolean {
    return this.#plans.size === 0;
  }

  /** Why no event record of any class that occurred can pass; `null` when one might. */
  get hopelessness(): Refusal | null {
    let refusal: Refusal | null = null;
    for (const plan of this.#plans.values()) {
      if (plan.refusal === null) return null;
      refusal = clearerRefusal(refusal, plan.refusal);
    }
    return refusal;
  }

  /**
   * Writes ranges of event records that pass, of those from number `first` on before number `end`, into `out` from `at`
   * on: at most {@link RANGE_LENGTH} numbers for each. Gives where the last one ends. `nsAt` gives the time of an event
   * record.
   */
  ranges(
    run: RecordRun,
    { part, first, end }: { readonly part: number; readonly first: number; readonly end: number },
    nsAt: (index: number) => bigint | null,
    out: Int32Array,
    at: number,
  ): number {
    if (run.stream !== this.#runStream || run.packet !== this.#packet) this.#setPacket(run);
    const plans = this.#runPlans;
    const { classes } = run.columns;
    let o = at;
    let from = -1;
    for (let i = first; i < end; i++) {
      const plan = plans[classes[i]!] ?? this.#runPlan(run, i);
      if (plan.isAccepted ?? plan.accepts(run, i, nsAt)) {
        if (from < 0) from = i;
      } else if (from >= 0) {
        out[o] = part;
        out[o + 1] = from;
        out[o + 2] = i;
        o += RANGE_LENGTH;
        from = -1;
      }
    }
    if (from >= 0) {
      out[o] = part;
      out[o + 1] = from;
      out[o + 2] = end;
      o += RANGE_LENGTH;
    }
    return o;
  }

  #setPacket(run: RecordRun): void {
    if (run.stream !== this.#runStream) this.#runPlans = [];
    this.#runStream = run.stream;
    this.#packet = run.packet;
    for (const plan of this.#runPlans) plan?.setPacket(run.packet);
  }

  #runPlan(run: RecordRun, index: number): RunPlan {
    const plan = new RunPlan(this.#planOf(run.recordAt(index).eventRecordClass), run, index);
    plan.setPacket(run.packet);
    this.#runPlans[run.columns.classes[index]!] = plan;
    return plan;
  }

  #planOf(eventRecordClass: EventRecordClass): ClassPlan {
    let plan = this.#plans.get(eventRecordClass);
    if (plan === undefined) {
      plan = new ClassPlan(this.#filters, this.#stream, eventRecordClass);
      this.#plans.set(eventRecordClass, plan);
    }
    return plan;
  }
}

/** A field that a filter asks with, and how its value becomes the filter's. */
interface Wanted extends WantedField {
  readonly convert: Convert | null;
}

/** A filter that must be asked about each event record of a class. */
class Asked {
  readonly link: ReadingLink;
  readonly wanted: readonly Wanted[];
  readonly values: FilterValue[];

  constructor(link: ReadingLink, rootClasses: Readonly<Record<RecordRoot, StructureClass | null>>) {
    this.link = link;
    this.values = [...link.values];
    this.wanted = link.wanted.map((wanted) => ({
      ...wanted,
      convert: conversionOf(classAt(rootClasses[wanted.root]!, wanted.path)),
    }));
  }

  /** Takes the values of one root structure over. */
  take(root: RecordRoot, structure: StructureValue | null): void {
    for (const { root: where, path, position, convert } of this.wanted) {
      if (where !== root) continue;
      const value = structure === null ? null : valueAt(structure, path);
      this.values[position] = value === null || convert === null ? (value as FilterValue) : convert(value);
    }
  }

  ask(ns: bigint | null): boolean {
    const { timePosition } = this.link;
    if (timePosition !== null) this.values[timePosition] = ns;
    return this.link.accepts(this.values);
  }
}

/** What filters say of the event records of one class. */
class ClassPlan {
  readonly asked: readonly Asked[];
  /** What they say of all; `null`: they must be asked. */
  readonly isAccepted: boolean | null;
  /** Why none passes, whatever its values are. */
  readonly refusal: Refusal | null;

  constructor(
    filters: readonly ReadingFilter[],
    { dataStreamClass, streamId, traceName, environment }: FilteredStream,
    eventRecordClass: EventRecordClass,
  ) {
    const roots: Readonly<Record<RecordRoot, StructureClass | null>> = {
      payload: eventRecordClass.payload,
      'specific-context': eventRecordClass.specificContext,
      'common-context': dataStreamClass.eventRecordCommonContext,
      'packet-context': dataStreamClass.packetContext,
    };
    const constants: Readonly<Record<string, string | number | bigint | null>> = {
      '$event.name': eventRecordClass.name,
      '$event.loglevel': eventRecordClass.logLevel,
      '$event.id': eventRecordClass.id,
      '$stream.id': streamId,
      '$trace.name': traceName,
    };
    const shape: RecordShape = {
      members: (root) => membersOf(roots[root]),
      hasTime: dataStreamClass.defaultClockClass !== null,
      constant: (name) =>
        name.startsWith('$env.')
          ? (environment.get(name.slice('$env.'.length)) ?? null)
          : (constants[name] ?? null),
    };
    const links = filters.map((filter) => filter.link(shape));
    const isRefused = links.some(({ verdict }) => verdict === 'never');
    this.refusal = links.find(({ refusal }) => refusal !== null)?.refusal ?? null;
    this.asked = isRefused
      ? []
      : links.filter(({ verdict }) => verdict === 'depends').map((link) => new Asked(link, roots));
    this.isAccepted = isRefused ? false : this.asked.length === 0 ? true : null;
  }

  accepts(record: EventRecordMessage, ns: bigint | null): boolean {
    if (this.isAccepted !== null) return this.isAccepted;
    for (const asked of this.asked) {
      asked.take('payload', record.payload);
      asked.take('specific-context', record.specificContext);
      asked.take('common-context', record.commonContext);
      asked.take('packet-context', record.packet.context);
      if (!asked.ask(ns)) return false;
    }
    return true;
  }
}

/** The same for event records in runs. */
class RunPlan {
  readonly isAccepted: boolean | null;
  readonly #plan: ClassPlan;
  /** One for each filter that must be asked; `null`: event records must be decoded. */
  readonly #selects: readonly Select[] | null;
  readonly #needsTime: boolean;

  constructor(plan: ClassPlan, run: RecordRun, index: number) {
    this.#plan = plan;
    this.isAccepted = plan.isAccepted;
    this.#needsTime = plan.asked.some(({ link }) => link.timePosition !== null);
    const record = run.recordAt(index);
    this.#selects = record.needsHeader
      ? null
      : plan.asked.map(({ wanted }) => record.makeSelect(selectionsOf(wanted)));
  }

  setPacket({ context }: Packet): void {
    for (const asked of this.#plan.asked) asked.take('packet-context', context);
  }

  accepts(run: RecordRun, index: number, nsAt: (index: number) => bigint | null): boolean {
    const ns = this.#needsTime ? nsAt(index) : null;
    if (this.#selects === null) return this.#plan.accepts(run.eventRecordAt(index), ns);
    const { asked } = this.#plan;
    for (let i = 0; i < asked.length; i++) {
      const { wanted, values } = asked[i]!;
      run.select(this.#selects[i]!, index, values);
      for (let k = 0; k < wanted.length; k++) {
        const { position, convert, root } = wanted[k]!;
        if (convert === null || root === 'packet-context') continue;
        values[position] = convert(values[position] as FieldValue);
      }
      if (!asked[i]!.ask(ns)) return false;
    }
    return true;
  }
}

function selectionsOf(wanted: readonly WantedField[]): readonly (Selection | null)[] {
  return RECORD_ROOTS.map((root) => {
    const fields = wanted.filter((field) => field.root === root);
    return fields.length === 0 ? null : selectionOf(fields.map(({ path, position }) => ({ path, position })));
  });
}

function selectionOf(fields: readonly { path: readonly number[]; position: number }[]): Selection {
  const members = new Map<number, number | Selection>();
  for (const { path } of fields) {
    const [member] = path;
    if (member === undefined || members.has(member)) continue;
    const same = fields.filter((field) => field.path[0] === member);
    const only = same.find((field) => field.path.length === 1);
    members.set(
      member,
      only?.position ??
        selectionOf(same.map((field) => ({ path: field.path.slice(1), position: field.position }))),
    );
  }
  return { members };
}
