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

/** Starts the sample program under `name`; it obeys lines on descriptor 3 and prints to NAME.txt. */
const serve = (name = 'program'): string => `
mkfifo ${name}.orders
$NODE_SAMPLE serve < ${name}.orders > ${name}.txt 2> ${name}.err & exec 3> ${name}.orders
wait_for ${name}.txt ready
`;

test('a program that runs when the session starts is recorded', { skip }, async () => {
  const out = await inWorld(`
root_daemon
${serve()}
${session(
  'lttng enable-event -u sample:tick',
  `echo "ticks 1 5" >&3
wait_for program.txt "done 5"
echo quit >&3`,
).replace('root_daemon', '')}`);
  assert.equal(eventLines(out).length, 5);
});

test('a daemon that starts after the program is found', { skip }, async () => {
  const out = await inWorld(`
${serve()}
${session(
  "lttng enable-event -u 'sample:*'",
  `for i in $(seq 100); do lttng list -u | grep -q sample:tick && break; sleep 0.05; done
echo "ticks 1 3" >&3
wait_for program.txt "done 3"
echo quit >&3`,
)}`);
  assert.equal(eventLines(out).length, 3);
});

test('a busy event loop does not make the daemon wait', { skip }, async () => {
  const out = await inWorld(`
root_daemon
${serve()}
echo "busy 3000" >&3
begin=$(date +%s%N)
${session(
  'lttng enable-event -u sample:tick',
  `echo $(( ($(date +%s%N) - begin) / 1000000 )) > setup.ms
wait_for program.txt "done 0"
echo "ticks 1 4" >&3
wait_for program.txt "done 4"
echo quit >&3`,
).replace('root_daemon', '')}
cat setup.ms`);
  assert.equal(eventLines(out).length, 4);
  assert.ok(
    Number(out.trimEnd().split('\n').at(-1)) < 3000,
    'the session was ready while the program computed',
  );
});

test('the list of tracepoints and fields is that of a C program', { skip }, async () => {
  const list = async (program: string) => {
    const out = await inWorld(`
root_daemon
mkfifo orders
${program} serve < orders > program.txt & exec 3> orders
wait_for program.txt ready
for i in $(seq 100); do lttng list -u | grep -q sample:tick && break; sleep 0.05; done
lttng list -u -f
echo quit >&3`);
    const own = out.split('\n').filter((line) => /^ {6}sample:|^ {8}field:/.test(line));
    // The library's own tracepoints follow those of a C program.
    const end = out.indexOf('lttng_ust');
    const lines =
      end < 0
        ? own
        : out
            .slice(0, end)
            .split('\n')
            .filter((line) => own.includes(line));
    return lines.filter((line) => /sample:|field:/.test(line));
  };
  const [inC, inNode] = await Promise.all([list('$C_SAMPLE'), list('$NODE_SAMPLE')]);
  assert.equal(inNode.length, 6 + 3 + 11 + 2 + 6 + 2);
  assert.deepEqual(inNode, inC.slice(0, inNode.length));
});

test('levels, exclusions and filters select as in a C program', { skip }, async () => {
  const rules: readonly (readonly string[])[] = [
    ["'sample:*' --loglevel=INFO"],
    ["'sample:*' --loglevel-only=ERR"],
    ["'sample:*' --exclude='sample:i*,sample:floats'"],
    ["sample:integers --filter 'i32 > 0 && u8 != 127'"],
    ["sample:integers --filter 'i64 < 0 || hex == 0x1234'"],
    // Not beyond the end of a sequence: C reads there what it finds.
    ['sample:arrays --filter \'fixedtext == "hell*" && fixed[1] == -2 && dynamictext == "hel*"\''],
    ["sample:arrays --filter 'dynamic[0] == 1 && fixed[2] > 2'"],
    ["sample:arrays --filter '_dynamic_length > 3'"],
    ["sample:enums --filter 'color == 5 || color < 0'"],
    ["sample:floats --filter 'd > 1.5'"],
    ["'sample:*' --filter '$ctx.vpid > 1 && text == \"*umlaut*\"'"],
    ["sample:integers --filter 'i8 == 127'", "'sample:i*' --filter 'i8 == -1'"],
    ["sample:integers --filter 'i8 == 127'", "'sample:integer*'"],
    ["sample:tick --filter 'nosuchfield == 1'"],
  ];
  const traces = (program: string) =>
    inWorld(`
root_daemon
${rules
  .map(
    (list, i) => `
lttng create s${i} --output=$WORLD/t${i} >/dev/null
${list.map((rule) => `lttng enable-event -u ${rule} >/dev/null`).join('\n')}
lttng start >/dev/null`,
  )
  .join('\n')}
${program} kinds >/dev/null
lttng stop s0 >/dev/null
${rules.map((_, i) => `lttng destroy s${i} >/dev/null; echo "== ${i}"; babeltrace2 $WORLD/t${i}`).join('\n')}`);
  const [inC = '', inNode = ''] = await Promise.all(['$C_SAMPLE', '$NODE_SAMPLE'].map(traces));
  const sections = (text: string) =>
    text
      .split(/^== \d+\n/m)
      .slice(1)
      .map(eventLines);
  const expected = sections(inC);
  assert.equal(expected.length, rules.length);
  sections(inNode).forEach((lines, i) => {
    assert.deepEqual(lines, expected[i], `rules: ${rules[i]?.join(' ')}`);
  });
});

