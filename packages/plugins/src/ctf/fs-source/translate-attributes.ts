/** Attributes of CTF 2 to user attributes: the namespaces are the entries of a map, and every one of them is there. */
import type { Attributes } from '@lttng-ts/ctf';
import { EMPTY_MAP, type ValueMap } from '@lttng-ts/graph';

/** Both worlds have the same kinds of values. */
export function translateAttributes(attributes: Attributes | undefined): ValueMap {
  return attributes ?? EMPTY_MAP;
}
