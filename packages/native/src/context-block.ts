/**
 * The context values of a channel as one block of bytes that C copies into each record, with the places that it
 * fills per thread or per record.
 */
import { alignUp } from '@lttng-ts/wire';
import type { ContextOperation } from './recorder.ts';

export interface ContextBlock {
  /** Constants in place, zeros where C fills. */
  readonly bytes: Uint8Array;
  readonly alignBytes: number;
  /** Pairs of kind and offset. */
  readonly patches: Uint32Array;
  /** Pairs of type and number of the perf events, in the order of their patches. */
  readonly perfEvents: BigUint64Array;
}

/** Size, alignment and number (`enum context_kind`; `null`: zeros) of what is not constant. */
const variables = {
  vtid: { sizeBytes: 4, alignBytes: 4, number: 1 },
  'pthread-id': { sizeBytes: 8, alignBytes: 8, number: 2 },
  // LTTNG_UST_ABI_PROCNAME_LEN of upstream.
  procname: { sizeBytes: 17, alignBytes: 1, number: 3 },
  'cpu-id': { sizeBytes: 4, alignBytes: 4, number: 4 },
  perf: { sizeBytes: 8, alignBytes: 8, number: 5 },
  ip: { sizeBytes: 8, alignBytes: 8, number: null },
} as const;

/** Kinds from here on are numbers of application contexts; they take no room of their own. */
const FIRST_APPLICATION_KIND = 16;
/** Where integers are aligned: the tag `_none`. */
const noApplication = { sizeBytes: 1, alignBytes: 1, number: null } as const;

function placeOf(context: ContextOperation, isNaturallyAligned: boolean) {
  switch (context.kind) {
    case 'constant':
      return { sizeBytes: context.bytes.length, alignBytes: context.alignBytes, number: null };
    case 'application':
      if (isNaturallyAligned) return noApplication;
      return { sizeBytes: 0, alignBytes: 1, number: FIRST_APPLICATION_KIND + context.number };
    default:
      return variables[context.kind];
  }
}

/** Lays out the contexts one after another, aligned where the architecture aligns. */
export function contextBlockOf(
  contexts: readonly ContextOperation[],
  isNaturallyAligned: boolean,
): ContextBlock {
  const patches: number[] = [];
  const parts: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  let at = 0;
  let widest = 1;
  for (const context of contexts) {
    const place = placeOf(context, isNaturallyAligned);
    if (isNaturallyAligned) at = alignUp(at, place.alignBytes);
    widest = Math.max(widest, place.alignBytes);
    if (place.number !== null) patches.push(place.number, at);
    if (context.kind === 'constant') parts.push({ offset: at, bytes: context.bytes });
    at += place.sizeBytes;
  }
  const bytes = new Uint8Array(at);
  for (const part of parts) bytes.set(part.bytes, part.offset);
  const perfEvents = contexts.flatMap((context) =>
    context.kind === 'perf' ? [BigInt(context.type), context.config] : [],
  );
  return {
    bytes,
    alignBytes: isNaturallyAligned ? widest : 1,
    patches: Uint32Array.from(patches),
    perfEvents: BigUint64Array.from(perfEvents),
  };
}
