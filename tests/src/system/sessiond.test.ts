/**
 * The program `lttng-sessiond` as the system sees it: files, processes, signals, other daemons beside it,
 * and clients of the original.
 */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { commandOf, Environment, type RunOptions, repositoryPath } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';

const ours = () => commandOf('ours', 'lttng-sessiond');
const needs = { skip: skipUnless('root', 'native') };
const needsUpstream = { skip: skipUnless('root', 'native', 'upstream') };
const RUN_FOLDER = '/run/lttng';
const USER = 1234;

/** Runs a line of shell in the environment; it must succeed. */
async function shell(environment: Environment, line: string, options: RunOptions = {}): Promise<string> {
  return await environment.output(['sh', '-ec', line], options);
}

/** Ends the daemon of a run folder by a signal, and waits until its process is over (nobody may wait for it). */
async function stop(environment: Environment, signal = 'TERM', runFolder = RUN_FOLDER): Promise<void> {
  await shell(
    environment,
    `pid=$(cat ${runFolder}/lttng-sessiond.pid); kill -${signal} $pid
     timeout 240 sh -c "while test -e /proc/$pid/exe; do sleep 0.02; done"`,
  );
}

/** Names, types, modes and owners of what is in a folder. */
async function listing(environment: Environment, folder: string): Promise<string> {
  return await shell(environment, `cd ${folder}; find . -printf '%P %M %U %G\\n' | sort`);
}

/** Pid of the daemon, as the environment counts. */
async function pidOf(environment: Environment): Promise<number> {
  return Number(await shell(environment, `cat ${RUN_FOLDER}/lttng-sessiond.pid`));
}

test('the root daemon makes its files for the tracing group, and leaves nothing', needs, async () => {
  await using environment = await Environment.create();
  const group = Number(await shell(environment, 'getent group daemon | cut -d: -f3'));
  await environment.output([ours(), '--daemonize', '--group=daemon']);
  assert.equal(
    await listing(environment, RUN_FOLDER),
    [
      ` drwxr-xr-x 0 ${group}`,
      `client-lttng-sessiond srw-rw---- 0 ${group}`,
      `control.sock srw-rw---- 0 ${group}`,
      'lttng-sessiond.lck -rw-r----- 0 0',
      'lttng-sessiond.pid -rw-r--r-- 0 0',
      'lttng-ust-sock-8 srw-rw-rw- 0 0',
      '',
    ].join('\n'),
  );
  assert.equal(await shell(environment, 'od -An -td4 -N4 /dev/shm/lttng-ust-wait-8'), '           1\n');
  await stop(environment);
  assert.equal(await listing(environment, RUN_FOLDER), ` drwxr-xr-x 0 ${group}\n`);
  assert.equal(await shell(environment, 'od -An -td4 -N4 /dev/shm/lttng-ust-wait-8'), '           0\n');
});

test('its files have the modes and owners that the original gives', needsUpstream, async () => {
  await using environment = await Environment.create();
  const seen: string[][] = [];
  for (const program of [ours(), 'lttng-sessiond']) {
    await environment.output([program, '--daemonize', '--no-kernel']);
    seen.push((await listing(environment, RUN_FOLDER)).split('\n'));
    await stop(environment);
    // The original's process ends before the last of its files is gone.
    await shell(
      environment,
      `timeout 240 sh -c 'while test -e ${RUN_FOLDER}/lttng-sessiond.lck; do sleep 0.02; done'`,
    );
  }
  const [own = [], original = []] = seen;
  assert.deepEqual(
    own.filter((line) => !original.includes(line)).map((line) => line.split(' ')[0]),
    ['control.sock'],
  );
});

test(
  'the processes have their upstream names, and a daemon has no streams and no folder',
  needs,
  async () => {
    await using environment = await Environment.create();
    await environment.output([ours(), '--daemonize', '--no-kernel']);
    const pid = await pidOf(environment);
    assert.equal(await shell(environment, `cat /proc/${pid}/comm`), 'lttng-sessiond\n');
    assert.equal(
      await shell(environment, `ps -o args= -p ${pid}`),
      'lttng-sessiond --daemonize --no-kernel\n',
    );
    assert.equal(await shell(environment, `readlink /proc/${pid}/cwd`), '/\n');
    const streams = await shell(environment, `for n in 0 1 2; do readlink /proc/${pid}/fd/$n; done`);
    assert.equal(streams, '/dev/null\n/dev/null\n/dev/null\n');
    assert.equal(await shell(environment, `ps -o sid= -p ${pid} | tr -d ' '`), `${pid}\n`);
  },
);

