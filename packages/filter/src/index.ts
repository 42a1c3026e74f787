export type { Bytecode } from './bytecode/bytecode.ts';
export { disassemble } from './bytecode/disassemble.ts';
export type { Refusal } from './bytecode/link.ts';
export type { Mnemonic, OpcodeRow, OperandKind } from './bytecode/opcodes.ts';
export { OPCODES } from './bytecode/opcodes.ts';
export type { Program } from './bytecode/program.ts';
export { compileCapture, compileFilter, parseFilter } from './compile-filter.ts';
export type { ContextShape } from './contexts.ts';
export { FILTER_CONTEXTS } from './contexts.ts';
export type { LinkedFilter } from './event-filter.ts';
export { decodeFilter, linkFilter, linkReferenceFilter } from './event-filter.ts';
export type {
  ContextReader,
  EventFilter,
  FieldKind,
  FieldResolver,
  FieldValue,
  ResolvedField,
} from './fields.ts';
export { isStarAtEndOnly, isStarGlob, matchStarGlob, normalizeStarGlob, patternsOverlap } from './glob.ts';
export type { Access, BinaryExpression, Expression, UnaryExpression } from './language/ast.ts';
export type { FilterErrorKind } from './language/errors.ts';
export { FilterError } from './language/errors.ts';
export { MAX_BYTECODE_BYTES, MAX_EXPRESSION_CHARS, MAX_NESTING } from './limits.ts';
export { parseReadingFilter } from './reading/parse-reading-filter.ts';
export { clearerRefusal, ReadingFilter, type ReadingLink } from './reading/reading-filter.ts';
export { RECORD_NAMES, type RecordName } from './reading/record-names.ts';
export type {
  FieldShape,
  MemberShape,
  RecordRoot,
  RecordShape,
  WantedField,
} from './reading/record-shape.ts';
export { bothBounds, type TimeBounds } from './reading/time-bounds.ts';
