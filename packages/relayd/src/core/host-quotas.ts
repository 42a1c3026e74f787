/**
 * What one host, by its address, may take of the relay: connections at a time, streams at a time, bytes of traces since
 * the relay began. Pure.
 */

export interface HostLimits {
  /** Null: no limit. */
  readonly connections: number | null;
  readonly streams: number | null;
  readonly bytes: number | null;
}

export const NO_HOST_LIMITS: HostLimits = { connections: null, streams: null, bytes: null };

export type HostResource = keyof HostLimits;

export class HostQuotas {
  readonly #limits: HostLimits;
  readonly #uses: Readonly<Record<HostResource, Map<string, number>>> = {
    connections: new Map(),
    streams: new Map(),
    bytes: new Map(),
  };

  constructor(limits: HostLimits) {
    this.#limits = limits;
  }

  /** Takes `count` for a host; false, and nothing taken: it has its share. */
  take(resource: HostResource, host: string, count = 1): boolean {
    const limit = this.#limits[resource];
    if (limit === null) return true;
    const used = this.#uses[resource].get(host) ?? 0;
    if (used + count > limit) return false;
    this.#uses[resource].set(host, used + count);
    return true;
  }

  /** Gives back what was taken. */
  release(resource: HostResource, host: string, count = 1): void {
    const uses = this.#uses[resource];
    const left = (uses.get(host) ?? 0) - count;
    if (left > 0) uses.set(host, left);
    else uses.delete(host);
  }
}
