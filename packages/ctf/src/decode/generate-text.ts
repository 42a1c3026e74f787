/**
 * Text writers: a function for an event record class that reads the fields of an event record from the packet and
 * writes their text into a buffer, without making values. What stands between the values is literal in its code, up to
 * eight bytes at a time.
 *
 * Room is asked for once: each byte of a text becomes four at most, and everything else has a size that is known while
 * generating. What may repeat (elements of arrays) asks again each time.
 */
import { assert } from '@lttng-ts/base';
import { MAX_ESCAPED_BYTES, MAX_INTEGER_BYTES } from '../text/put.ts';
import { type Code, js } from './code.ts';
import { CHECK, Generator, inRanges, unsupported } from './generate.ts';
import {
  type ArrayOperation,
  type IntegerOperation,
  NO_SLOT,
  type Operation,
  type OptionalOperation,
  type StructureOperation,
  type VariantOperation,
} from './operations.ts';
import type {
  ArrayPlan,
  IntegerPlan,
  OptionalPlan,
  StructurePlan,
  TextPlan,
  VariantPlan,
} from './text-plan.ts';
import type { FieldValue } from './values.ts';

/** Longer texts between values are copied from where they are kept. */
const MAX_LITERAL_BYTES = 256;

/** What a text writer writes, in order. */
export type TextPart =
  /** A binary string. */
  | { readonly kind: 'literal'; readonly text: string }
  /** Bytes that the caller gives. */
  | { readonly kind: 'given' }
  /** A root structure behind the header; without a plan it is passed over. */
  | { readonly kind: 'root'; readonly operation: StructureOperation; readonly plan: TextPlan | null };

export interface GeneratedText {
  /** `(cursor, p, end, buffer, o, given) => o` */
  readonly code: Code;
  /** What the code calls `rt.formats`. */
  readonly formats: readonly ((value: FieldValue) => string)[];
}

/** Generates the text writer of an event record. Throws `Unsupported`. */
export function generateText(parts: readonly TextPart[]): GeneratedText {
  const writer = new TextGenerator();
  const body = parts.map((part) => writer.part(part));
  return writer.finish(js`${body}`);
}

class TextGenerator {
  readonly #generator = new Generator('values');
  readonly #formats: ((value: FieldValue) => string)[] = [];
  /** Bytes to be written before anything else is. */
  #pending = '';
  /** Bytes that everything but texts takes at most. */
  #roomBytes = 0;

  finish(body: Code): GeneratedText {
    const rest = this.#flush();
    // A literal may write eight bytes where it has fewer.
    const room = js`${this.#roomBytes + 8}`;
    return {
      code: js`(cursor, p, end, buffer, o, given) => {
${this.#generator.prologue()}const need = ${room} + (end - p) * ${MAX_ESCAPED_BYTES};
if (buffer.bytes.length - o < need) buffer.reserve(o, need);
let out = buffer.bytes, text = buffer.view;
${body}${rest}return o;
}`,
      formats: this.#formats,
    };
  }

  part(part: TextPart): Code {
    switch (part.kind) {
      case 'literal':
        this.#pending += part.text;
        return js``;
      case 'given':
        return js`${this.#flush()}o = rt.putGiven(buffer, o, given, need);
out = buffer.bytes;
text = buffer.view;\n`;
      case 'root':
        return part.plan === null
          ? this.#generator.field(part.operation).code
          : this.#field(part.operation, part.plan);
    }
  }

