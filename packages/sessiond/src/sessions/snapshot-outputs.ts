/** Where the snapshots of one session go: at most one output at a time, as upstream; ids are never used again. */
import type { NetworkOutput } from '@lttng-ts/protocols';
import { refuse } from './refusal.ts';

export interface SnapshotOutput {
  readonly id: number;
  readonly name: string;
  /** Upstream's text for a relay daemon. */
  readonly path: string;
  /** Null: here. */
  readonly network: NetworkOutput | null;
  /** 0: no limit. */
  readonly maxSizeBytes: number;
}

/** Where the next snapshot goes. */
export interface NextSnapshot {
  /** Its folder; on a relay daemon only its last name counts. */
  readonly path: string;
  readonly network: NetworkOutput | null;
  readonly maxSizeBytes: number;
  readonly number: number;
}

/** What a caller says of an output; what it leaves out (null) has a default. */
export interface AskedOutput {
  readonly name: string | null;
  readonly path: string | null;
  readonly network: NetworkOutput | null;
  readonly maxSizeBytes: number | null;
}

/** Upstream keeps names in NAME_MAX bytes with the NUL. */
const MAX_NAME_BYTES = 254;

export class SnapshotOutputs {
  #lastId = 0;
  #output: SnapshotOutput | null = null;
  #recordedCount = 0;

  get all(): readonly SnapshotOutput[] {
    return this.#output === null ? [] : [this.#output];
  }

  add({ name, path, network, maxSizeBytes }: AskedOutput & { readonly path: string }): SnapshotOutput {
    if (name !== null) requireName(name);
    if (this.#output !== null) refuse('SNAPSHOT_OUTPUT_EXIST');
    const id = ++this.#lastId;
    this.#output = { id, name: name ?? `snapshot-${id}`, path, network, maxSizeBytes: maxSizeBytes ?? 0 };
    return this.#output;
  }

  /** Removes by id (digits) or name. */
  remove(which: string): void {
    const output = this.#output;
    const isMeant = output !== null && (String(output.id) === which || output.name === which);
    if (!isMeant) refuse('INVALID');
    this.#output = null;
  }

  /** Where the next snapshot goes: `asked` before the session's output. Throws upstream's refusal when nowhere. */
  next(asked: AskedOutput, dateTime: string): NextSnapshot {
    if (asked.name !== null) requireName(asked.name);
    const root = asked.path ?? this.#output?.path;
    if (root === undefined) refuse('SNAPSHOT_FAIL');
    const ownName = asked.path === null ? this.#output?.name : undefined;
    const name = asked.name ?? ownName ?? 'snapshot-0';
    const ownLimit = asked.path === null ? this.#output?.maxSizeBytes : undefined;
    return {
      path: `${root}/${name}-${dateTime}-${this.#recordedCount}`,
      network: asked.path === null ? (this.#output?.network ?? null) : asked.network,
      number: this.#recordedCount,
      maxSizeBytes: asked.maxSizeBytes ?? ownLimit ?? 0,
    };
  }

  /** A snapshot was made: the next one has another number. */
  recorded(): void {
    this.#recordedCount++;
  }
}

function requireName(name: string): void {
  if (name === '' || /[/\0]/.test(name) || name.startsWith('.') || Buffer.byteLength(name) > MAX_NAME_BYTES) {
    refuse('INVALID');
  }
}
