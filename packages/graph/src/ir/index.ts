export type { ClockClass, ClockOrigin } from './clock-class.ts';
export { clockClass, cyclesToNs, findNs, nsToCycles } from './clock-class.ts';
export type {
  BitArrayClass,
  BooleanClass,
  DisplayBase,
  DynamicArrayClass,
  DynamicBlobClass,
  FieldClass,
  FieldLocation,
  IntegerClass,
  IntegerOptions,
  IntegerRange,
  Mapping,
  OptionClass,
  OptionSelector,
  RealClass,
  Scope,
  StaticArrayClass,
  StaticBlobClass,
  StringClass,
  StructureClass,
  StructureMember,
  VariantClass,
  VariantOption,
} from './field-class.ts';
export {
  booleanClass,
  doublePrecisionReal,
  dynamicArray,
  isInteger,
  labelsOf,
  signedInteger,
  singlePrecisionReal,
  staticArray,
  stringClass,
  structure,
  structureOf,
  unsignedInteger,
} from './field-class.ts';
export type {
  FieldValue,
  OptionValue,
  PlainEnumeration,
  PlainObject,
  PlainValue,
  StructureValue,
  VariantValue,
} from './field-value.ts';
export { memberValue, NEGATIVE_NAN, structureValue, textOf, toPlain, toPlainObject } from './field-value.ts';
export type {
  EventClass,
  EventClassProperties,
  EventLogLevel,
  MipVersion,
  Packet,
  Stream,
  StreamClass,
  StreamClassProperties,
  StreamProperties,
  TraceProperties,
} from './trace.ts';
export { EVENT_LOG_LEVELS, Trace, TraceClass } from './trace.ts';
