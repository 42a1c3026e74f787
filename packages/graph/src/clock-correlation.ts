/**
 * Whether clocks can be compared: what a merge (and a trimmer) checks before it believes times of several clock
 * classes. The first clock decides what the others must be. Rules and texts are Babeltrace 2's; MIP 1 compares the
 * identity of origins (namespace, name, uid), MIP 0 the UUID of clock classes.
 */
import { FormatError } from '@lttng-ts/base';
import type { ClockClass } from './ir/clock-class.ts';
import type { MipVersion, StreamClass } from './ir/trace.ts';
import type { Message } from './messages/message.ts';

type Expectation =
  | { readonly kind: 'none' }
  | { readonly kind: 'unix-epoch' }
  | { readonly kind: 'origin'; readonly clock: ClockClass }
  | { readonly kind: 'uuid'; readonly uuid: string }
  | { readonly kind: 'same'; readonly clock: ClockClass };

export class ClockCorrelation {
  readonly #mipVersion: MipVersion;
  #expectation: Expectation | null = null;

  constructor(mipVersion: MipVersion) {
    this.#mipVersion = mipVersion;
  }

  /** Checks the clock of `message`; only first messages of streams and inactivity say something new. Throws `FormatError`. */
  check(message: Message): void {
    if (message.kind === 'stream-beginning') {
      this.#check(message.stream.class.defaultClockClass, message.stream.class);
    } else if (message.kind === 'message-iterator-inactivity') {
      this.#check(message.clockClass, null);
    }
  }

  #check(clock: ClockClass | null, streamClass: StreamClass | null): void {
    if (this.#expectation === null) {
      this.#expectation = this.#expectationOf(clock);
      return;
    }
    const fault = faultOf(this.#expectation, clock, streamClass);
    if (fault !== null) throw new FormatError(fault);
  }

  #expectationOf(clock: ClockClass | null): Expectation {
    if (clock === null) return { kind: 'none' };
    if (clock.origin.kind === 'unix-epoch') return { kind: 'unix-epoch' };
    if (this.#mipVersion === 0) {
      return clock.uuid === null ? { kind: 'same', clock } : { kind: 'uuid', uuid: clock.uuid };
    }
    return clock.origin.kind === 'custom' ? { kind: 'origin', clock } : { kind: 'same', clock };
  }
}

function faultOf(
  expected: Expectation,
  clock: ClockClass | null,
  streamClass: StreamClass | null,
): string | null {
  if (expected.kind === 'none') {
    return clock === null ? null : `Expecting no clock class, but got one: ${named(clock)}`;
  }
  if (clock === null) {
    const { name, id } = streamClass!;
    return `Expecting a clock class, but got none: stream-class-name="${name ?? ''}", stream-class-id=${id}`;
  }
  const isUnix = clock.origin.kind === 'unix-epoch';
  switch (expected.kind) {
    case 'unix-epoch':
      if (isUnix) return null;
      return `Expecting a clock class having a Unix epoch origin, but got one not having a Unix epoch origin: ${named(clock)}`;
    case 'uuid':
      if (isUnix) return unexpectedUnix(clock);
      if (clock.uuid === null) {
        return `Expecting a clock class with a UUID, but got one without a UUID: ${named(clock)}`;
      }
      if (clock.uuid === expected.uuid) return null;
      return (
        `Expecting a clock class with a specific UUID, but got one with a different UUID: ${named(clock)}, ` +
        `expected-uuid="${expected.uuid}", uuid="${clock.uuid}"`
      );
    case 'origin':
      if (isUnix) return unexpectedUnix(clock);
      if (isSameOrigin(expected.clock, clock)) return null;
      return `Expecting a clock class with a specific origin, but got one with a different origin: ${named(clock)}`;
    case 'same':
      if (clock === expected.clock || isSameIdentity(expected.clock, clock)) return null;
      return (
        `Unexpected clock class: expected-clock-class-name="${expected.clock.name ?? ''}", ` +
        `actual-clock-class-name="${clock.name ?? ''}"`
      );
  }
}

const named = (clock: ClockClass): string => `clock-class-name="${clock.name ?? ''}"`;

const unexpectedUnix = (clock: ClockClass): string =>
  'Expecting a clock class not having a Unix epoch origin, but got one having a Unix epoch origin: ' +
  named(clock);

function isSameOrigin({ origin: a }: ClockClass, { origin: b }: ClockClass): boolean {
  if (a.kind !== 'custom' || b.kind !== 'custom') return false;
  return a.namespace === b.namespace && a.name === b.name && a.uid === b.uid;
}

/** MIP 1: clock classes with one identity are one clock, whatever objects stand for it. */
function isSameIdentity(a: ClockClass, b: ClockClass): boolean {
  return a.uid !== null && a.namespace === b.namespace && a.name === b.name && a.uid === b.uid;
}