test('in the background it keeps its streams', needs, async () => {
  await using environment = await Environment.create();
  const log = environment.path('log');
  await shell(environment, `exec >${log} 2>&1 </dev/null; ${ours()} --background -v --no-kernel`);
  const pid = await pidOf(environment);
  assert.equal(await shell(environment, `readlink /proc/${pid}/fd/2`), `${log}\n`);
  assert.equal(await shell(environment, `readlink /proc/${pid}/cwd`), '/\n');
  await stop(environment);
  const text = await shell(environment, `cat ${log}`);
  assert.match(text, /^DBG1 - \d\d:\d\d:\d\d\.\d{9} \[Main\]: Session daemon: version="\d/m);
  assert.match(text, /SIGTERM caught/);
});

test('a user without rights has a daemon of the own', needs, async () => {
  await using environment = await Environment.create();
  chmodSync(environment.folder, 0o777);
  const asUser = { uid: USER };
  await environment.output([ours(), '--daemonize'], asUser);
  const folder = environment.path('.lttng');
  assert.equal(
    await listing(environment, folder),
    [
      ' drwx------ 1234 1234',
      'client-lttng-sessiond srw-rw---- 1234 1234',
      'control.sock srw-rw---- 1234 1234',
      'lttng-sessiond.lck -rw-r----- 1234 1234',
      'lttng-sessiond.pid -rw-r--r-- 1234 1234',
      'lttng-ust-sock-8 srw-rw-rw- 1234 1234',
      '',
    ].join('\n'),
  );
  const lttng = commandOf('ours', 'lttng');
  await environment.output([lttng, 'create', 'mine', `--output=${environment.path('trace')}`], asUser);
  assert.match(await environment.output([lttng, 'list'], asUser), /mine/);
  await stop(environment, 'TERM', folder);
  assert.equal(await listing(environment, folder), ' drwx------ 1234 1234\n');
});

test('users outside the tracing group cannot control the root daemon', needs, async () => {
  await using environment = await Environment.create();
  await environment.output([ours(), '--daemonize', '--group=nosuchgroup']);
  const { status } = await environment.run(
    [
      'node',
      '-e',
      `require('net').connect('${RUN_FOLDER}/control.sock').on('error', (e) => process.exit(e.code === 'EACCES' ? 7 : 8))`,
    ],
    { uid: USER },
  );
  assert.equal(status, 7);
});

test('without the right to give files to the group it serves its own user', needs, async () => {
  await using environment = await Environment.create();
  const daemon = environment.start(['setpriv', '--bounding-set', '-chown', ours(), '--group=daemon', '-v']);
  await daemon.printed(/Ready/);
  assert.match(daemon.stderr, /Warning: Cannot give this to the tracing group: path=".*control.sock"/);
  const files = await listing(environment, RUN_FOLDER);
  assert.match(files, /^client-lttng-sessiond srw-rw---- 0 0\ncontrol.sock srw-rw---- 0 0$/m);
  assert.equal((await environment.run([commandOf('ours', 'lttng'), 'list'])).status, 0);
});

test('members of the group have sessions of their own, whose files are theirs', needsUpstream, async () => {
  await using environment = await Environment.create();
  chmodSync(environment.folder, 0o777);
  const lttng = commandOf('ours', 'lttng');
  const group = (await shell(environment, 'getent group daemon | cut -d: -f3')).trim();
  const member = ['setpriv', '--reuid', `${USER}`, '--regid', `${USER}`, '--groups', group];
  const asMember = (...words: string[]) =>
    environment.output([...member, lttng, '--group=daemon', ...words], {
      env: { HOME: home, LTTNG_HOME: home },
    });
  const home = environment.path('home');
  mkdirSync(home);
  chownSync(home, USER, USER);
  const trace = `${home}/trace`;
  await environment.output([ours(), '--daemonize', '--no-kernel', '--group=daemon']);
  await environment.output([lttng, 'create', 'roots', '--no-output']);
  assert.doesNotMatch(await asMember('list'), /roots/);
  await asMember('create', 'theirs', `--output=${trace}`);
  await asMember('enable-event', '--userspace', 'sample:*');
  await asMember('start');
  await environment.output([...member, sampleProgram(), 'ticks', '1', '10']);
  await asMember('destroy');
  assert.match(await environment.output([lttng, 'list']), /roots/);
  assert.equal(await shell(environment, `find ${trace} ! -uid ${USER} -o ! -gid ${USER}`), '');
  assert.equal((await environment.output(['babeltrace2', trace])).match(/sample:tick/g)?.length, 10);
});

for (const signals of [['INT'], ['HUP'], ['TERM', 'TERM', 'INT']]) {
  test(`SIG${signals.join(' and SIG')} end it in order`, needs, async () => {
    await using environment = await Environment.create();
    const daemon = environment.start(['sh', '-c', `${ours()} -v --no-kernel & wait $!; exit $?`]);
    await daemon.printed(/ready/i);
    const pid = await pidOf(environment);
    await shell(environment, signals.map((signal) => `kill -${signal} ${pid}`).join(' && '));
    assert.equal((await daemon.finished()).status, 0);
    assert.equal((await listing(environment, RUN_FOLDER)).trim().split('\n').length, 1);
  });
}

test('SIGUSR1 does not open a debugger, and the parent gets one when it asks', needs, async () => {
  await using environment = await Environment.create();
  const parent = environment.start([
    'bash',
    '-c',
    `trap 'echo got USR1' USR1; ${ours()} --sig-parent --no-kernel & wait; echo; wait`,
  ]);
  await parent.printed(/got USR1/);
  const pid = await pidOf(environment);
  await shell(environment, `kill -USR1 ${pid}`);
  assert.equal(await shell(environment, 'ss -Hltn 2>/dev/null || true'), '');
  await stop(environment);
  assert.doesNotMatch((await parent.finished()).stderr, /Debugger/);
});

test('two daemons on the same files: the second is refused and touches nothing', needs, async () => {
  await using environment = await Environment.create();
  await environment.output([ours(), '--daemonize']);
  const before = await shell(environment, `cd ${RUN_FOLDER}; stat -c '%n %i %y %z' . *`);
  const others = ['-c', '/run/other-client', '-a', '/run/other-apps', '-p', '/run/other-pid'];
  for (const words of [['--daemonize'], [], ['--daemonize', ...others]]) {
    const { status, stderr, stdout } = await environment.run([ours(), ...words]);
    assert.deepEqual([status, stderr, stdout], [1, 'Error: A session daemon is already running.\n', '']);
  }
  assert.equal(await shell(environment, `cd ${RUN_FOLDER}; stat -c '%n %i %y %z' . *`), before);
  assert.equal((await environment.run([commandOf('ours', 'lttng'), 'list'])).status, 0);
});

test('of daemons that start at the same moment one lives', needs, async () => {
  await using environment = await Environment.create();
  const starts = Array.from({ length: 4 }, () => environment.run([ours(), '--daemonize', '--no-kernel']));
  const outcomes = await Promise.all(starts);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), [0, 1, 1, 1]);
  for (const { status, stderr } of outcomes) {
    assert.equal(stderr, status === 0 ? '' : 'Error: A session daemon is already running.\n');
  }
  assert.equal((await environment.run([commandOf('ours', 'lttng'), 'list'])).status, 0);
  await stop(environment);
  assert.equal((await listing(environment, RUN_FOLDER)).trim().split('\n').length, 1);
});

