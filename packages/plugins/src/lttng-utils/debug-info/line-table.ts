/**
 * Line tables of DWARF (versions 2 to 5, `.debug_line`): which source line the code at an address comes from. What is
 * not understood ends a unit, not the reading.
 */
import type { ElfFile } from './elf-file.ts';
import { textAt } from './elf-file.ts';

/** Code from `address` up to the next row of the sequence. */
export interface LineRow {
  readonly address: bigint;
  readonly file: string;
  readonly line: number;
  /** No code any more from here. */
  readonly isEnd: boolean;
}

/** Standard opcodes of line programs. */
const OPCODE = {
  copy: 1,
  advancePc: 2,
  advanceLine: 3,
  setFile: 4,
  setColumn: 5,
  negateStatement: 6,
  setBasicBlock: 7,
  constAddPc: 8,
  fixedAdvancePc: 9,
} as const;

const EXTENDED = { endSequence: 1, setAddress: 2 } as const;

/** Forms of the entries of version 5. */
const FORM = {
  block: 0x09,
  data1: 0x0b,
  data2: 0x05,
  data4: 0x06,
  data8: 0x07,
  data16: 0x1e,
  string: 0x08,
} as const;
const FORM_STRP = 0x0e;
const FORM_LINE_STRP = 0x1f;
const FORM_UDATA = 0x0f;
const CONTENT = { path: 1, directoryIndex: 2 } as const;

class Cursor {
  readonly view: DataView;
  readonly #little: boolean;
  readonly #bytes: Uint8Array;
  at: number;

