/**
 * The instruction set of LTTng's filter and capture bytecode, as UST 2.13 applications understand it: one row
 * per instruction, in the order of the numbers. Assembler, disassembler, validator and the page
 * `docs/filter-bytecode.md` are made from this table.
 *
 * `use` says who may put the instruction into bytecode:
 * - `compiler`: filter and capture compilers emit it, tracers execute it;
 * - `unsupported`: it has a number, and every tracer refuses it;
 * - `tracer`: a tracer's own specialised form; this project refuses it in bytecode that comes from outside.
 */

/**
 * What follows the opcode byte. `symbolRef` is a u16 placeholder that the relocation table names, `skip` an
 * absolute u16 target, `symbol` a u16 offset of a name inside the relocation table.
 */
export type OperandKind =
  | 'none'
  | 'skip'
  | 'symbolRef'
  | 'symbol'
  | 'fieldOffset'
  | 'u16'
  | 'u64'
  | 's64'
  | 'double'
  | 'string';

/** Who may put an instruction into bytecode: see the head of this file. */
export type OpcodeUse = 'compiler' | 'unsupported' | 'tracer';

/** One row of the instruction table. */
export interface OpcodeRow {
  readonly number: number;
  readonly mnemonic: string;
  readonly operand: OperandKind;
  readonly use: OpcodeUse;
  readonly meaning: string;
}

const row = <M extends string>(
  number: number,
  mnemonic: M,
  operand: OperandKind,
  use: OpcodeUse,
  meaning: string,
) => ({ number, mnemonic, operand, use, meaning }) as const;

const COMPARISONS = ['EQ', 'NE', 'GT', 'LT', 'GE', 'LE'] as const;

/** Six specialised comparisons that differ only by the kinds of their operands. */
const comparisons = <S extends string>(first: number, suffix: S, meaning: string) =>
  COMPARISONS.map((name, i) => row(first + i, `${name}_${suffix}` as const, 'none', 'tracer', meaning));

