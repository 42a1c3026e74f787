/** Entries of an enumeration, as an application registers them (`ustctl_enum_entry`, 336 bytes each). */
import { ProtocolError } from '@lttng-ts/base';
import { fixedString, packed, padding, u8, u32, u64 } from '@lttng-ts/wire';
import { UST_SYMBOL_BYTES } from './fields.ts';

const AUTO_OPTION = 1;

const enumEntryRecord = packed('ustctl_enum_entry', 'host', {
  start: u64,
  isStartSigned: u8,
  startReserved: padding(15),
  end: u64,
  isEndSigned: u8,
  endReserved: padding(15),
  label: fixedString(UST_SYMBOL_BYTES),
  options: u32,
  reserved: padding(28),
});

export const ENUM_ENTRY_BYTES = enumEntryRecord.sizeBytes;
/** Entries of one enumeration; more is a fault of the peer. */
export const MAX_ENUM_ENTRIES = 16384;

/** One label and its values. */
export interface UstEnumEntry {
  readonly label: string;
  /** First and last value, or null when the compiler's numbering gives it (an automatic entry). */
  readonly range: { readonly first: bigint; readonly last: bigint } | null;
}

/** Decodes entries; throws `ProtocolError` when the last one is cut. */
export function decodeUstEnumEntries(records: Uint8Array): readonly UstEnumEntry[] {
  if (records.length % ENUM_ENTRY_BYTES !== 0) {
    throw new ProtocolError(`Enumeration entries are cut: bytes=${records.length}`);
  }
  return Array.from({ length: records.length / ENUM_ENTRY_BYTES }, (_, index) => {
    const entry = enumEntryRecord.decode(records, index * ENUM_ENTRY_BYTES);
    if ((entry.options & AUTO_OPTION) !== 0) return { label: entry.label, range: null };
    const first = entry.isStartSigned ? BigInt.asIntN(64, entry.start) : entry.start;
    const last = entry.isEndSigned ? BigInt.asIntN(64, entry.end) : entry.end;
    return { label: entry.label, range: { first, last } };
  });
}

/**
 * Encodes entries. A bound is marked as signed when it is below zero or `isSigned` (the container's
 * signedness) says so; automatic entries carry −1, not marked as signed, as liblttng-ust
 * does it.
 */
export function encodeUstEnumEntries(
  entries: readonly UstEnumEntry[],
  isSigned: boolean,
): Uint8Array<ArrayBuffer> {
  const records = new Uint8Array(entries.length * ENUM_ENTRY_BYTES);
  entries.forEach(({ label, range }, index) => {
    const first = range?.first ?? -1n;
    const last = range?.last ?? -1n;
    const record = enumEntryRecord.encode({
      start: BigInt.asUintN(64, first),
      isStartSigned: Number(range !== null && (isSigned || first < 0n)),
      end: BigInt.asUintN(64, last),
      isEndSigned: Number(range !== null && (isSigned || last < 0n)),
      label,
      options: range === null ? AUTO_OPTION : 0,
    });
    records.set(record, index * ENUM_ENTRY_BYTES);
  });
  return records;
}