  constructor(view: DataView, at: number, isLittleEndian: boolean) {
    this.view = view;
    this.at = at;
    this.#little = isLittleEndian;
    this.#bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  }

  /** Moves on by `sizeBytes` and gives the place before. */
  take(sizeBytes: number): number {
    const at = this.at;
    this.at += sizeBytes;
    return at;
  }

  u8 = (): number => this.view.getUint8(this.take(1));
  s8 = (): number => this.view.getInt8(this.take(1));
  u16 = (): number => this.view.getUint16(this.take(2), this.#little);
  u32 = (): number => this.view.getUint32(this.take(4), this.#little);
  u64 = (): bigint => this.view.getBigUint64(this.take(8), this.#little);

  offset(is64: boolean): number {
    return is64 ? Number(this.u64()) : this.u32();
  }

  uleb(): number {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return Number(value);
    }
  }

  sleb(): number {
    let value = 0n;
    for (let shift = 0n; ; ) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if ((byte & 0x80) === 0) return Number(BigInt.asIntN(Number(shift), value));
    }
  }

  text(): string {
    const text = textAt(this.#bytes, this.at);
    const end = this.#bytes.indexOf(0, this.at);
    this.at = end < 0 ? this.#bytes.length : end + 1;
    return text;
  }
}

interface FileName {
  readonly name: string;
  readonly directory: number;
}

interface Header {
  readonly version: number;
  readonly minimumInstructionBytes: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly operandCounts: readonly number[];
  readonly files: readonly string[];
}

/** Rows of all units, by address. */
export function readLineTable(elf: ElfFile): readonly LineRow[] {
  const section = elf.section('.debug_line');
  if (section === null) return [];
  const rows: LineRow[] = [];
  const cursor = new Cursor(section, 0, elf.isLittleEndian);
  while (cursor.at + 4 <= section.byteLength) {
    let is64 = false;
    let lengthBytes = cursor.u32();
    if (lengthBytes === 0xffffffff) {
      is64 = true;
      lengthBytes = Number(cursor.u64());
    }
    const end = cursor.at + lengthBytes;
    if (end > section.byteLength) break;
    try {
      rows.push(...readUnit(cursor, end, is64, elf));
    } catch (error) {
      // A damaged unit reads beyond its section: the others are read all the same.
      if (!(error instanceof RangeError)) throw error;
    }
    cursor.at = end;
  }
  return rows.sort((a, b) =>
    a.address < b.address ? -1 : a.address > b.address ? 1 : Number(b.isEnd) - Number(a.isEnd),
  );
}

function readUnit(cursor: Cursor, end: number, is64: boolean, elf: ElfFile): LineRow[] {
  const version = cursor.u16();
  if (version < 2 || version > 5) return [];
  if (version >= 5) cursor.at += 2;
  const headerBytes = cursor.offset(is64);
  const programAt = cursor.at + headerBytes;
  const minimumInstructionBytes = cursor.u8();
  if (version >= 4) cursor.at++;
  cursor.at++;
  const [lineBase, lineRange, opcodeBase] = [cursor.s8(), cursor.u8(), cursor.u8()];
  const operandCounts = Array.from({ length: opcodeBase - 1 }, () => cursor.u8());
  const files = version >= 5 ? readNames5(cursor, is64, elf) : readNames(cursor);
  cursor.at = programAt;
  return runProgram(
    cursor,
    end,
    {
      version,
      minimumInstructionBytes,
      lineBase,
      lineRange,
      opcodeBase,
      operandCounts,
      files,
    },
    elf.is64 ? 8 : 4,
  );
}

const joined = (directory: string | undefined, name: string): string =>
  name.startsWith('/') || directory === undefined || directory === '' ? name : `${directory}/${name}`;

/** Versions 2 to 4: directories, then files, which count from 1. */
function readNames(cursor: Cursor): readonly string[] {
  const directories = [''];
  for (let name = cursor.text(); name !== ''; name = cursor.text()) directories.push(name);
  const files = [''];
  for (let name = cursor.text(); name !== ''; name = cursor.text()) {
    const directory = cursor.uleb();
    cursor.uleb();
    cursor.uleb();
    files.push(joined(directories[directory], name));
  }
  return files;
}

/** Version 5: both are tables that describe themselves, and files count from 0. */
function readNames5(cursor: Cursor, is64: boolean, elf: ElfFile): readonly string[] {
  const directories = readEntries(cursor, is64, elf).map(({ name }) => name);
  return readEntries(cursor, is64, elf).map(({ name, directory }) => joined(directories[directory], name));
}

function readEntries(cursor: Cursor, is64: boolean, elf: ElfFile): readonly FileName[] {
  const formats = Array.from({ length: cursor.u8() }, () => [cursor.uleb(), cursor.uleb()] as const);
  const count = Math.min(cursor.uleb(), cursor.view.byteLength);
  return Array.from({ length: count }, () => {
    let [name, directory] = ['', 0];
    for (const [content, form] of formats) {
      const value = readForm(cursor, form, is64, elf);
      if (content === CONTENT.path) name = String(value);
      if (content === CONTENT.directoryIndex) directory = Number(value);
    }
    return { name, directory };
  });
}

function readForm(cursor: Cursor, form: number, is64: boolean, elf: ElfFile): string | number {
  switch (form) {
    case FORM.string:
      return cursor.text();
    case FORM_STRP:
    case FORM_LINE_STRP: {
      const offset = cursor.offset(is64);
      const strings = elf.section(form === FORM_STRP ? '.debug_str' : '.debug_line_str');
      if (strings === null) return '';
      return textAt(new Uint8Array(strings.buffer, strings.byteOffset, strings.byteLength), offset);
    }
    case FORM_UDATA:
      return cursor.uleb();
    case FORM.data1:
      return cursor.u8();
    case FORM.data2:
      return cursor.u16();
    case FORM.data4:
      return cursor.u32();
    case FORM.data8:
      return Number(cursor.u64());
    case FORM.data16:
      cursor.at += 16;
      return 0;
    case FORM.block:
      cursor.at += cursor.uleb();
      return 0;
    default:
      throw new RangeError(`Unknown form: form=${form}`);
  }
}

function runProgram(cursor: Cursor, end: number, header: Header, addressBytes: 4 | 8): LineRow[] {
  const { minimumInstructionBytes, lineBase, lineRange, opcodeBase, operandCounts, files } = header;
  const rows: LineRow[] = [];
  let [address, file, line] = [0n, 1, 1];
  const advance = (operations: number): void => {
    address += BigInt(operations * minimumInstructionBytes);
  };
  const emit = (isEnd: boolean): void => {
    rows.push({ address, file: files[file] ?? '', line, isEnd });
  };
  while (cursor.at < end) {
    const opcode = cursor.u8();
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase;
      advance(Math.floor(adjusted / lineRange));
      line += lineBase + (adjusted % lineRange);
      emit(false);
      continue;
    }
    switch (opcode) {
      case 0: {
        const next = cursor.uleb() + cursor.at;
        const extended = cursor.u8();
        if (extended === EXTENDED.endSequence) {
          emit(true);
          [address, file, line] = [0n, 1, 1];
        } else if (extended === EXTENDED.setAddress) {
          address = addressBytes === 8 ? cursor.u64() : BigInt(cursor.u32());
        }
        cursor.at = next;
        break;
      }
      case OPCODE.copy:
        emit(false);
        break;
      case OPCODE.advancePc:
        advance(cursor.uleb());
        break;
      case OPCODE.advanceLine:
        line += cursor.sleb();
        break;
      case OPCODE.setFile:
        file = cursor.uleb();
        break;
      case OPCODE.constAddPc:
        advance(Math.floor((255 - opcodeBase) / lineRange));
        break;
      case OPCODE.fixedAdvancePc:
        address += BigInt(cursor.u16());
        break;
      default:
        for (let i = operandCounts[opcode - 1] ?? 0; i > 0; i--) cursor.uleb();
    }
  }
  return rows;
}

/** The row that `address` belongs to; `null` when it is in no sequence. */
export function findRow(rows: readonly LineRow[], address: bigint): LineRow | null {
  return rowAt(rows, indexOfRow(rows, address));
}

/**
 * Like {@link findRow}, but for code that was inlined from another file the last line of the function's own file before
 * it: that is where the inlined function is called. `functionAddress` is where the function around begins.
 *
 * Differs from upstream: it reads the call's line from the tree of functions, which we do not read. The two differ for
 * functions that are inlined from the same file.
 */
export function findOwnRow(
  rows: readonly LineRow[],
  address: bigint,
  functionAddress: bigint,
): LineRow | null {
  const index = indexOfRow(rows, address);
  const found = rowAt(rows, index);
  const first = findRow(rows, functionAddress);
  if (found === null || first === null || found.file === first.file) return found;
  for (let at = index; at >= 0 && rows[at]!.address >= functionAddress; at--) {
    if (rows[at]!.file === first.file) return rows[at]!;
  }
  return found;
}

function rowAt(rows: readonly LineRow[], index: number): LineRow | null {
  const row = rows[index];
  return row === undefined || row.isEnd ? null : row;
}

/** Place of the last row at or before `address`; -1: there is none. */
function indexOfRow(rows: readonly LineRow[], address: bigint): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.address <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
