/** What the engine hands to the message iterator: streams, each with a queue of what came. Both sides meet here only. */

/** A trace of a session: its metadata in the pieces that came. */
export class LiveTrace {
  readonly id: bigint;
  /** What messages and errors call it. */
  readonly name: string;
  readonly metadata: Uint8Array[] = [];
  metadataStreamId: bigint | null = null;
  /** `needed`: must be asked for before a packet is. */
  metadataState: 'needed' | 'current' | 'closed' = 'needed';

  constructor(id: bigint, name: string) {
    this.id = id;
    this.name = name;
  }
}

/** In the order in which they are to be looked at. */
export type LiveItem =
  /** The packet needs the first `metadataCount` pieces of its trace's metadata. */
  | { readonly kind: 'packet'; readonly bytes: Uint8Array; readonly metadataCount: number }
  /** Nothing comes that is earlier than `cycles`. */
  | { readonly kind: 'inactive'; readonly cycles: bigint; readonly metadataCount: number }
  /** These streams begin now. */
  | { readonly kind: 'streams'; readonly streams: readonly LiveStreamFeed[] }
  | { readonly kind: 'end' };

/** Things in a queue, and bytes: enough to decode while the next ones come. */
const MAX_ITEMS = 64;
const MAX_BYTES = 2 << 20;

/** A data stream's queue. */
export class LiveStreamFeed {
  readonly trace: LiveTrace;
  /** The relay daemon's number. */
  readonly id: bigint;
  readonly #items: LiveItem[] = [];
  #bytes = 0;
  #hasNews = false;
  /** Nothing will be put in any more. */
  isEnded = false;
  /** The relay daemon had nothing when it was asked last; it is asked again later. */
  isIdle = false;

  constructor(trace: LiveTrace, id: bigint) {
    this.trace = trace;
    this.id = id;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  get hasRoom(): boolean {
    return this.#items.length < MAX_ITEMS && this.#bytes < MAX_BYTES;
  }

  put(item: LiveItem): void {
    // Whoever took all before has nothing to come back for; other items it finds by itself.
    if (this.isEmpty) this.#hasNews = true;
    this.#items.push(item);
    if (item.kind === 'packet') this.#bytes += item.bytes.length;
    if (item.kind === 'end') this.isEnded = true;
  }

  /** Whether something was put into the empty queue since this was asked last. */
  takeNews(): boolean {
    const hasNews = this.#hasNews;
    this.#hasNews = false;
    return hasNews;
  }

  take(): LiveItem | null {
    const item = this.#items.shift() ?? null;
    if (item?.kind === 'packet') this.#bytes -= item.bytes.length;
    return item;
  }
}
