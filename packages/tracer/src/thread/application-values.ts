/**
 * The values of application contexts as records have them: a tag, which is the place of the type in the ABI's list, then the
 * value. They are put into memory of the addon before an event is encoded, because the program's functions may record events
 * themselves.
 */
import { APPLICATION_VALUE_BYTES } from '@lttng-ts/native';
import { dynamicTypeLabels } from '@lttng-ts/protocols/ust-app';
import { hostByteOrder } from '@lttng-ts/wire';

const isLittle = hostByteOrder === 'little-endian';
const tagOf = (label: (typeof dynamicTypeLabels)[number]): number => dynamicTypeLabels.indexOf(label);
const tags = {
  int8: tagOf('_int8'),
  int64: tagOf('_int64'),
  uint64: tagOf('_uint64'),
  double: tagOf('_double'),
  string: tagOf('_string'),
};
/** Of a text, without length, tag and NUL. */
const MAX_TEXT_BYTES = APPLICATION_VALUE_BYTES - 4;

export class ApplicationValues {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #valueOf: (name: string) => string | number | bigint | boolean | undefined;
  readonly #text = new TextEncoder();
  #isFilling = false;

  /** `memory`: the recorder's `applicationValues`. */
  constructor(
    memory: ArrayBuffer,
    valueOf: (name: string) => string | number | bigint | boolean | undefined,
  ) {
    this.#bytes = new Uint8Array(memory);
    this.#view = new DataView(memory);
    this.#valueOf = valueOf;
  }

  /** Asks for the contexts of these bits; `names` are in the order of their numbers. */
  fill(bits: number, names: readonly string[]): void {
    // An event that a context's function records has the values of before.
    if (this.#isFilling) return;
    this.#isFilling = true;
    try {
      for (let number = 0; number < names.length; number++) {
        if (((bits >>> number) & 1) !== 0) this.#put(number, this.#valueOf(names[number] ?? ''));
      }
    } finally {
      this.#isFilling = false;
    }
  }

  #put(number: number, value: string | number | bigint | boolean | undefined): void {
    const at = number * APPLICATION_VALUE_BYTES;
    const lengthBytes = value === undefined ? 0 : this.#write(at + 2, value);
    this.#view.setUint16(at, lengthBytes, isLittle);
  }

  /** Writes tag and value; gives their length, 0 for a value that no type holds. */
  #write(at: number, value: string | number | bigint | boolean): number {
    switch (typeof value) {
      case 'boolean':
        this.#bytes[at] = tags.int8;
        this.#bytes[at + 1] = value ? 1 : 0;
        return 2;
      case 'number':
        if (Number.isSafeInteger(value)) return this.#writeInteger(at, BigInt(value));
        this.#bytes[at] = tags.double;
        this.#view.setFloat64(at + 1, value, isLittle);
        return 9;
      case 'bigint':
        return this.#writeInteger(at, value);
      case 'string':
        return this.#writeText(at, value);
    }
  }

  #writeInteger(at: number, value: bigint): number {
    const isSigned = BigInt.asIntN(64, value) === value;
    if (!isSigned && BigInt.asUintN(64, value) !== value) return 0;
    this.#bytes[at] = isSigned ? tags.int64 : tags.uint64;
    this.#view.setBigUint64(at + 1, BigInt.asUintN(64, value), isLittle);
    return 9;
  }

  /** Up to the first NUL, and cut between characters. */
  #writeText(at: number, value: string): number {
    const end = value.indexOf('\0');
    const text = end < 0 ? value : value.slice(0, end);
    const { written } = this.#text.encodeInto(text, this.#bytes.subarray(at + 1, at + 1 + MAX_TEXT_BYTES));
    this.#bytes[at] = tags.string;
    this.#bytes[at + 1 + written] = 0;
    return written + 2;
  }
}