  /** Writes what is pending. */
  #flush(): Code {
    const { length } = this.#pending;
    if (length === 0) return js``;
    const binary = this.#pending;
    this.#pending = '';
    if (length > MAX_LITERAL_BYTES)
      return js`o = rt.putString(buffer, o, ${binary}, need);
out = buffer.bytes;
text = buffer.view;\n`;
    this.#roomBytes += length;
    const code: Code[] = [];
    for (let at = 0; at < length; at += 8) code.push(eightBytes(binary.slice(at, at + 8), at));
    return js`${code}o += ${length};\n`;
  }

  #field(operation: Operation, plan: TextPlan): Code {
    switch (plan.kind) {
      case 'structure':
        assert(operation.kind === 'structure');
        return this.#structure(operation, plan);
      case 'array':
        assert(operation.kind === 'array');
        return this.#array(operation, plan);
      case 'optional':
        assert(operation.kind === 'optional');
        return this.#optional(operation, plan);
      case 'variant':
        assert(operation.kind === 'variant');
        return this.#variant(operation, plan);
      case 'integer':
        return this.#integer(operation, plan);
      case 'escaped':
        return this.#escaped(operation, plan);
      case 'formatted':
        return this.#formatted(operation, plan.before, plan.after, plan.format);
    }
  }

  #formatted(
    operation: Operation,
    before: string,
    after: string,
    format: (value: FieldValue) => string,
  ): Code {
    this.#pending += before;
    const { code, value } = this.#generator.field(operation);
    const literal = this.#flush();
    const number = this.#formats.push(format) - 1;
    this.#pending += after;
    return js`${code}${literal}o = rt.putString(buffer, o, rt.formats[${number}](${value}), need);
out = buffer.bytes;
text = buffer.view;\n`;
  }

  #integer(operation: Operation, plan: IntegerPlan): Code {
    assert(operation.kind === 'integer' || operation.kind === 'variable-length');
    this.#pending += plan.before;
    const literal = this.#flush();
    this.#roomBytes += MAX_INTEGER_BYTES;
    this.#pending += plan.after;
    const halves = operation.kind === 'integer' ? this.#halves(operation) : null;
    if (halves !== null) {
      const { code, high, low } = halves;
      if (plan.hexadecimalBits !== null)
        return js`${code}${literal}o = rt.putHex64(out, o, ${high}, ${low});\n`;
      const put = operation.isSigned ? js`rt.putInt64` : js`rt.putUint64`;
      return js`${code}${literal}o = ${put}(out, o, ${high}, ${low});\n`;
    }
    const { code, value } = this.#generator.field(operation);
    const isBig = operation.kind === 'variable-length' || operation.sizeBits > 32;
    return js`${code}${literal}${putInteger(value, isBig, operation.isSigned, plan.hexadecimalBits)}`;
  }

  /** 64 bits as two numbers, where they can be read so. */
  #halves(operation: IntegerOperation): { code: Code; high: Code; low: Code } | null {
    const generator = this.#generator;
    const { sizeBits, slot, isReversed, isLittleEndian, alignmentBits } = operation;
    if (sizeBits !== 64 || slot !== NO_SLOT || isReversed) return null;
    if (alignmentBits < 8 && generator.bit !== 0) return null;
    const align = generator.align(alignmentBits);
    generator.checkByteOrder(isLittleEndian);
    const before = generator.flush();
    const [low, high] = [generator.newLocal('v'), generator.newLocal('h')];
    const [lowAt, highAt] = isLittleEndian ? [0, 4] : [4, 0];
    generator.advance(sizeBits);
    const code = js`${align}${before}const ${low} = view.getUint32(p + ${lowAt}, ${isLittleEndian});
const ${high} = view.getUint32(p + ${highAt}, ${isLittleEndian});\n`;
    return { code, high, low };
  }

  #escaped(
    operation: Operation,
    { before, after }: { readonly before: string; readonly after: string },
  ): Code {
    const generator = this.#generator;
    this.#pending += before;
    const literal = this.#flush();
    this.#pending += after;
    if (operation.kind === 'string') {
      assert(operation.unitBytes === 1);
      const align = js`${generator.align(8)}${generator.flush()}`;
      const byte = generator.newLocal('v');
      return js`${align}${literal}for (let ${byte} = 0; p < end && (${byte} = bytes[p++]) !== 0; ) {
if (rt.IS_ESCAPED[${byte}] === 0) out[o++] = ${byte};
else o = rt.putEscape(out, o, ${byte});
}\n`;
    }
    assert(operation.kind === 'text' && operation.unitBytes === 1);
    const align = js`${generator.align(Math.max(8, operation.alignmentBits))}${generator.flush()}`;
    const count = generator.newLocal('n');
    const { expression } = generator.length(operation.length);
    return js`${align}${literal}const ${count} = p + ${expression};
if (${count} > end) rt.damage();
o = rt.putText(out, o, bytes, p, ${count});
p = ${count};\n`;
  }

  #structure({ alignmentBits, members }: StructureOperation, plan: StructurePlan): Code {
    const align = this.#generator.align(alignmentBits);
    this.#pending += plan.before;
    const code = plan.members.map((member, i) => {
      this.#pending += member.before;
      return this.#field(members[i]!, member.plan);
    });
    this.#pending += plan.after;
    return js`${align}${code}`;
  }

  #array({ alignmentBits, length, element, minimumElementBits }: ArrayOperation, plan: ArrayPlan): Code {
    const generator = this.#generator;
    if (minimumElementBits === 0) unsupported('elements that may have no bits');
    const align = generator.align(alignmentBits);
    if (generator.bit !== 0) unsupported('array within a byte');
    const { expression } = generator.length(length);
    this.#pending += plan.before;
    const before = js`${align}${generator.flush()}${this.#flush()}`;
    const [counter, count] = [generator.newLocal('i'), generator.newLocal('n')];
    this.#pending = plan.separator;
    const separator = this.#flush();
    let index = js``;
    if (plan.index !== null) {
      this.#pending = plan.index.before;
      index = js`${this.#flush()}o = rt.putUint32(out, o, ${counter});\n`;
      this.#roomBytes += MAX_INTEGER_BYTES;
      this.#pending = plan.index.after;
    }
    const made = js`${this.#field(element, plan.element)}${generator.flush()}${this.#flush()}`;
    if (generator.bit !== 0) unsupported('elements that end within a byte');
    this.#pending = plan.after;
    return js`${before}const ${count} = ${expression};
if (${count} * ${minimumElementBits} > (bytes.length - p) * 8) rt.damage();
for (let ${counter} = 0; ${counter} < ${count}; ${counter}++) {
if (out.length - o < need) {
buffer.reserve(o, need);
out = buffer.bytes;
text = buffer.view;
}
if (${counter} > 0) {
${separator}}
${index}${made}}
if (out.length - o < need) {
buffer.reserve(o, need);
out = buffer.bytes;
text = buffer.view;
}\n`;
  }

  #optional({ slot, ranges, content }: OptionalOperation, plan: OptionalPlan): Code {
    const generator = this.#generator;
    const before = js`${generator.flush()}${this.#flush()}`;
    const bit = generator.bit;
    if (bit !== 0) unsupported('optional within a byte');
    this.#pending = plan.before;
    const code = this.#field(content, plan.content);
    this.#pending += plan.after;
    const made = js`${code}${generator.flush()}${this.#flush()}`;
    if (generator.bit !== 0) unsupported('optional that changes the place in a byte');
    this.#pending = plan.none;
    const none = this.#flush();
    const { value, isBig } = generator.slot(slot);
    const condition = ranges === null ? js`${value} != 0` : inRanges(value, isBig, ranges);
    return js`${before}if (${condition}) {\n${made}} else {\n${none}}\n`;
  }

  #variant({ slot, options }: VariantOperation, plan: VariantPlan): Code {
    const generator = this.#generator;
    const before = js`${generator.flush()}${this.#flush()}`;
    if (generator.bit !== 0) unsupported('variant within a byte');
    const { value, isBig } = generator.slot(slot);
    const branches = options.map(({ ranges, operation }, option) => {
      this.#pending = plan.before;
      const code = this.#field(operation, plan.options[option]!);
      this.#pending += plan.after;
      const made = js`${code}${generator.flush()}${this.#flush()}`;
      if (generator.bit !== 0) unsupported('options that end within a byte');
      return js`if (${inRanges(value, isBig, ranges)}) {\n${made}} else `;
    });
    return js`${before}${branches}rt.damage();\n${CHECK}`;
  }
}

