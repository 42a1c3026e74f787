/** What daemons tell a service manager (sd_notify), and the unit files that rely on it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandOf, Environment, repositoryPath } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';

const skip = skipUnless('root', 'native');
const hasPython = spawnSync('python3', ['--version']).status === 0;

/** Receives datagrams as a service manager does, and prints each with its sender; Node has no such sockets. */
const MANAGER = `
import socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
s.bind('\\0' + sys.argv[1][1:] if sys.argv[1].startswith('@') else sys.argv[1])
print('listening', flush=True)
while True:
    data, ancillary, _, _ = s.recvmsg(4096, 1024)
    pid = struct.unpack('3i', ancillary[0][2])[0]
    print(pid, data.decode().replace('\\n', ' '), flush=True)
`;

for (const [title, path] of [
  ['a socket in the file system', 'notify'],
  ['an abstract socket', '@lttng-notify'],
] as const) {
  test(`the session daemon says when it is ready, and when it stops: ${title}`, {
    skip: skip || (!hasPython && 'needs python3'),
  }, async () => {
    await using environment = await Environment.create();
    const socket = path.startsWith('@') ? path : environment.path(path);
    const manager = environment.start(['python3', '-c', MANAGER, socket]);
    await manager.printed(/listening/);
    const daemon = environment.start([commandOf('ours', 'lttng-sessiond'), '--no-kernel'], {
      env: { NOTIFY_SOCKET: socket },
    });
    const [, sender, main] = await manager.printed(/^(\d+) READY=1 MAINPID=(\d+)$/m);
    assert.equal(sender, main);
    const pid = readFileSync(environment.seenFromOutside('/run/lttng/lttng-sessiond.pid'), 'utf8').trim();
    assert.equal(main, pid);
    // By then it answers.
    await environment.output([commandOf('ours', 'lttng'), 'list']);
    await environment.output(['kill', pid]);
    await manager.printed(/^\d+ STOPPING=1$/m);
    assert.equal((await daemon.finished()).status, 0);
  });
}

test('a manager that is gone costs a warning', { skip }, async () => {
  await using environment = await Environment.create();
  const daemon = environment.start([commandOf('ours', 'lttng-sessiond'), '--no-kernel'], {
    env: { NOTIFY_SOCKET: '/nonexistent/socket' },
  });
  await daemon.printed(
    /Warning: Cannot tell the service manager: path="\/nonexistent\/socket", errno="ENOENT"/,
  );
  await environment.output([commandOf('ours', 'lttng'), 'list']);
});

test('the unit files are of the kind that waits to be told', () => {
  const folder = repositoryPath('systemd');
  const units = readdirSync(folder).filter((name) => name.endsWith('.service'));
  assert.equal(units.length, 3);
  for (const name of units) {
    const text = readFileSync(join(folder, name), 'utf8');
    assert.match(text, /^Type=notify$/m, name);
    const [, program = ''] = /^ExecStart=\S*\/(\S+)/m.exec(text) ?? [];
    assert.ok(readdirSync(repositoryPath('bin')).includes(program), name);
  }
});
