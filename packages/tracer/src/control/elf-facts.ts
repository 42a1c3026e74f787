/**
 * What an ELF file says of itself: how much memory it takes, whether it may lie anywhere, its build id and the name of its
 * debug file. Reads headers only; files are as large as they like. Numbers are those of elf(5).
 */

/** Reads bytes of the file; fewer at its end. */
export type ReadAt = (offset: number, lengthBytes: number) => Uint8Array;

export interface ElfFacts {
  readonly sizeInMemoryBytes: bigint;
  readonly isPositionIndependent: boolean;
  readonly buildId: Uint8Array | null;
  readonly debugLink: { readonly fileName: string; readonly crc: number } | null;
}

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const SECTION_HEADER_BYTES = 64;
const ELF_MAGIC = 0x7f454c46;
const CLASS_64 = 2;
const TYPE_SHARED = 3;
const PT_LOAD = 1;
const PT_NOTE = 4;
const NT_GNU_BUILD_ID = 3;
/** What a file may ask us to read at once: notes and tables of names are far smaller. */
const MAX_READ_BYTES = 1 << 20;

/** Gives null for what is no 64-bit ELF file, or a damaged one. */
export function elfFacts(readAt: ReadAt): ElfFacts | null {
  try {
    return new ElfReader(readAt).read();
  } catch (error) {
    // An offset that leads out of the file.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

class ElfReader {
  readonly #readAt: ReadAt;
  #isLittle = true;

  constructor(readAt: ReadAt) {
    this.#readAt = readAt;
  }

  read(): ElfFacts | null {
    const header = this.#view(0, HEADER_BYTES);
    if (header.getUint32(0) !== ELF_MAGIC || header.getUint8(4) !== CLASS_64) return null;
    this.#isLittle = header.getUint8(5) === 1;
    const segments = this.#table(header, 32, 54, 56, PROGRAM_HEADER_BYTES);
    return {
      sizeInMemoryBytes: this.#sizeInMemory(segments),
      isPositionIndependent: header.getUint16(16, this.#isLittle) === TYPE_SHARED,
      buildId: this.#buildId(segments),
      debugLink: this.#debugLink(header),
    };
  }

  #sizeInMemory(segments: readonly DataView[]): bigint {
    const little = this.#isLittle;
    const loaded = segments.filter((segment) => segment.getUint32(0, little) === PT_LOAD);
    const begins = loaded.map((segment) => segment.getBigUint64(16, little));
    const ends = loaded.map((segment) => segment.getBigUint64(16, little) + segment.getBigUint64(40, little));
    const [first = 0n, last = 0n] = [least(begins), greatest(ends)];
    return last - first;
  }

  #buildId(segments: readonly DataView[]): Uint8Array | null {
    const little = this.#isLittle;
    for (const segment of segments) {
      if (segment.getUint32(0, little) !== PT_NOTE) continue;
      const notes = this.#view(numberAt(segment, 8, little), numberAt(segment, 32, little));
      for (let at = 0; at + 12 <= notes.byteLength; ) {
        const nameBytes = notes.getUint32(at, little);
        const contentBytes = notes.getUint32(at + 4, little);
        const contentAt = at + 12 + align4(nameBytes);
        const isGnu = nameBytes === 4 && textAt(notes, at + 12) === 'GNU';
        if (notes.getUint32(at + 8, little) === NT_GNU_BUILD_ID && isGnu) {
          return bytesAt(notes, contentAt, contentBytes);
        }
        at = contentAt + align4(contentBytes);
      }
    }
    return null;
  }

  /** The section `.gnu_debuglink`: a name, padded, then the debug file's checksum. */
  #debugLink(header: DataView): ElfFacts['debugLink'] {
    const little = this.#isLittle;
    const sections = this.#table(header, 40, 58, 60, SECTION_HEADER_BYTES);
    const namesSection = sections[header.getUint16(62, little)];
    if (namesSection === undefined) return null;
    const names = this.#contentOf(namesSection);
    for (const section of sections) {
      const nameAt = section.getUint32(0, little);
      if (nameAt >= names.byteLength || textAt(names, nameAt) !== '.gnu_debuglink') continue;
      const content = this.#contentOf(section);
      const fileName = textAt(content, 0);
      const crcAt = align4(new TextEncoder().encode(fileName).length + 1);
      return { fileName, crc: content.getUint32(crcAt, little) };
    }
    return null;
  }

  #contentOf(section: DataView): DataView {
    return this.#view(numberAt(section, 24, this.#isLittle), numberAt(section, 32, this.#isLittle));
  }

  /** The entries of a table whose offset, entry size and entry count are at these places of the header. */
  #table(
    header: DataView,
    offsetAt: number,
    sizeAt: number,
    countAt: number,
    least: number,
  ): readonly DataView[] {
    const little = this.#isLittle;
    const entryBytes = header.getUint16(sizeAt, little);
    const count = header.getUint16(countAt, little);
    if (count === 0 || entryBytes < least) return [];
    const table = this.#view(numberAt(header, offsetAt, little), count * entryBytes);
    return Array.from(
      { length: count },
      (_, i) => new DataView(table.buffer, table.byteOffset + i * entryBytes, entryBytes),
    );
  }

  /** Exactly these bytes of the file; throws RangeError when they are not there. */
  #view(offset: number, lengthBytes: number): DataView {
    if (lengthBytes > MAX_READ_BYTES) throw new RangeError(`Too much of an ELF file: length=${lengthBytes}`);
    const bytes = this.#readAt(offset, lengthBytes);
    if (bytes.length < lengthBytes) throw new RangeError(`End of an ELF file: offset=${offset}`);
    return new DataView(bytes.buffer, bytes.byteOffset, lengthBytes);
  }
}

const align4 = (value: number): number => (value + 3) & ~3;
const least = (values: readonly bigint[]): bigint | undefined => values.toSorted(compare)[0];
const greatest = (values: readonly bigint[]): bigint | undefined => values.toSorted(compare).at(-1);
const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** A 64-bit number of the file that is used as a place; throws RangeError beyond 2^53. */
function numberAt(view: DataView, at: number, isLittle: boolean): number {
  const value = Number(view.getBigUint64(at, isLittle));
  if (!Number.isSafeInteger(value)) throw new RangeError('Offset beyond an ELF file');
  return value;
}

function bytesAt(view: DataView, at: number, lengthBytes: number): Uint8Array {
  if (at + lengthBytes > view.byteLength) throw new RangeError('A note beyond its segment');
  return new Uint8Array(view.buffer, view.byteOffset + at, lengthBytes).slice();
}

function textAt(view: DataView, at: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, view.byteLength - at);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
