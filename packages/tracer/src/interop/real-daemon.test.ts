/** The tracer with the original lttng-sessiond 2.13, and beside C programs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventLines, inWorld, skipReason } from './world.ts';

const skip = skipReason();

/** Creates a session, `setup` adds rules and contexts, `work` runs programs; prints the trace. */
const session = (setup: string, work: string): string => `
root_daemon
lttng create s --output=$WORLD/trace >/dev/null
${setup} >/dev/null
lttng start s >/dev/null
${work}
lttng stop s > stop.txt 2>&1
lttng destroy s >/dev/null
babeltrace2 $WORLD/trace 2>reader.txt
`;

test('every kind of field is recorded as a C program records it', { skip }, async () => {
  const rules = "lttng enable-event -u 'sample:*'";
  const [inC, inNode] = await Promise.all(
    ['$C_SAMPLE kinds >/dev/null', '$NODE_SAMPLE kinds >/dev/null'].map((work) =>
      inWorld(session(rules, work)),
    ),
  );
  const expected = eventLines(inC ?? '');
  assert.equal(expected.length, 30);
  assert.deepEqual(eventLines(inNode ?? ''), expected);
});

test('a program that runs when the session starts is recorded', { skip }, async () => {
  const out = await inWorld(`
root_daemon
mkfifo orders
$NODE_SAMPLE serve < orders > program.txt & exec 3> orders
wait_for program.txt ready
lttng create s --output=$WORLD/trace >/dev/null
lttng enable-event -u sample:tick >/dev/null
lttng start >/dev/null
echo "ticks 1 5" >&3
wait_for program.txt "done 5"
lttng stop >/dev/null
echo quit >&3
wait
babeltrace2 $WORLD/trace`);
  assert.equal(eventLines(out).length, 5);
});
