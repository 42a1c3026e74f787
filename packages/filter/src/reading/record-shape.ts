/**
 * What an expression has to know of event records of one class: the shapes of their fields, whatever they are read
 * from. Whoever has records gives this and the values that {@link ReadingLink} then asks for.
 */

/** Shape of a field. */
export type FieldShape =
  /** Value: number, bigint or boolean. */
  | { readonly kind: 'integer'; readonly isSigned: boolean; readonly sizeBits: number }
  /** Value: a number. */
  | { readonly kind: 'double'; readonly sizeBits: 32 | 64 }
  /** Value: a string, or bytes in UTF-8. */
  | { readonly kind: 'text' }
  /** Value: the elements. `length` is `null` where each field has one of its own. */
  | { readonly kind: 'array'; readonly length: number | null; readonly element: FieldShape }
  /** Never a value itself, its members are. */
  | { readonly kind: 'structure'; readonly members: readonly MemberShape[] }
  /** The type is that of each value. Value: number, bigint, string, bytes in UTF-8, or anything else for none. */
  | { readonly kind: 'dynamic' }
  | { readonly kind: 'other' };

export interface MemberShape {
  readonly name: string;
  /** Asked for when somebody names the member. */
  shape(): FieldShape;
}

/** The structures that fields are in. */
export type RecordRoot = 'payload' | 'specific-context' | 'common-context' | 'packet-context';

export interface RecordShape {
  /** Members of a root structure; none where it is not there. */
  readonly members: (root: RecordRoot) => readonly MemberShape[];
  /** Whether events have a time. */
  readonly hasTime: boolean;
  /** What all of them share: `$event.name`, `$env.hostname`; `null` for what is not there. */
  readonly constant: (name: string) => string | number | bigint | null;
}

/** Where the value of a field is: numbers of members on the way down from a root structure. */
export interface WantedField {
  readonly root: RecordRoot;
  readonly path: readonly number[];
  readonly shape: FieldShape;
  /** Index among the values that are asked with. */
  readonly position: number;
}
