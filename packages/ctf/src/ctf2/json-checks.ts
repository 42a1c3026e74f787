/**
 * Reading JSON values of metadata with checks: each function gives a value of the asked type and range, or throws a
 * `FormatError` with line and column.
 */
import type { FormatError } from '@lttng-ts/base';
import { errorAt } from '../metadata/text-position.ts';
import type { Attributes, AttributeValue } from '../model/attributes.ts';
import type { IntegerRange } from '../model/field-class.ts';
import type { JsonArray, JsonNode, JsonObject } from './json.ts';

/** Names of the properties that an object must and may have. */
export interface Properties {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** Limits of the integers that metadata may have. */
export const UNSIGNED_64 = { lower: 0n, upper: (1n << 64n) - 1n } as const;
export const SIGNED_64 = { lower: -(1n << 63n), upper: (1n << 63n) - 1n } as const;

export class JsonChecks {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get textLength(): number {
    return this.#text.length;
  }

  error(at: number, message: string): FormatError {
    return errorAt(this.#text, at, message);
  }

  /** Checks that `node` is an object with the properties that `properties` names, and no other. */
  object(node: JsonNode, what: string, properties: Properties): JsonObject {
    if (node.kind !== 'object') throw this.#wrongKind(node, what, 'object');
    for (const name of properties.required) {
      if (!node.members.has(name))
        throw this.error(node.at, `Missing property: of="${what}", name="${name}"`);
    }
    for (const [name, { at }] of node.members) {
      if (!properties.required.includes(name) && !properties.optional.includes(name)) {
        throw this.error(at, `Unknown property: of="${what}", name=${JSON.stringify(name)}`);
      }
    }
    return node;
  }

  /** An object whose names are not fixed. */
  map(node: JsonNode, what: string): ReadonlyMap<string, JsonNode> {
    if (node.kind !== 'object') throw this.#wrongKind(node, what, 'object');
    return node.members;
  }

  array(node: JsonNode, what: string): JsonArray['elements'] {
    if (node.kind !== 'array') throw this.#wrongKind(node, what, 'array');
    return node.elements;
  }

  string(node: JsonNode, what: string): string {
    if (node.kind !== 'string') throw this.#wrongKind(node, what, 'string');
    return node.value;
  }

  oneOf<T extends string>(node: JsonNode, what: string, values: readonly T[]): T {
    const text = this.string(node, what);
    const found = values.find((value) => value === text);
    if (found === undefined) {
      throw this.error(node.at, `Unknown value: of="${what}", value=${JSON.stringify(text)}`);
    }
    return found;
  }

  integer(node: JsonNode, what: string, { lower, upper }: IntegerRange): bigint {
    if (node.kind !== 'integer') throw this.#wrongKind(node, what, 'integer');
    if (node.value < lower || node.value > upper) {
      throw this.error(
        node.at,
        `Value out of range: of="${what}", value=${node.value}, range=${lower}..${upper}`,
      );
    }
    return node.value;
  }

  /** An integer that a JavaScript number holds exactly. */
  number(node: JsonNode, what: string, lower: number, upper: number): number {
    return Number(this.integer(node, what, { lower: BigInt(lower), upper: BigInt(upper) }));
  }

  alignment(node: JsonNode, what: string): number {
    const value = this.number(node, what, 1, 2 ** 30);
    if ((value & (value - 1)) !== 0) {
      throw this.error(node.at, `Alignment is not a power of two: of="${what}", alignment=${value}`);
    }
    return value;
  }

  /** `[[1, 3], [5, 5]]`: one range at least. */
  ranges(node: JsonNode, what: string, limits: IntegerRange): readonly IntegerRange[] {
    const elements = this.array(node, what);
    if (elements.length === 0) throw this.error(node.at, `No ranges: of="${what}"`);
    return elements.map((element) => {
      const [first, last, ...others] = this.array(element, what);
      if (first === undefined || last === undefined || others.length > 0) {
        throw this.error(element.at, `Not a pair: of="${what}"`);
      }
      const lower = this.integer(first, what, limits);
      const upper = this.integer(last, what, limits);
      if (lower > upper) {
        throw this.error(element.at, `Range is upside down: of="${what}", lower=${lower}, upper=${upper}`);
      }
      return { lower, upper };
    });
  }

  /** The attributes of an object; none when it has none. */
  attributes({ members }: JsonObject): { attributes?: Attributes } {
    const node = members.get('attributes');
    if (node === undefined) return {};
    const attributes = new Map<string, AttributeValue>();
    for (const [name, value] of this.map(node, 'attributes')) attributes.set(name, this.#attribute(value));
    return attributes.size === 0 ? {} : { attributes };
  }

  /** Refuses extensions: whoever uses one tells readers that do not know it to stop. */
  refuseExtensions({ members }: JsonObject): void {
    const node = members.get('extensions');
    if (node === undefined) return;
    for (const [name, { at }] of this.map(node, 'extensions')) {
      throw this.error(at, `Unknown extension: namespace=${JSON.stringify(name)}`);
    }
  }

  #attribute(node: JsonNode): AttributeValue {
    switch (node.kind) {
      case 'null':
        return null;
      case 'array':
        return node.elements.map((element) => this.#attribute(element));
      case 'object':
        return new Map([...node.members].map(([name, value]) => [name, this.#attribute(value)]));
      case 'integer':
        if (node.value < SIGNED_64.lower || node.value > UNSIGNED_64.upper) {
          throw this.error(node.at, `Value out of range: of="attributes", value=${node.value}`);
        }
        return node.value;
      default:
        return node.value;
    }
  }

  #wrongKind(node: JsonNode, what: string, expected: string): FormatError {
    return this.error(node.at, `Wrong type: of="${what}", expected="${expected}", found="${node.kind}"`);
  }
}