test('ours and the original refuse each other', needsUpstream, async () => {
  await using environment = await Environment.create();
  const others = ['-c', '/run/other-client', '-a', '/run/other-apps', '-p', '/run/other-pid'];
  for (const [first, second] of [
    [ours(), 'lttng-sessiond'],
    ['lttng-sessiond', ours()],
  ] as const) {
    await environment.output([first, '--daemonize', '--no-kernel']);
    const before = await shell(environment, `cd ${RUN_FOLDER}; stat -c '%n %i %z' *`);
    for (const words of [[], others]) {
      const { status, stderr } = await environment.run([second, '--daemonize', '--no-kernel', ...words]);
      assert.deepEqual([status, stderr], [1, 'Error: A session daemon is already running.\n'], second);
    }
    assert.equal(await shell(environment, `cd ${RUN_FOLDER}; stat -c '%n %i %z' *`), before);
    await stop(environment);
    await shell(
      environment,
      `timeout 240 sh -c 'while test -e ${RUN_FOLDER}/lttng-sessiond.lck; do sleep 0.02; done'`,
    );
  }
});

test('what a killed daemon left does not keep the next from starting', needsUpstream, async () => {
  await using environment = await Environment.create();
  for (const killed of [ours(), 'lttng-sessiond']) {
    await environment.output([killed, '--daemonize', '--no-kernel']);
    await stop(environment, 'KILL');
    assert.match(await listing(environment, RUN_FOLDER), /lttng-ust-sock-8/);
    await environment.output([ours(), '--daemonize', '--no-kernel']);
    assert.equal((await environment.run([commandOf('ours', 'lttng'), 'list'])).status, 0);
    await stop(environment);
  }
});

