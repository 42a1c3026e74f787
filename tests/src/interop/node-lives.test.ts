/** However a Node.js program and its threads live and end: what a recording function took is in the trace. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment } from '../harness/environment.ts';
import { order, quit, record, startDaemon } from '../harness/recording.ts';
import { daemonSides, eventLines, nodeLives, registered, samples, serve, skip } from './node-world.ts';

const rules = [['sample:tick']];

/** Ends of `node-lives.mjs`, with the exit status of each. */
const ends = { return: 0, exit: 0, throw: 1, reject: 1, abort: 134, kill: 137 };

const distinct = (lines: readonly string[], pattern: RegExp): number =>
  new Set(lines.map((line) => line.match(pattern)?.[0])).size;

for (const side of daemonSides) {
  test(`a program records one event and ends at once, daemon: ${side}`, { skip }, async () => {
    await using environment = await Environment.create();
    await startDaemon(environment, side);
    const { folder } = await record(environment, { side, rules }, async () => {
      for (const [mode, expected] of Object.entries(ends)) {
        // The shell gives deaths by a signal as a status.
        const command = ['sh', '-c', '"$@"; exit $?', 'sh', ...nodeLives('end', mode)];
        const { status, stderr } = await environment.run(command, { env: { MODE: mode } });
        assert.equal(status, expected, `${mode}: ${stderr}`);
      }
    });
    const texts = (await eventLines(environment, folder)).map((line) => line.match(/text = "(\w+)"/)?.[1]);
    assert.deepEqual(texts, Object.keys(ends));
  });

  test(`the tracer keeps no program alive, daemon: ${side}`, { skip }, async () => {
    await using environment = await Environment.create();
    await startDaemon(environment, side);
    // A busy machine makes a run long, but not each of so many.
    let shortestMs = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 20 && shortestMs >= 5000; attempt++) {
      const begin = performance.now();
      const { status } = await environment.run([...samples.node(), 'kinds']);
      assert.equal(status, 0);
      shortestMs = Math.min(shortestMs, performance.now() - begin);
    }
    assert.ok(shortestMs < 5000, `took ${shortestMs} ms`);
  });

  test(`threads record beside each other, each as itself, daemon: ${side}`, { skip }, async () => {
    await using environment = await Environment.create();
    await startDaemon(environment, side);
    const contexts = ['vpid', 'vtid', 'pthread_id'];
    const { folder } = await record(environment, { side, rules, contexts }, async () => {
      await environment.output(nodeLives('threads', '200'));
    });
    const lines = await eventLines(environment, folder);
    assert.equal(lines.length, 600);
    assert.equal(distinct(lines, /vpid = \d+/), 1);
    assert.equal(distinct(lines, /vtid = \d+/), 3);
    assert.equal(distinct(lines, /pthread_id = \d+/), 3);
  });

  test(`threads start late, end early, and are terminated, daemon: ${side}`, { skip }, async () => {
    await using environment = await Environment.create();
    await startDaemon(environment, side);
    let terminated = 0;
    const program = await serve(environment, nodeLives());
    const { folder } = await record(environment, { side, rules }, async () => {
      await order(program, 'thread 10');
      await order(program, 'terminate 1000');
      terminated = Number(program.stdout.match(/done (\d+)/)?.[1]);
      await order(program, 'thread 10');
      await order(program, 'ticks 5');
    });
    await quit(program);
    const lines = await eventLines(environment, folder);
    const by = (writer: number) => lines.filter((line) => line.includes(`writer = ${writer},`)).length;
    assert.equal(by(8), 20);
    assert.equal(by(1), 5);
    // The last event may have been recorded and not counted.
    assert.ok(by(9) === terminated || by(9) === terminated + 1, `${by(9)} of ${terminated}`);
  });

  test(`threads take control over when its owner has ended, daemon: ${side}`, { skip }, async () => {
    await using environment = await Environment.create();
    await startDaemon(environment, side);
    const program = await serve(environment, nodeLives(), { LIVES_MAIN: 'idle' });
    const { folder } = await record(environment, { side, rules }, async () => {
      // Nobody else defines anything: each thread starts control, and takes it along when it ends.
      for (let i = 0; i < 3; i++) await order(program, 'thread 7');
    });
    await quit(program);
    assert.equal((await eventLines(environment, folder)).length, 21);
  });

  test(`events that are defined later are recorded from the first on, daemon: ${side}`, {
    skip,
  }, async () => {
    await using environment = await Environment.create();
    await startDaemon(environment, side);
    const program = await serve(environment, nodeLives());
    await registered(program);
    const { folder } = await record(environment, { side, rules: [['late:*']] }, async () => {
      await order(program, 'define');
    });
    await quit(program);
    assert.deepEqual(await eventLines(environment, folder), ['late:hello: { cpu_id = N }, { n = 5 }']);
  });
}
