/** Packets by chance: event records of random values, written by our encoder. */
import { compileTrace } from '../decode/operations.ts';
import type { StructureValue } from '../decode/values.ts';
import { PacketWriter } from '../encode/packet-writer.ts';
import type { TraceClass } from '../model/trace-class.ts';
import type { Random } from './random.ts';
import { RandomValues } from './random-classes.ts';

export interface Written {
  readonly packet: Uint8Array;
  readonly contentSizeBits: number;
  readonly context: StructureValue | null;
  readonly records: readonly {
    readonly id: bigint;
    readonly roots: readonly (StructureValue | null)[];
  }[];
}

export interface Writing {
  /** 4 when not given. */
  readonly recordCount?: number;
  /** Whether the writer gives up what it holds behind each event record. */
  readonly isDrained?: boolean;
}

/** Writes a packet of random event records. */
export function writePacket(
  traceClass: TraceClass,
  random: Random,
  { recordCount = 4, isDrained = false }: Writing = {},
): Written {
  const operations = compileTrace(traceClass);
  const dataStreamClass = traceClass.dataStreamClasses.get(0n)!;
  const { packetContext, eventRecordHeader, eventRecordCommonContext, eventRecordClasses } = dataStreamClass;
  const writer = new PacketWriter(traceClass, operations, 0n);
  // Keys in the packet context serve every event record: one set of values makes them all.
  const classes = [...eventRecordClasses.values()];
  const values = new RandomValues(random, [
    packetContext,
    eventRecordHeader,
    eventRecordCommonContext,
    ...classes.flatMap(({ specificContext, payload }) => [specificContext, payload]),
  ]);
  const context = packetContext === null ? null : values.structure(packetContext, 'packet-context');
  writer.begin({ context });
  const drained: number[] = [];
  const records = Array.from({ length: recordCount }, () => {
    const { id, specificContext, payload } = random.pick(classes);
    const commonContext =
      eventRecordCommonContext === null
        ? null
        : values.structure(eventRecordCommonContext, 'event-record-common-context');
    const specific =
      specificContext === null ? null : values.structure(specificContext, 'event-record-specific-context');
    const fields = payload === null ? null : values.structure(payload, 'event-record-payload');
    writer.add({ eventRecordClassId: id, commonContext, specificContext: specific, payload: fields });
    if (isDrained) writer.drain((bytes) => drained.push(...bytes));
    return { id, roots: [commonContext, specific, fields] };
  });
  const { contentSizeBits } = writer;
  const { head, bytes } = writer.endInPlace({});
  const packet = Uint8Array.from([...drained, ...bytes]);
  if (head !== null) packet.set(head);
  return { packet, contentSizeBits, context, records };
}
