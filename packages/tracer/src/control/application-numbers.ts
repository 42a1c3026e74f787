/**
 * The numbers of the application contexts that channels of the process record, which control gives out, and the word in which
 * threads see which are in use.
 */
import { APPLICATION_CONTEXTS } from '@lttng-ts/native';

export interface ApplicationNumbersPorts {
  /** Must reach every thread before it can see a new bit. */
  readonly publishNames: (names: readonly string[]) => void;
  readonly setBits: (bits: number) => void;
}

export class ApplicationNumbers {
  readonly #ports: ApplicationNumbersPorts;
  /** By number; a name keeps its number. */
  readonly #names: string[] = [];
  readonly #useCounts: number[] = [];

  constructor(ports: ApplicationNumbersPorts) {
    this.#ports = ports;
  }

  get names(): readonly string[] {
    return this.#names;
  }

  /** The number of a context, or null when there are too many. */
  numberOf(name: string): number | null {
    const known = this.#names.indexOf(name);
    if (known >= 0) return known;
    if (this.#names.length >= APPLICATION_CONTEXTS) return null;
    this.#useCounts.push(0);
    const number = this.#names.push(name) - 1;
    this.#ports.publishNames([...this.#names]);
    return number;
  }

  /** A channel begins or ends to record the context. */
  use(name: string, isUsed: boolean): void {
    const number = this.numberOf(name);
    if (number === null) return;
    this.#useCounts[number] = (this.#useCounts[number] ?? 0) + (isUsed ? 1 : -1);
    const bits = this.#useCounts.reduce((sum, count, bit) => (count > 0 ? sum + 2 ** bit : sum), 0);
    this.#ports.setBits(bits);
  }
}
