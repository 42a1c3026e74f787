/** What the TSDL parser makes: declarations as they are written, nothing resolved. `at` is a text offset. */

export type Expression =
  | { readonly kind: 'integer'; readonly value: bigint; readonly at: number }
  | { readonly kind: 'string'; readonly text: string; readonly at: number }
  /** `clock.monotonic.value`, `true`, `le`, `__seq_length` */
  | { readonly kind: 'path'; readonly parts: readonly string[]; readonly at: number };

export interface Attribute {
  readonly name: string;
  readonly value: Expression;
  readonly at: number;
}

export interface EnumEntry {
  readonly label: string;
  readonly lower: Expression | null;
  readonly upper: Expression | null;
  readonly at: number;
}

export type TypeSpecifier =
  /** A name or C words: `uint32_t`, `unsigned long`. */
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | {
      readonly kind: 'integer' | 'floating_point' | 'string';
      readonly attributes: readonly Attribute[];
      readonly at: number;
    }
  | {
      readonly kind: 'struct';
      readonly name: string | null;
      readonly body: readonly Statement[] | null;
      readonly align: Expression | null;
      readonly at: number;
    }
  | {
      readonly kind: 'variant';
      readonly name: string | null;
      readonly tag: Expression | null;
      readonly body: readonly Statement[] | null;
      readonly at: number;
    }
  | {
      readonly kind: 'enum';
      readonly name: string | null;
      readonly container: TypeSpecifier | null;
      readonly entries: readonly EnumEntry[] | null;
      readonly at: number;
    };

/** `*name[3][len]`; the name is missing in type aliases. */
export interface Declarator {
  readonly name: string | null;
  readonly pointers: number;
  /** Outermost first. */
  readonly lengths: readonly Expression[];
  readonly at: number;
}

export type Statement =
  /** `typedef SPEC name[3], other;` */
  | {
      readonly kind: 'typedef';
      readonly type: TypeSpecifier;
      readonly declarators: readonly Declarator[];
      readonly at: number;
    }
  /** `typealias SPEC := name;` */
  | {
      readonly kind: 'typealias';
      readonly type: TypeSpecifier;
      readonly declarator: Declarator;
      readonly name: string;
      readonly at: number;
    }
  /** `struct name { … };` alone, or fields: `SPEC a, b[2];` */
  | {
      readonly kind: 'declaration';
      readonly type: TypeSpecifier;
      readonly declarators: readonly Declarator[];
      readonly at: number;
    }
  /** `packet.header := SPEC;` */
  | {
      readonly kind: 'type-assignment';
      readonly name: string;
      readonly type: TypeSpecifier;
      readonly at: number;
    }
  /** `id = 3;` */
  | ({ readonly kind: 'attribute' } & Attribute)
  /** `trace { … };` */
  | {
      readonly kind: 'block';
      readonly name: string;
      readonly body: readonly Statement[];
      readonly at: number;
    };
