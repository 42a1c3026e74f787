export type { Abi, ByteOrder } from './abi.ts';
export { hostByteOrder, LP64_LITTLE_ENDIAN } from './abi.ts';
export { ByteQueue } from './byte-queue.ts';
export type { Kind, ValueOf } from './kinds.ts';
export {
  arrayOf,
  bytes,
  enumeration,
  fixedString,
  i8,
  i16,
  i32,
  i64,
  padding,
  u8,
  u16,
  u32,
  u64,
} from './kinds.ts';
export { toSafeSize } from './safe-size.ts';
export type { FieldPlace, Fields, StructValue, TypeOf } from './struct.ts';
export { alignUp, natural, packed, Struct } from './struct.ts';
