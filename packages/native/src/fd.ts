/**
 * File descriptors as a branded number, so that one is never mixed up with a count, an index or a handle.
 */
import type { Brand } from '@lttng-ts/base';

/** An open file descriptor of this process. Whoever got it last closes it, unless a contract says otherwise. */
export type Fd = Brand<number, 'Fd'>;

/** Marks a number that the outside world calls a file descriptor (`fs.openSync`, `process.stdin.fd`). */
export const fd = (value: number): Fd => value as Fd;