for (const [what, programs] of [
  ['C first, then Node.js', ['$C_SAMPLE', '$NODE_SAMPLE']],
  ['Node.js first, then C', ['$NODE_SAMPLE', '$C_SAMPLE']],
] as const) {
  test(`contexts of both programs agree: ${what}`, { skip }, async () => {
    const types =
      'vpid vtid pthread_id procname ip cgroup_ns ipc_ns mnt_ns net_ns pid_ns user_ns uts_ns time_ns vuid veuid vsuid vgid vegid vsgid';
    const out = await inWorld(
      session(
        `lttng enable-event -u sample:tick
lttng add-context -u ${types
          .split(' ')
          .map((type) => `-t ${type}`)
          .join(' ')} -t '$app.prov:ctx'
lttng add-context -u -t perf:thread:cpu-clock || echo "no perf" >&2`,
        programs.map((program) => `${program} ticks 1 10 >/dev/null`).join('\n'),
      ),
    );
    const lines = eventLines(out);
    assert.equal(lines.length, 20);
    const shape = (line: string) => line.replace(/(\w+) = (?:"[^"]*"|[-\dx A-F]+)/g, '$1');
    assert.equal(new Set(lines.map(shape)).size, 1, `one layout:\n${lines[0]}\n${lines[19]}`);
    // Namespaces and credentials are the same for both.
    const same = (line: string | undefined) => line?.match(/cgroup_ns.*vsgid = \d+/)?.[0];
    assert.equal(same(lines[0]), same(lines[19]));
    assert.match(lines.find((line) => line.includes('"node"')) ?? '', /procname = "node", ip = 0,/);
  });
}

test('with small buffers, recorded and discarded events of Node.js and C add up', { skip }, async () => {
  const out = await inWorld(`
root_daemon
lttng create s --output=$WORLD/trace >/dev/null
lttng enable-channel -u c --subbuf-size=4096 --num-subbuf=4 >/dev/null
lttng enable-event -u -c c sample:tick >/dev/null
lttng start >/dev/null
$C_SAMPLE ticks 1 40000 >/dev/null & a=$!
$NODE_SAMPLE ticks 2 40000 >/dev/null & b=$!
$C_SAMPLE ticks 3 40000 >/dev/null & c=$!
$NODE_SAMPLE ticks 4 40000 >/dev/null & d=$!
wait $a $b $c $d
lttng stop > stop.txt 2>&1
lttng destroy >/dev/null 2>&1
cat stop.txt
babeltrace2 $WORLD/trace 2>/dev/null`);
  const recorded = eventLines(out).length;
  // liblttng-ust 2.13 sometimes writes the count 0 into a packet (four C programs alone do it too); the original
  // consumer takes that for an overflow and adds 2^63.
  const discarded = BigInt(out.match(/(\d+) events? (?:was|were) discarded/)?.[1] ?? 0) % 2n ** 63n;
  assert.equal(recorded + Number(discarded), 160_000, out.slice(0, 500));
  for (const writer of [1, 2, 3, 4]) assert.match(out, new RegExp(`writer = ${writer},`));
});

test('however a program ends, what it recorded is there', { skip }, async () => {
  const modes = ['return', 'exit', 'throw'];
  const out = await inWorld(
    session(
      'lttng enable-event -u sample:tick',
      modes.map((mode) => `$NODE_SAMPLE exit ${mode} >/dev/null 2>&1 || true`).join('\n'),
    ),
  );
  assert.equal(eventLines(out).length, modes.length);
});

test('worker threads record the same event', { skip }, async () => {
  const out = await inWorld(
    session(
      'lttng enable-event -u sample:tick; lttng add-context -u -t vtid',
      '$NODE_SAMPLE threads 200 >/dev/null',
    ),
  );
  const lines = eventLines(out);
  assert.equal(lines.length, 600);
  assert.equal(new Set(lines.map((line) => line.match(/vtid = \d+/)?.[0])).size, 3, 'three threads');
});

test('events that are defined later are recorded from the first call on', { skip }, async () => {
  const out = await inWorld(
    session(
      "lttng enable-event -u 'late:*'",
      `${serve()}
echo define >&3
wait_for program.txt "done 1"
echo quit >&3`,
    ),
  );
  assert.deepEqual(eventLines(out), ['late:hello: { cpu_id = N }, { n = 5 }']);
});

test('a daemon that is killed and started again is found again', { skip }, async () => {
  const out = await inWorld(`
root_daemon
${serve()}
for i in $(seq 100); do lttng list -u | grep -q sample:tick && break; sleep 0.05; done
kill -9 $(cat /run/lttng/lttng-sessiond.pid) $(pgrep -x lttng-consumerd) || true
sleep 0.2
echo "ticks 1 100" >&3
wait_for program.txt "done 100"
lttng-sessiond --daemonize --no-kernel >/dev/null 2>&1
for i in $(seq 300); do lttng list -u | grep -q sample:tick && break; sleep 0.05; done
${session(
  'lttng enable-event -u sample:tick',
  `echo "ticks 2 7" >&3
wait_for program.txt "done 7"
echo quit >&3`,
).replace('root_daemon', '')}`);
  assert.equal(eventLines(out).length, 7);
});

test('root’s daemon and the user’s record the same program at once', { skip }, async () => {
  const out = await inWorld(`
chmod 755 $WORLD; mkdir home; chown 1000:1000 home
root_daemon
as_user() { setpriv --reuid=1000 --regid=1000 --clear-groups env HOME=$WORLD/home LTTNG_HOME=$WORLD/home "$@"; }
as_user lttng-sessiond --daemonize --no-kernel >/dev/null 2>&1
lttng create a --output=$WORLD/a >/dev/null
lttng enable-event -u sample:tick >/dev/null
lttng start >/dev/null
as_user lttng create b --output=$WORLD/home/b >/dev/null
as_user lttng enable-event -u sample:tick --filter 'index >= 3' >/dev/null
as_user lttng start >/dev/null
as_user $NODE_SAMPLE ticks 1 5 >/dev/null
lttng destroy >/dev/null
as_user lttng destroy >/dev/null
babeltrace2 $WORLD/a; echo ==; babeltrace2 $WORLD/home/b`);
  const [root = '', user = ''] = out.split('==\n');
  assert.equal(eventLines(root).length, 5);
  assert.equal(eventLines(user).length, 2);
});

test('without a daemon, or with one that does not answer, a program runs as ever', { skip }, async () => {
  const out = await inWorld(`
begin=$(date +%s%N)
$NODE_SAMPLE ticks 1 1000
echo none $(( ($(date +%s%N) - begin) / 1000000 ))
: > /run/lttng/lttng-ust-sock-8
begin=$(date +%s%N)
$NODE_SAMPLE ticks 1 1000
echo stale $(( ($(date +%s%N) - begin) / 1000000 ))
rm /run/lttng/lttng-ust-sock-8
node -e "require('node:net').createServer(() => {}).listen('/run/lttng/lttng-ust-sock-8', () => console.log('listens'))" > silent.txt & silent=$!
wait_for silent.txt listens
begin=$(date +%s%N)
LTTNG_UST_REGISTER_TIMEOUT=500 $NODE_SAMPLE ticks 1 1000
echo silent $(( ($(date +%s%N) - begin) / 1000000 ))
LTTNG_UST_REGISTER_TIMEOUT=0 $NODE_SAMPLE ticks 1 1000
kill $silent`);
  const ms = (name: string) => Number(out.match(new RegExp(`${name} (\\d+)`))?.[1]);
  assert.equal(out.match(/done 1000/g)?.length, 4);
  assert.ok(ms('none') < 2000 && ms('stale') < 2500, out);
  assert.ok(ms('silent') >= 500 && ms('silent') < 3000, out);
});
