/** Builds bytecode instruction by instruction, with its relocation table and forward jumps. Knows no language. */
import { assert, UsageError } from '@lttng-ts/base';
import { MAX_BYTECODE_BYTES } from '../limits.ts';
import type { Bytecode } from './bytecode.ts';
import { type Mnemonic, opcodeNumber } from './opcodes.ts';

/** A jump whose target is not known yet. */
export interface PendingSkip {
  readonly operandAt: number;
}

const TO_UTF8 = new TextEncoder();
/** What stands in the place of a relocated operand, until the tracer links the code. */
const RELOCATED = 0xffff;

/** Growing code and relocation table; `finish` gives the bytes. */
export class Assembler {
  readonly #code = new ByteList();
  readonly #relocations = new ByteList();

  /** Adds an instruction without operand. */
  plain(mnemonic: Mnemonic): void {
    this.#code.u8(opcodeNumber(mnemonic));
  }

  /** Adds LOAD_S64; `value` may be given signed or unsigned. */
  loadS64(value: bigint): void {
    this.plain('LOAD_S64');
    this.#code.u64(value);
  }

  /** Adds LOAD_DOUBLE. */
  loadDouble(value: number): void {
    this.plain('LOAD_DOUBLE');
    this.#code.f64(value);
  }

  /** Adds a load of a string literal; `text` must not hold a NUL. */
  loadString(mnemonic: 'LOAD_STRING' | 'LOAD_STAR_GLOB_STRING', text: string): void {
    this.plain(mnemonic);
    this.#code.text(text);
  }

  /** Adds an access to a field or context by name, which the tracer resolves through the relocation table. */
  symbolRef(mnemonic: 'LOAD_FIELD_REF' | 'GET_CONTEXT_REF', symbol: string): void {
    this.#relocate(symbol);
    this.plain(mnemonic);
    this.#code.u16(RELOCATED);
  }

  /** Adds GET_SYMBOL, which names its symbol by its place in the relocation table. */
  getSymbol(symbol: string): void {
    const symbolAt = this.#relocate(symbol);
    this.plain('GET_SYMBOL');
    this.#code.u16(symbolAt);
  }

  /** Adds GET_INDEX_U64. */
  getIndex(index: bigint): void {
    this.plain('GET_INDEX_U64');
    this.#code.u64(index);
  }

  /** Adds AND or OR; give the result to `land` where the jump ends. */
  skip(mnemonic: 'AND' | 'OR'): PendingSkip {
    this.plain(mnemonic);
    const operandAt = this.#code.length;
    this.#code.u16(0);
    return { operandAt };
  }

  /** Lets a pending jump end at the next instruction. */
  land(skip: PendingSkip): void {
    this.#code.patchU16(skip.operandAt, this.#code.length);
  }

  /** Gives the finished bytes. Throws `UsageError` when tracers would refuse them for their length. */
  finish(): Bytecode {
    const relocOffset = this.#code.length;
    const total = relocOffset + this.#relocations.length;
    if (total > MAX_BYTECODE_BYTES) throw tooLong();
    const bytes = new Uint8Array(total);
    bytes.set(this.#code.bytes, 0);
    bytes.set(this.#relocations.bytes, relocOffset);
    return { bytes, relocOffset };
  }

  /** Adds a relocation of the next instruction, and gives the offset of its name in the table. */
  #relocate(symbol: string): number {
    this.#relocations.u16(this.#code.length);
    const symbolAt = this.#relocations.length;
    this.#relocations.text(symbol);
    return symbolAt;
  }
}

function tooLong(): UsageError {
  return new UsageError(`Filter too long: bytecode exceeds ${MAX_BYTECODE_BYTES} bytes`);
}

/** Bytes that grow by doubling, up to the limit of bytecode. */
class ByteList {
  #bytes = new Uint8Array(64);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  u8(value: number): void {
    const at = this.#take(1);
    this.#view.setUint8(at, value);
  }

  u16(value: number): void {
    const at = this.#take(2);
    this.#view.setUint16(at, value, true);
  }

  u64(value: bigint): void {
    const at = this.#take(8);
    this.#view.setBigUint64(at, BigInt.asUintN(64, value), true);
  }

  f64(value: number): void {
    const at = this.#take(8);
    this.#view.setFloat64(at, value, true);
  }

  text(text: string): void {
    assert(!text.includes('\0'), 'Text of bytecode holds a NUL');
    const encoded = TO_UTF8.encode(text);
    const at = this.#take(encoded.length + 1);
    this.#bytes.set(encoded, at);
    this.#bytes[at + encoded.length] = 0;
  }

  patchU16(at: number, value: number): void {
    this.#view.setUint16(at, value, true);
  }

  /** Reserves bytes and gives their offset. May replace `#bytes` and `#view`: call it before reading them. */
  #take(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > MAX_BYTECODE_BYTES) throw tooLong();
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
}
