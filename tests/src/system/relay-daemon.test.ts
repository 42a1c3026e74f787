/** The relay daemon's process: its files, its ports, what it sets on connections. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandOf, Environment } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';

const skip = skipUnless('root', 'native');
const relayd = commandOf('ours', 'lttng-relayd');
const PORTS = ['control', 'data', 'live'];

test('a relative PID file is the caller’s, also in the background, and goes with the daemon', {
  skip,
}, async () => {
  await using environment = await Environment.create();
  const words = ['--daemonize', '--pid-file=relay.pid', '--dynamic-port-allocation', '--working-directory=/'];
  await environment.output([relayd, ...words]);
  const pid = readFileSync(environment.path('relay.pid'), 'utf8').trim();
  const listening = await environment.output(['ss', '--listening', '--tcp', '--numeric', '--processes']);
  for (const name of PORTS) {
    const port = readFileSync(environment.path(`lttng-relayd-${name}.port`), 'utf8').trim();
    assert.match(listening, new RegExp(`:${port} .*pid=${pid},`));
  }
  await environment.output(['sh', '-c', `kill ${pid}; while test -e /proc/${pid}/exe; do sleep 0.01; done`]);
  assert.deepEqual(
    readdirSync(environment.folder).filter((name) => /\.(?:pid|port)$/.test(name)),
    [],
  );
  assert.ok(!existsSync(environment.path('relay.pid')));
});

test('connections are probed as the environment says, on IPv6 too', { skip }, async () => {
  await using environment = await Environment.create();
  const env = {
    LTTNG_RELAYD_TCP_KEEP_ALIVE: '1',
    LTTNG_RELAYD_TCP_KEEP_ALIVE_IDLE_TIME: '1',
    LTTNG_RELAYD_TCP_KEEP_ALIVE_PROBE_INTERVAL: '1',
    LTTNG_RELAYD_TCP_KEEP_ALIVE_MAX_PROBE_COUNT: '2',
  };
  const words = ['-vv', '--control-port=tcp6://[::1]:6000'];
  const relay = environment.start([relayd, ...words], { env });
  await relay.printed(/Ready/);
  const peer = environment.start(['bash', '-c', 'exec 3<>/dev/tcp/::1/6000; cat']);
  await relay.printed(/Connection: port="control"/);
  const timers = await environment.output(['ss', '--tcp', '--numeric', '--options', 'sport', '=', ':6000']);
  assert.match(timers, /timer:\(keepalive,\d+ms,0\)/);
  // The peer's host is cut off: nothing answers the probes, and the connection ends.
  await environment.output(['ip', 'link', 'set', 'lo', 'down']);
  await relay.printed(/Connection fails: port="control".*(?:ETIMEDOUT|E(?:NET|HOST)UNREACH)/);
  peer.process.kill();
});

test('the status of the daemon that runs, as text and as JSON, and /metrics', { skip }, async () => {
  await using environment = await Environment.create();
  const none = await environment.run([relayd, '--status']);
  assert.deepEqual([none.status, none.stdout], [1, '']);
  assert.match(
    none.stderr,
    /^Error: No relay daemon answers: path="\/run\/lttng\/relayd\/control-5342\.sock"$/m,
  );
  const relay = environment.start([relayd, '-v', '--metrics-port=9464', '--fd-pool-size=100']);
  await relay.printed(/Ready/);
  const text = await environment.output([relayd, '--status']);
  assert.match(text, /^Relay daemon: pid \d+, up \d+ s, output .*\/lttng-traces$/m);
  assert.match(text, /^Open files: 0 of 100$/m);
  const status = JSON.parse(await environment.output([relayd, '--status', '--json']));
  assert.deepEqual([status.sessions, status.counters.packets], [[], 0]);
  const reader = environment.start([process.execPath, join(import.meta.dirname, 'lagging-reader.js')]);
  await reader.printed(/ready/);
  assert.match(await environment.output([relayd, '--status']), /c_0.*live reader 3 packets behind/);
  const { sessions } = JSON.parse(await environment.output([relayd, '--status', '--json']));
  assert.equal(sessions[0].streams[0].lagPackets, 3);
  const fetchPage = `fetch('http://127.0.0.1:9464/metrics').then(async (page) => console.log(await page.text()))`;
  const page = await environment.output([process.execPath, '-e', fetchPage]);
  assert.match(page, /^lttng_relayd_stream_lag_packets\{.*channel="c_0".*\} 3$/m);
  reader.process.stdin?.end();
  assert.equal((await reader.finished()).status, 0);
  const pageAfter = await environment.output([process.execPath, '-e', fetchPage]);
  assert.match(pageAfter, /^lttng_relayd_open_files 0$/m);
});
