/**
 * Records what the original compiler makes of filter expressions: `cases/compiler.json`, the golden table of this
 * package. Starts Debian's lttng-sessiond, registers a fake UST application with it, runs
 * `lttng enable-event --filter` for every expression of `cases/expressions.json`, and keeps the exit status, and for
 * accepted expressions the payload of the FILTER command that reached the application.
 *
 * Run it as root in namespaces of its own, so that no daemon of the machine is met:
 *
 *   unshare --mount --pid --net --ipc --fork --kill-child --mount-proc sh -c '
 *     mount -t tmpfs tmpfs /run; mount -t tmpfs tmpfs /dev/shm; ip link set lo up; mkdir -p /run/lttng
 *     LTTNG_HOME=$(mktemp -d) exec node packages/filter/tools/record-bytecode.mjs'
 *
 * The fake application answers just enough: any command gets success, payloads are read and dropped, except FILTER.
 * It never gets as far as events, since it announces no channel on its notify socket.
 */
// @ts-check
import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = new URL('../cases/', import.meta.url);
const SOCKET = '/var/run/lttng/lttng-ust-sock-8';
const COMMAND_BYTES = 612;
const REPLY_BYTES = 324;

/** The payload of the last FILTER command, in hex. */
let lastFilter = null;

/** @param {number} type 0 = command socket, 1 = notify socket */
function registration(type) {
  const message = Buffer.alloc(136);
  [0xc57c57c5, 9, 0, process.pid, process.ppid, 0, 0, 64, 8, 8, 8, 8, 8, type].forEach((value, i) => {
    message.writeUInt32LE(value, i * 4);
  });
  message.write('fake', 56);
  return message;
}

/** Bytes that follow a command message at once; descriptors arrive as one byte of data each. */
function payloadBytes(command, message) {
  switch (command) {
    case 0x51:
      return Number(message.readBigUInt64LE(40)) + 1;
    case 0x60:
      return 1;
    case 0xa0:
      return message.readUInt32LE(40);
    case 0xa1:
      return message.readUInt32LE(40) * 256;
    default:
      return 0;
  }
}

/** Two-phase commands: the payload follows the first reply. */
function secondPhaseBytes(command, message) {
  if (command === 0x46 || command === 0xd0 || command === 0xd1) return 1;
  if (command === 0xc0) return Number(message.readBigUInt64LE(40));
  if (command === 0xb0) return message.readUInt32LE(40);
  return 0;
}

function serve(socket) {
  let pending = Buffer.alloc(0);
  let state = null;
  let handle = 1;
  const reply = (message) => {
    const out = Buffer.alloc(REPLY_BYTES);
    message.copy(out, 0, 0, 8);
    out.writeUInt32LE(handle++, 12);

    if (message.readUInt32LE(4) === 0x41) {
      for (const [i, part] of [2, 13, 5].entries()) out.writeUInt32LE(part, 48 + i * 4);
    }
    socket.write(out);
  };
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const want = state === null ? COMMAND_BYTES : state.bytes;
      if (pending.length < want) return;
      const taken = pending.subarray(0, want);
      pending = pending.subarray(want);
      if (state === null) {
        const message = Buffer.from(taken);
        const command = message.readUInt32LE(4);
        const second = secondPhaseBytes(command, message);
        const bytes = payloadBytes(command, message);
        if (second > 0) {
          reply(message);
          state = { message, bytes: second };
        } else if (bytes > 0) state = { message, bytes };
        else reply(message);
      } else {
        const { message } = state;
        if (message.readUInt32LE(4) === 0xa0) {
          const reloc = message.readUInt32LE(44);
          lastFilter = {
            code: taken.subarray(0, reloc).toString('hex'),
            relocations: taken.subarray(reloc).toString('hex'),
          };
        }
        state = null;
        reply(message);
      }
    }
  });
}

async function until(condition, what, timeoutMs = 10000) {
  const end = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`Timeout: ${what}`);
    await sleep(20);
  }
}

async function lttng(...args) {
  try {
    const { stderr } = await run('/usr/bin/lttng', args, { timeout: 10000 });
    return { status: 0, stderr };
  } catch (error) {
    return { status: error.code ?? -1, stderr: String(error.stderr) };
  }
}

const expressions = JSON.parse(readFileSync(new URL('expressions.json', here), 'utf8'));
const daemon = spawn('/usr/bin/lttng-sessiond', ['--no-kernel'], { stdio: 'ignore' });
await until(() => existsSync(SOCKET), 'daemon socket');
await sleep(300);
const command = connect(SOCKET);
serve(command);
command.write(registration(0));
await new Promise((resolve) => command.once('ready', resolve));
await sleep(100);
const notify = connect(SOCKET);
notify.write(registration(1));
notify.on('error', () => undefined);
command.on('error', () => undefined);
await sleep(500);

// Only a started session reaches applications, and only a session with a channel can start.
await lttng('create', 'record', '--output=/tmp/record-bytecode');
await lttng('enable-event', '-u', 'p:first');
await lttng('start');
const table = [];
let number = 0;
for (const expression of expressions) {
  lastFilter = null;
  number += 1;
  const { status, stderr } = await lttng('enable-event', '-u', `p:e${number}`, '--filter', expression);
  // The daemon talks to the application before it answers the client; a filter of a new session arrives so too.
  if (status === 0 && lastFilter === null)
    await until(() => lastFilter !== null, `filter of ${expression}`, 500).catch(() => undefined);
  table.push(
    status === 0
      ? { expression, ...(lastFilter ?? { missing: true }) }
      : { expression, refused: status, said: stderr.split('\n')[0] },
  );
}
const { stdout: version } = await run('/usr/bin/lttng', ['--version']);
const lines = table.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
writeFileSync(
  new URL('compiler.json', here),
  `{\n  "recorded": ${JSON.stringify(version.trim())},\n  "rows": [\n${lines}\n  ]\n}\n`,
);
console.log(
  `${table.length} expressions, ${table.filter((row) => 'refused' in row).length} refused, ${table.filter((row) => 'missing' in row).length} missing`,
);
command.destroy();
notify.destroy();
daemon.kill('SIGTERM');
await new Promise((resolve) => daemon.once('exit', resolve));
