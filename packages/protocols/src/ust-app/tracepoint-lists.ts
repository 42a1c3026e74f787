/** Entries of tracepoint and field lists, which an application gives one at a time. */
import { fixedString, i32, packed, padding, type TypeOf } from '@lttng-ts/wire';
import { UST_SYMBOL_BYTES } from './fields.ts';

/** Body of the reply to TRACEPOINT_LIST_GET. */
export const tracepointEntry = packed('lttng_ust_abi_tracepoint_iter', 'host', {
  name: fixedString(UST_SYMBOL_BYTES),
  logLevel: i32,
  reserved: padding(16),
});
export type UstTracepointEntry = TypeOf<typeof tracepointEntry>;

/** Numbers of field types in {@link fieldEntry}. */
export const fieldEntryTypes = { other: 0, integer: 1, enum: 2, float: 3, string: 4 } as const;
export type FieldEntryType = keyof typeof fieldEntryTypes;

/**
 * What follows the reply to TRACEPOINT_FIELD_LIST_GET when its code is 0: 808 bytes. An event without fields
 * gives one entry with an empty field name, type 0 and `isNotWritten`.
 */
export const fieldEntry = packed('lttng_ust_abi_field_iter', 'host', {
  eventName: fixedString(UST_SYMBOL_BYTES),
  fieldName: fixedString(UST_SYMBOL_BYTES),
  type: i32,
  logLevel: i32,
  isNotWritten: i32,
  reserved: padding(284),
});
export type UstFieldEntry = TypeOf<typeof fieldEntry>;

const typeNames = new Map(
  Object.entries(fieldEntryTypes).map(([name, number]) => [number as number, name as FieldEntryType]),
);

/** Name of a field type's number; what is unknown is `other`. */
export function fieldEntryTypeName(type: number): FieldEntryType {
  return typeNames.get(type) ?? 'other';
}