test('a start that fails says why, with its exit code, and leaves nothing', needs, async () => {
  await using environment = await Environment.create();
  writeFileSync(environment.path('plain'), 'precious');
  const long = `/tmp/${'x'.repeat(120)}`;
  for (const [words, reason] of [
    [['--apps-sock=/nonexistent/socket'], /ENOENT.*\/nonexistent\/socket/],
    [['--client-sock=/nonexistent/socket'], /ENOENT.*\/nonexistent\/socket/],
    [['--pidfile=/nonexistent/pid'], /ENOENT.*\/nonexistent\/pid/],
    [[`--apps-sock=${long}`], /ENAMETOOLONG/],
    [[`--client-sock=${environment.path('plain')}`], /it is not a socket/],
    [['--load=/nonexistent'], /Session load failed: Invalid parameter/],
  ] as const) {
    const { status, stderr } = await environment.run([ours(), '--daemonize', '--no-kernel', ...words]);
    assert.equal(status, 1, words[0]);
    assert.match(stderr, /^Error: /);
    assert.match(stderr, reason);
    assert.equal((await listing(environment, RUN_FOLDER)).trim().split('\n').length, 1, words[0]);
  }
  assert.equal(await shell(environment, `cat ${environment.path('plain')}`), 'precious');
});

test('sockets and pid file go where options say', needs, async () => {
  await using environment = await Environment.create();
  const folder = environment.path('own');
  mkdirSync(folder);
  await environment.output([ours(), '-d', '--no-kernel', '-c', 'client', '-a', 'apps', '-p', 'pid'], {
    cwd: folder,
  });
  assert.match(await listing(environment, folder), /^apps s.*\nclient s.*\npid -/m);
  assert.doesNotMatch(await listing(environment, RUN_FOLDER), /pid|ust-sock|client/);
  await shell(
    environment,
    `pid=$(cat ${folder}/pid); kill $pid; while test -e /proc/$pid/exe; do sleep 0.02; done`,
  );
  assert.equal((await listing(environment, folder)).trim().split('\n').length, 1);
});

test('the original commands get an error, and do not wait', needsUpstream, async () => {
  await using environment = await Environment.create();
  await environment.output([ours(), '--daemonize', '--no-kernel']);
  for (const [words, text] of [
    [['list'], /^Error: Operation not supported\n$/],
    [['create', 'x'], /^Error: Operation not supported\n$/],
    [
      ['enable-event', '--userspace', '--all', '--session=x', '--filter', 'a == 1'],
      /Operation not supported/,
    ],
    [
      ['add-trigger', '--condition', 'event-rule-matches', '--type', 'user', '--action', 'notify'],
      /Operation not supported/,
    ],
  ] as const) {
    const { status, stderr } = await environment.run(['lttng', ...words]);
    assert.notEqual(status, 0, words[0]);
    assert.match(stderr, text);
  }
});

test('a log that nobody reads does not stop or slow the daemon', needs, async () => {
  await using environment = await Environment.create();
  const lttng = commandOf('ours', 'lttng');
  for (const reader of ['exec <&-; sleep 1000', 'sleep 1000', 'exit 0']) {
    const pipeline = environment.start([
      'sh',
      '-c',
      `{ ${ours()} -vvv --no-kernel; echo "ended $?" >&3; } 3>&1 2>&1 >/dev/null | { ${reader}; }`,
    ]);
    await shell(
      environment,
      `timeout 240 sh -c 'until test -S ${RUN_FOLDER}/control.sock; do sleep 0.02; done'`,
    );
    for (let count = 0; count < 3; count++) await environment.output([lttng, 'list']);
    await stop(environment);
    assert.equal((await listing(environment, RUN_FOLDER)).trim().split('\n').length, 1);
    pipeline.process.kill();
  }
});