/** The table, ordered by number. */
export const OPCODES = [
  row(1, 'RETURN', 'none', 'compiler', 'end; the top of the stack is the verdict'),
  row(2, 'MUL', 'none', 'unsupported', 'multiplication'),
  row(3, 'DIV', 'none', 'unsupported', 'division'),
  row(4, 'MOD', 'none', 'unsupported', 'remainder'),
  row(5, 'PLUS', 'none', 'unsupported', 'addition'),
  row(6, 'MINUS', 'none', 'unsupported', 'subtraction'),
  row(7, 'BIT_RSHIFT', 'none', 'compiler', 'below >> top, logical, on 64 bits'),
  row(8, 'BIT_LSHIFT', 'none', 'compiler', 'below << top, on 64 bits'),
  row(9, 'BIT_AND', 'none', 'compiler', 'below & top'),
  row(10, 'BIT_OR', 'none', 'compiler', 'below | top'),
  row(11, 'BIT_XOR', 'none', 'compiler', 'below ^ top'),
  row(12, 'EQ', 'none', 'compiler', 'below == top'),
  row(13, 'NE', 'none', 'compiler', 'below != top'),
  row(14, 'GT', 'none', 'compiler', 'below > top'),
  row(15, 'LT', 'none', 'compiler', 'below < top'),
  row(16, 'GE', 'none', 'compiler', 'below >= top'),
  row(17, 'LE', 'none', 'compiler', 'below <= top'),
  ...comparisons(18, 'STRING', 'comparison of two strings'),
  ...comparisons(24, 'S64', 'comparison of two integers'),
  ...comparisons(30, 'DOUBLE', 'comparison of two doubles'),
  ...comparisons(36, 'DOUBLE_S64', 'comparison of a double below with an integer'),
  ...comparisons(42, 'S64_DOUBLE', 'comparison of an integer below with a double'),
  row(48, 'UNARY_PLUS', 'none', 'compiler', 'nothing'),
  row(49, 'UNARY_MINUS', 'none', 'compiler', '-top'),
  row(50, 'UNARY_NOT', 'none', 'compiler', '1 when the top is 0, else 0'),
  row(51, 'UNARY_PLUS_S64', 'none', 'tracer', 'nothing, on an integer'),
  row(52, 'UNARY_MINUS_S64', 'none', 'tracer', '-top, on an integer'),
  row(53, 'UNARY_NOT_S64', 'none', 'tracer', '!top, on an integer'),
  row(54, 'UNARY_PLUS_DOUBLE', 'none', 'tracer', 'nothing, on a double'),
  row(55, 'UNARY_MINUS_DOUBLE', 'none', 'tracer', '-top, on a double'),
  row(56, 'UNARY_NOT_DOUBLE', 'none', 'tracer', '!top, on a double'),
  row(57, 'AND', 'skip', 'compiler', 'top is 0: jump and keep it; else drop it'),
  row(58, 'OR', 'skip', 'compiler', 'top is not 0: make it 1 and jump; else drop it'),
  row(59, 'LOAD_FIELD_REF', 'symbolRef', 'compiler', 'push the field with the relocated name'),
  row(60, 'LOAD_FIELD_REF_STRING', 'fieldOffset', 'tracer', 'push a string field'),
  row(61, 'LOAD_FIELD_REF_SEQUENCE', 'fieldOffset', 'tracer', 'push an array or sequence field'),
  row(62, 'LOAD_FIELD_REF_S64', 'fieldOffset', 'tracer', 'push an integer field'),
  row(63, 'LOAD_FIELD_REF_DOUBLE', 'fieldOffset', 'tracer', 'push a floating point field'),
  row(64, 'LOAD_STRING', 'string', 'compiler', 'push a literal; an unescaped star ends the comparison'),
  row(65, 'LOAD_S64', 's64', 'compiler', 'push an integer'),
  row(66, 'LOAD_DOUBLE', 'double', 'compiler', 'push a double'),
  row(67, 'CAST_TO_S64', 'none', 'compiler', 'turn a number into a signed integer'),
  row(68, 'CAST_DOUBLE_TO_S64', 'none', 'compiler', 'turn a double into a signed integer'),
  row(69, 'CAST_NOP', 'none', 'compiler', 'nothing'),
  row(70, 'GET_CONTEXT_REF', 'symbolRef', 'compiler', 'push the context with the relocated name'),
  row(71, 'GET_CONTEXT_REF_STRING', 'fieldOffset', 'tracer', 'push a string context'),
  row(72, 'GET_CONTEXT_REF_S64', 'fieldOffset', 'tracer', 'push an integer context'),
  row(73, 'GET_CONTEXT_REF_DOUBLE', 'fieldOffset', 'tracer', 'push a floating point context'),
  row(74, 'LOAD_FIELD_REF_USER_STRING', 'fieldOffset', 'tracer', 'kernel: push a string of user memory'),
  row(75, 'LOAD_FIELD_REF_USER_SEQUENCE', 'fieldOffset', 'tracer', 'kernel: push a sequence of user memory'),
  row(76, 'LOAD_STAR_GLOB_STRING', 'string', 'compiler', 'push a pattern with stars anywhere'),
  row(77, 'EQ_STAR_GLOB_STRING', 'none', 'tracer', 'string matches pattern'),
  row(78, 'NE_STAR_GLOB_STRING', 'none', 'tracer', 'string does not match pattern'),
  row(79, 'GET_CONTEXT_ROOT', 'none', 'compiler', 'push the set of contexts'),
  row(80, 'GET_APP_CONTEXT_ROOT', 'none', 'compiler', 'push the set of application contexts'),
  row(81, 'GET_PAYLOAD_ROOT', 'none', 'compiler', 'push the event payload'),
  row(82, 'GET_SYMBOL', 'symbol', 'compiler', 'replace the set on top by its member of that name'),
  row(83, 'GET_SYMBOL_FIELD', 'symbolRef', 'tracer', 'member of a composed field'),
  row(84, 'GET_INDEX_U16', 'u16', 'compiler', 'replace the array on top by its element'),
  row(85, 'GET_INDEX_U64', 'u64', 'compiler', 'replace the array on top by its element'),
  row(86, 'LOAD_FIELD', 'none', 'compiler', 'replace the object on top by its value'),
  row(87, 'LOAD_FIELD_S8', 'none', 'tracer', 'load of a signed 8-bit integer'),
  row(88, 'LOAD_FIELD_S16', 'none', 'tracer', 'load of a signed 16-bit integer'),
  row(89, 'LOAD_FIELD_S32', 'none', 'tracer', 'load of a signed 32-bit integer'),
  row(90, 'LOAD_FIELD_S64', 'none', 'tracer', 'load of a signed 64-bit integer'),
  row(91, 'LOAD_FIELD_U8', 'none', 'tracer', 'load of an unsigned 8-bit integer'),
  row(92, 'LOAD_FIELD_U16', 'none', 'tracer', 'load of an unsigned 16-bit integer'),
  row(93, 'LOAD_FIELD_U32', 'none', 'tracer', 'load of an unsigned 32-bit integer'),
  row(94, 'LOAD_FIELD_U64', 'none', 'tracer', 'load of an unsigned 64-bit integer'),
  row(95, 'LOAD_FIELD_STRING', 'none', 'tracer', 'load of a string'),
  row(96, 'LOAD_FIELD_SEQUENCE', 'none', 'tracer', 'load of an array or sequence'),
  row(97, 'LOAD_FIELD_DOUBLE', 'none', 'tracer', 'load of a double'),
  row(98, 'UNARY_BIT_NOT', 'none', 'compiler', '~top'),
  row(99, 'RETURN_S64', 'none', 'compiler', 'end; the top of the stack, an integer, is the verdict'),
] as const;

/** Name of an instruction. */
export type Mnemonic = (typeof OPCODES)[number]['mnemonic'];

const BY_NUMBER: ReadonlyMap<number, OpcodeRow> = new Map(OPCODES.map((row) => [row.number, row]));
const BY_MNEMONIC: ReadonlyMap<string, OpcodeRow> = new Map(OPCODES.map((row) => [row.mnemonic, row]));

/** Bytes that the operand of each fixed-size kind takes; a string takes its length and a NUL. */
export const OPERAND_SIZE_BYTES: Readonly<Record<Exclude<OperandKind, 'string'>, number>> = {
  none: 0,
  skip: 2,
  symbolRef: 2,
  symbol: 2,
  fieldOffset: 2,
  u16: 2,
  u64: 8,
  s64: 8,
  double: 8,
};

/** Finds the row of a number that came from outside. */
export function findOpcode(number: number): OpcodeRow | null {
  return BY_NUMBER.get(number) ?? null;
}

/** Number of an instruction. */
export function opcodeNumber(mnemonic: Mnemonic): number {
  const found = BY_MNEMONIC.get(mnemonic);
  if (found === undefined) throw new RangeError(`No such instruction: ${mnemonic}`);
  return found.number;
}
