import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monotonicNs } from './brand.ts';
import { Scheduler } from './scheduler.ts';

test('tasks run in order of their time, and say when they run again', () => {
  const scheduler = new Scheduler();
  const log: string[] = [];
  scheduler.schedule(
    {
      run(now) {
        log.push(`slow@${now}`);
        return null;
      },
    },
    monotonicNs(20n),
  );
  scheduler.schedule(
    {
      run(now) {
        log.push(`fast@${now}`);
        return monotonicNs(now + 10n);
      },
    },
    monotonicNs(10n),
  );
  assert.equal(scheduler.tick(monotonicNs(5n)), 10n);
  assert.equal(scheduler.tick(monotonicNs(25n)), 35n);
  assert.deepEqual(log, ['fast@25', 'slow@25']);
});

test('a task cancelled by an earlier one of the same round does not run', () => {
  const scheduler = new Scheduler();
  const never = { run: () => assert.fail('cancelled') };
  scheduler.schedule(
    {
      run() {
        scheduler.cancel(never);
        return null;
      },
    },
    monotonicNs(1n),
  );
  scheduler.schedule(never, monotonicNs(2n));
  assert.equal(scheduler.tick(monotonicNs(3n)), null);
});