test(
  'a daemon that is stopped finishes what it records, and the program runs on',
  needsUpstream,
  async () => {
    await using environment = await Environment.create();
    const lttng = commandOf('ours', 'lttng');
    const trace = environment.path('trace');
    await environment.output([ours(), '--daemonize', '--no-kernel']);
    await environment.output([lttng, 'create', 'demo', `--output=${trace}`]);
    await environment.output([lttng, 'enable-event', '--userspace', 'sample:*']);
    await environment.output([lttng, 'start']);
    const sample = environment.start([sampleProgram(), 'serve']);
    sample.write('ticks 1 10\n');
    await sample.printed(/done 10/);
    await stop(environment);
    assert.equal(await shell(environment, 'ps -e -o comm= | grep -c lttng-consumerd || true'), '0\n');
    sample.write('ticks 1 10\n');
    await sample.printed(/done 10\ndone 10/);
    sample.write('quit\n');
    assert.equal((await sample.finished()).status, 0);
    const text = await environment.output(['babeltrace2', trace]);
    assert.equal(text.match(/sample:tick/g)?.length, 10);
  },
);

test('programs come back to the next daemon, also when the last one was killed', needsUpstream, async () => {
  await using environment = await Environment.create();
  const lttng = commandOf('ours', 'lttng');
  const sample = environment.start([sampleProgram(), 'serve']);
  await sample.printed(/ready/);
  for (const signal of ['TERM', 'KILL']) {
    await environment.output([ours(), '--daemonize', '--no-kernel']);
    await shell(
      environment,
      `timeout 240 sh -c 'until ${lttng} list -u | grep -q sample:tick; do sleep 0.1; done'`,
    );
    await stop(environment, signal);
  }
});

test('a consumer that hangs does not keep the daemon for ever', needsUpstream, async () => {
  await using environment = await Environment.create();
  const lttng = commandOf('ours', 'lttng');
  await environment.output([ours(), '--daemonize', '--no-kernel']);
  await environment.output([lttng, 'create', 'demo', `--output=${environment.path('trace')}`]);
  await environment.output([lttng, 'enable-event', '--userspace', 'sample:*']);
  await environment.output([lttng, 'start']);
  const consumer = (await shell(environment, 'ps -e -o pid=,comm= | grep lttng-consumerd'))
    .trim()
    .split(' ')[0];
  await shell(environment, `kill -STOP ${consumer}`);
  await stop(environment);
  assert.equal((await listing(environment, RUN_FOLDER)).trim().split('\n').length, 1);
  // It lost its link: when it runs again, it ends.
  await shell(
    environment,
    `kill -CONT ${consumer} || true; timeout 240 sh -c 'while test -e /proc/${consumer}/exe; do sleep 0.02; done'`,
  );
});

test('the consumer is the one that an option or a variable names', needsUpstream, async () => {
  await using environment = await Environment.create();
  const lttng = commandOf('ours', 'lttng');
  const wrapper = environment.path('consumer');
  const mark = environment.path('mark');
  writeFileSync(
    wrapper,
    `#!/bin/sh\necho "$@" >> ${mark}\nexec ${repositoryPath('bin/lttng-consumerd')} "$@"\n`,
  );
  chmodSync(wrapper, 0o755);
  const work = async () => {
    await environment.output([lttng, 'create', 'demo', `--output=${environment.path('trace')}`]);
    await environment.output([lttng, 'enable-event', '--userspace', 'sample:*']);
    await environment.output([lttng, 'start']);
    await environment.output([lttng, 'destroy']);
    await stop(environment);
  };
  await environment.output([ours(), '-d', '--no-kernel', `--consumerd64-path=${wrapper}`]);
  await work();
  await environment.output([ours(), '-d', '--no-kernel'], { env: { LTTNG_CONSUMERD64_BIN: wrapper } });
  await work();
  assert.equal((await shell(environment, `cat ${mark}`)).match(/--owner-uid 0/g)?.length, 2);
});

test('a session configuration that is no good ends the start', needs, async () => {
  await using environment = await Environment.create();
  const folder = environment.path('sessions');
  mkdirSync(folder);
  writeFileSync(`${folder}/a.lttng`, '<sessions/>');
  writeFileSync(`${folder}/other`, '');
  const daemon = environment.start([ours(), '--no-kernel', `--load=${folder}`]);
  const { stderr, status } = await daemon.finished();
  assert.equal(status, 1);
  assert.match(stderr, /Error: Session load failed: Invalid session configuration/);
  assert.doesNotMatch(stderr, /other/);
});

test('command lines and configuration files come out as with the original', needsUpstream, async () => {
  await using environment = await Environment.create();
  const replay = environment.start([
    'node',
    repositoryPath('packages/cli/tools/replay-transcripts.mjs'),
    'sessiond',
  ]);
  const { status, stdout, stderr } = await replay.finished(400_000);
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /^\d{3} lines, no difference\n$/);
});
