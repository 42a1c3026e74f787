/**
 * Bytes of a filter → checked instructions. The bytes come from a session daemon and are hostile input: every
 * operand, jump and relocation is inside its bounds after this file, and the last instruction is the only return.
 * Types and names are the business of `link.ts`.
 */
import { ProtocolError } from '@lttng-ts/base';
import { MAX_BYTECODE_BYTES, MAX_SYMBOL_BYTES } from '../limits.ts';
import type { Bytecode } from './bytecode.ts';
import { findOpcode, type Mnemonic, OPERAND_SIZE_BYTES, type OpcodeRow } from './opcodes.ts';

/** One decoded instruction. */
export interface Instruction {
  /** Offset of the opcode in the code, in bytes. */
  readonly at: number;
  readonly mnemonic: Mnemonic;
  /** The operand: text of a string, a number, or `null`. Jumps hold the target's offset in bytes. */
  readonly operand: string | number | bigint | null;
  /** Name that a relocation or GET_SYMBOL gives this instruction. */
  readonly symbol: string | null;
}

/** Checked instructions in the order of their offsets. */
export interface Program {
  readonly instructions: readonly Instruction[];
}

const FROM_UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });
const RELOCATABLE: ReadonlySet<string> = new Set(['LOAD_FIELD_REF', 'GET_CONTEXT_REF', 'GET_SYMBOL']);
const RETURNS: ReadonlySet<string> = new Set(['RETURN', 'RETURN_S64']);

/** Decodes and checks bytecode. Throws `ProtocolError` with the offset of what is wrong. */
export function decodeProgram({ bytes, relocOffset }: Bytecode): Program {
  if (bytes.length > MAX_BYTECODE_BYTES) throw bad('Bytecode too long', bytes.length);
  if (relocOffset > bytes.length) throw bad('Relocation table outside bytecode', relocOffset);
  const symbols = decodeRelocations(bytes.subarray(relocOffset));
  const code = bytes.subarray(0, relocOffset);
  const instructions: Instruction[] = [];
  for (let at = 0; at < code.length; ) {
    const { instruction, next } = decodeInstruction(code, at, bytes.subarray(relocOffset), symbols);
    instructions.push(instruction);
    symbols.delete(at);
    at = next;
  }
  for (const at of symbols.keys()) throw bad('Relocation of no instruction', at);
  checkFlow(instructions);
  return { instructions };
}

function decodeInstruction(
  code: Uint8Array,
  at: number,
  table: Uint8Array,
  symbols: ReadonlyMap<number, string>,
): { instruction: Instruction; next: number } {
  const row = findOpcode(code[at] ?? 0);
  if (row === null) throw bad(`Unknown instruction: number=${code[at]}`, at);
  if (row.use !== 'compiler') throw bad(`Instruction not allowed: mnemonic="${row.mnemonic}"`, at);
  const { operand, next } = decodeOperand(row, code, at + 1);
  // The row comes from the table whose mnemonics make up the type.
  const mnemonic = row.mnemonic as Mnemonic;
  let symbol = symbols.get(at) ?? null;
  if (symbol !== null && !RELOCATABLE.has(mnemonic)) {
    throw bad(`Relocation of wrong instruction: mnemonic="${mnemonic}"`, at);
  }
  if (row.operand === 'symbolRef' && symbol === null) throw bad('Instruction without relocation', at);
  if (row.operand === 'symbol') symbol = readText(table, Number(operand), MAX_SYMBOL_BYTES, at).text;
  return { instruction: { at, mnemonic, operand, symbol }, next };
}

function decodeOperand(
  { operand: kind }: OpcodeRow,
  code: Uint8Array,
  at: number,
): { operand: Instruction['operand']; next: number } {
  if (kind === 'string') {
    const { text, next } = readText(code, at, MAX_BYTECODE_BYTES, at);
    return { operand: text, next };
  }
  const size = OPERAND_SIZE_BYTES[kind];
  const next = at + size;
  if (next > code.length) throw bad('Instruction without its whole operand', at);
  if (size === 0) return { operand: null, next };
  const view = new DataView(code.buffer, code.byteOffset + at, size);
  switch (kind) {
    case 's64':
      return { operand: view.getBigInt64(0, true), next };
    case 'u64':
      return { operand: view.getBigUint64(0, true), next };
    case 'double':
      return { operand: view.getFloat64(0, true), next };
    default:
      return { operand: view.getUint16(0, true), next };
  }
}

/** Offset of an instruction → its symbol. */
function decodeRelocations(table: Uint8Array): Map<number, string> {
  const symbols = new Map<number, string>();
  for (let at = 0; at < table.length; ) {
    if (at + 2 > table.length) throw bad('Relocation cut short', at);
    const target = (table[at] ?? 0) | ((table[at + 1] ?? 0) << 8);
    const { text, next } = readText(table, at + 2, MAX_SYMBOL_BYTES, at);
    if (symbols.has(target)) throw bad('Two relocations of one instruction', target);
    symbols.set(target, text);
    at = next;
  }
  return symbols;
}

function readText(
  bytes: Uint8Array,
  start: number,
  maxBytes: number,
  at: number,
): { text: string; next: number } {
  const end = start < bytes.length ? bytes.indexOf(0, start) : -1;
  if (end < 0) throw bad('Text without end', at);
  if (end - start >= maxBytes) throw bad('Name too long', at);
  return { text: FROM_UTF8.decode(bytes.subarray(start, end)), next: end + 1 };
}

/** The last instruction returns, no other does, and jumps go forward to instructions. */
function checkFlow(instructions: readonly Instruction[]): void {
  const last = instructions.at(-1);
  if (last === undefined || !RETURNS.has(last.mnemonic))
    throw bad('Bytecode does not end in a return', last?.at ?? 0);
  const offsets = new Set(instructions.map(({ at }) => at));
  for (const { at, mnemonic, operand } of instructions) {
    if (RETURNS.has(mnemonic) && at !== last.at) throw bad('Return before the end', at);
    if (mnemonic !== 'AND' && mnemonic !== 'OR') continue;
    const target = Number(operand);
    if (target <= at || !offsets.has(target)) throw bad(`Jump to nowhere: target=${target}`, at);
  }
}

function bad(what: string, offset: number): ProtocolError {
  return new ProtocolError(`${what}${what.includes(': ') ? ',' : ':'} offset=${offset}`);
}