/** Code that writes up to eight bytes at `o + at`; what it writes behind them is written over. */
function eightBytes(binary: string, at: number): Code {
  const bytes = Uint8Array.from({ length: 8 }, (_, i) => (i < binary.length ? binary.charCodeAt(i) : 0));
  const view = new DataView(bytes.buffer);
  if (binary.length <= 1) return js`out[o + ${at}] = ${bytes[0]!};\n`;
  if (binary.length <= 4) return js`text.setInt32(o + ${at}, ${view.getInt32(0, true)}, true);\n`;
  // As a double, unless its bits would be those of a NaN, of which an engine may make another one.
  const number = view.getFloat64(0, true);
  if (Number.isFinite(number) && !Object.is(number, -0))
    return js`text.setFloat64(o + ${at}, ${number}, true);\n`;
  const words = [view.getInt32(0, true), view.getInt32(4, true)] as const;
  return js`text.setInt32(o + ${at}, ${words[0]}, true);\ntext.setInt32(o + ${at + 4}, ${words[1]}, true);\n`;
}

function putInteger(value: Code, isBig: boolean, isSigned: boolean, hexadecimalBits: number | null): Code {
  if (hexadecimalBits === null) {
    if (isBig) return js`o = rt.putBig(out, o, ${value});\n`;
    return isSigned ? js`o = rt.putInt32(out, o, ${value});\n` : js`o = rt.putUint32(out, o, ${value});\n`;
  }
  if (isBig) return js`o = rt.putBigHex(out, o, ${value}, ${hexadecimalBits});\n`;
  const mask = hexadecimalBits >= 32 ? js`` : js` & ${2 ** hexadecimalBits - 1}`;
  return js`o = rt.putHex32(out, o, (${value}${mask}) >>> 0);\n`;
}
