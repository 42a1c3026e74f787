/** ELF files: their sections and the functions that their symbol tables name. Both classes and byte orders. */
import { FormatError } from '@lttng-ts/base';
import type { ByteSource } from '@lttng-ts/ctf';

/** A binary is read section by section; one beyond this is not read. */
const MAX_SECTION_BYTES = 1 << 28;
const SHT_NOBITS = 8;
const SHF_COMPRESSED = 0x800;
const STT_FUNC = 2;

interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly link: number;
}

export interface ElfFunction {
  readonly name: string;
  readonly address: bigint;
  readonly sizeBytes: bigint;
}

export class ElfFile {
  readonly isLittleEndian: boolean;
  readonly is64: boolean;
  readonly #source: ByteSource;
  readonly #sections: readonly Section[];

  /** Throws `FormatError` when `source` is no ELF file. */
  constructor(source: ByteSource) {
    this.#source = source;
    const ident = this.#view(0, 64);
    if (ident.byteLength < 52 || ident.getUint32(0, false) !== 0x7f454c46) {
      throw new FormatError(`No ELF file: path="${source.path}"`);
    }
    this.is64 = ident.getUint8(4) === 2;
    this.isLittleEndian = ident.getUint8(5) === 1;
    this.#sections = this.#readSections(ident);
  }

  #view(offsetBytes: number, lengthBytes: number): DataView {
    const bytes = this.#source.read(offsetBytes, lengthBytes);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A word of the file's class. */
  #word(view: DataView, at: number): bigint {
    return this.is64
      ? view.getBigUint64(at, this.isLittleEndian)
      : BigInt(view.getUint32(at, this.isLittleEndian));
  }

  #readSections(header: DataView): readonly Section[] {
    const little = this.isLittleEndian;
    const tableOffset = Number(this.#word(header, this.is64 ? 0x28 : 0x20));
    const entryBytes = header.getUint16(this.is64 ? 0x3a : 0x2e, little);
    const count = header.getUint16(this.is64 ? 0x3c : 0x30, little);
    const nameIndex = header.getUint16(this.is64 ? 0x3e : 0x32, little);
    if (entryBytes < (this.is64 ? 64 : 40)) return [];
    const table = this.#view(tableOffset, count * entryBytes);
    const whole = Math.min(count, Math.floor(table.byteLength / entryBytes));
    const raw = Array.from({ length: whole }, (_, i) => {
      const at = i * entryBytes;
      return {
        nameOffset: table.getUint32(at, little),
        type: table.getUint32(at + 4, little),
        flags: Number(this.#word(table, at + 8)),
        offsetBytes: Number(this.#word(table, at + (this.is64 ? 0x18 : 0x10))),
        sizeBytes: Number(this.#word(table, at + (this.is64 ? 0x20 : 0x14))),
        link: table.getUint32(at + (this.is64 ? 0x28 : 0x18), little),
      };
    });
    const named = raw[nameIndex];
    const names =
      named === undefined ? new Uint8Array() : this.#source.read(named.offsetBytes, named.sizeBytes);
    return raw.map(({ nameOffset, ...section }) => ({ ...section, name: textAt(names, nameOffset) }));
  }

  /** The bytes of a section; `null` when there is none that can be read. */
  section(name: string): DataView | null {
    const found = this.#sections.find((section) => section.name === name);
    return found === undefined ? null : this.#read(found);
  }

  #read({ type, flags, offsetBytes, sizeBytes }: Section): DataView | null {
    const isUnreadable =
      type === SHT_NOBITS || (flags & SHF_COMPRESSED) !== 0 || sizeBytes > MAX_SECTION_BYTES;
    return isUnreadable ? null : this.#view(offsetBytes, sizeBytes);
  }

  /** Functions by address, from the symbol table, or from the one for linking. */
  functions(): readonly ElfFunction[] {
    for (const name of ['.symtab', '.dynsym']) {
      const table = this.#sections.find((section) => section.name === name);
      const strings = table === undefined ? undefined : this.#sections[table.link];
      const [symbols, text] = [table, strings].map((one) => (one === undefined ? null : this.#read(one)));
      if (!symbols || !text) continue;
      const found = this.#functionsOf(symbols, new Uint8Array(text.buffer, text.byteOffset, text.byteLength));
      if (found.length > 0) return found;
    }
    return [];
  }

  #functionsOf(symbols: DataView, names: Uint8Array): ElfFunction[] {
    const little = this.isLittleEndian;
    const entryBytes = this.is64 ? 24 : 16;
    const functions: ElfFunction[] = [];
    for (let at = 0; at + entryBytes <= symbols.byteLength; at += entryBytes) {
      const info = symbols.getUint8(at + (this.is64 ? 4 : 12));
      const address = this.#word(symbols, at + (this.is64 ? 8 : 4));
      if ((info & 0xf) !== STT_FUNC || address === 0n) continue;
      const sizeBytes = this.#word(symbols, at + (this.is64 ? 16 : 8));
      functions.push({ name: textAt(names, symbols.getUint32(at, little)), address, sizeBytes });
    }
    return functions.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  }
}

const utf8 = new TextDecoder();

/** The text that ends with a zero at `offset`. */
export function textAt(bytes: Uint8Array, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return utf8.decode(bytes.subarray(offset, end < 0 ? bytes.length : end));
}
