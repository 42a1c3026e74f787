/**
 * LTTng's traces with metadata of CTF 2, piece by piece as applications register. Each piece is what the TSDL of the
 * same piece means (`tsdl/lttng-writer.ts`), so that the two formats cannot say different things of the same bytes:
 * it is written as TSDL, read, and written again as JSON fragments.
 */
import type { ByteOrder } from '@lttng-ts/wire';
import {
  type LttngDataStreamClass,
  type LttngTraceHeader,
  writeLttngDataStreamClass,
  writeLttngEventRecordClass,
  writeLttngTraceHeader,
} from '../tsdl/lttng-writer.ts';
import { parseTraceClass } from '../tsdl/translate.ts';
import { RECORD_SEPARATOR } from './record-separator.ts';
import { writeCtf2Metadata } from './write.ts';

/** Writes the metadata of one trace. Every piece begins with a record separator. */
export interface LttngMetadataWriter {
  /** Everything up to the first data stream class. */
  header(header: LttngTraceHeader): string;
  dataStreamClass(dataStreamClass: LttngDataStreamClass): string;
  eventRecordClass(
    dataStreamClassId: number,
    eventRecordClass: Parameters<typeof writeLttngEventRecordClass>[1],
  ): string;
}

/** TSDL, in LTTng's bytes. */
export function lttngTsdlWriter(byteOrder: ByteOrder): LttngMetadataWriter {
  return {
    header: writeLttngTraceHeader,
    dataStreamClass: (dataStreamClass) => writeLttngDataStreamClass(dataStreamClass, byteOrder),
    eventRecordClass: (id, eventRecordClass) => writeLttngEventRecordClass(id, eventRecordClass, byteOrder),
  };
}

/** JSON fragments. `header`: of this trace; what is written later depends on its types. */
export function lttngCtf2Writer(header: LttngTraceHeader): LttngMetadataWriter {
  const { byteOrder } = header;
  const head = writeLttngTraceHeader(header);
  const lastFragment = (tsdl: string): string => {
    const text = writeCtf2Metadata(parseTraceClass(head + tsdl));
    return text.slice(text.lastIndexOf(RECORD_SEPARATOR));
  };
  return {
    header: (other) => writeCtf2Metadata(parseTraceClass(writeLttngTraceHeader(other))),
    dataStreamClass: (dataStreamClass) => lastFragment(writeLttngDataStreamClass(dataStreamClass, byteOrder)),
    eventRecordClass(id, eventRecordClass) {
      // Payloads refer to nothing outside of them: any stream class will do.
      const stream = writeLttngDataStreamClass({ id, eventHeader: 'large', commonContext: null }, byteOrder);
      return lastFragment(stream + writeLttngEventRecordClass(id, eventRecordClass, byteOrder));
    },
  };
}
