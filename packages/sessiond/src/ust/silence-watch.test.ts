import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SilenceWatch } from './silence-watch.ts';

/** A watch whose ticks the test makes, and what it told. */
class Watched {
  readonly quiet: number[] = [];
  probeCount = 0;
  processorWaitMs = 0;
  isOwed = true;
  #tick: (() => void) | null = null;
  readonly watch = new SilenceWatch({
    timers: {
      after: (_delayMs, callback) => {
        this.#tick = callback;
        return () => {
          this.#tick = null;
        };
      },
    },
    isOwed: () => this.isOwed,
    probe: () => this.probeCount++,
    processorWaitMs: () => this.processorWaitMs,
    onQuiet: (quietMs) => this.quiet.push(quietMs),
  });

  tick(count = 1): void {
    for (let at = 0; at < count; at++) {
      const tick = this.#tick;
      this.#tick = null;
      tick?.();
    }
  }
}

test('one who says nothing is asked once, and told of from then on', () => {
  const watched = new Watched();
  watched.watch.begin();
  watched.tick(3);
  assert.deepEqual(watched.quiet, [2500, 5000, 7500]);
  assert.equal(watched.probeCount, 1);
  watched.watch.heard();
  watched.tick();
  assert.deepEqual(watched.quiet.at(-1), 2500);
  assert.equal(watched.probeCount, 2);
  watched.isOwed = false;
  watched.tick();
  assert.equal(watched.quiet.length, 4);
});

test('what it waits for a processor is not its silence', () => {
  const watched = new Watched();
  watched.processorWaitMs = 60_000;
  watched.watch.begin();
  watched.tick();
  watched.processorWaitMs += 2000;
  watched.tick();
  // Of several threads together.
  watched.processorWaitMs += 9000;
  watched.tick();
  // A thread that had waited is gone.
  watched.processorWaitMs -= 5000;
  watched.tick();
  assert.deepEqual(watched.quiet, [2500, 3000, 3000, 5500]);
});
