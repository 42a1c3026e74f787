/**
 * Where the length of an array or the selector of a variant is found: a root structure of the packet or of
 * the event record, and the way down from it.
 */

/** The root structures, in the order in which they lie in the data stream. */
export const SCOPES = [
  'packet-header',
  'packet-context',
  'event-record-header',
  'event-record-common-context',
  'event-record-specific-context',
  'event-record-payload',
] as const;

export type Scope = (typeof SCOPES)[number];

/**
 * A field, named from its root structure. `path` holds names of structure members and nothing else: an array on the
 * way means its element being read, an optional its content, a variant the option that is chosen. So a location may
 * mean several field classes, one of which is read before it is needed.
 *
 * CTF 2's relative locations and its `null` (up) are made absolute when metadata is read.
 */
export interface FieldLocation {
  readonly origin: Scope;
  readonly path: readonly string[];
}

/** A key that two locations share exactly when they are equal. */
export function locationKey({ origin, path }: FieldLocation): string {
  return JSON.stringify([origin, ...path]);
}
