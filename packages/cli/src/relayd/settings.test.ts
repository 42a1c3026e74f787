import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideRelaydStart } from './settings.ts';

const decide = (words: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  decideRelaydStart({ words, environment, configPaths: [], readText: () => null });

function settingsOf(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const decision = decide(words, environment);
  assert.equal(decision.kind, 'run');
  return decision.settings;
}

test('probes of idle connections come from the environment, 0 and -1 are the system’s', () => {
  const { keepAlive } = settingsOf([], {
    LTTNG_RELAYD_TCP_KEEP_ALIVE: 'yes',
    LTTNG_RELAYD_TCP_KEEP_ALIVE_IDLE_TIME: '0x10',
    LTTNG_RELAYD_TCP_KEEP_ALIVE_PROBE_INTERVAL: '-1',
    LTTNG_RELAYD_TCP_KEEP_ALIVE_MAX_PROBE_COUNT: '3',
  });
  assert.deepEqual(keepAlive, { isEnabled: true, idleS: 16, intervalS: null, probeCount: 3 });
  assert.equal(settingsOf([]).keepAlive.isEnabled, false);
});

test('ports have a family: what tcp6 says, or the address', () => {
  const { control, data, live } = settingsOf(['-C', 'tcp6://localhost:1', '-D', 'tcp://[::1]']);
  assert.deepEqual(control, { what: 'control', host: 'localhost', family: 6, port: 1 });
  assert.deepEqual(data, { what: 'data', host: '::1', family: 6, port: 5343 });
  assert.deepEqual(live, { what: 'live', host: 'localhost', family: 4, port: 5344 });
});

test('any free ports keep their hosts', () => {
  const { control, live } = settingsOf(['-C', 'tcp://127.0.0.1:7', '--dynamic-port-allocation']);
  assert.deepEqual([control.host, control.port], ['127.0.0.1', 0]);
  assert.deepEqual([live.host, live.port], ['localhost', 0]);
});

test('clear is disallowed by the environment, which the option overrides unread', () => {
  assert.equal(settingsOf([], { LTTNG_RELAYD_DISALLOW_CLEAR: 'on' }).isClearAllowed, false);
  assert.equal(settingsOf([], { LTTNG_RELAYD_DISALLOW_CLEAR: '0' }).isClearAllowed, true);
  assert.equal(decide([], { LTTNG_RELAYD_DISALLOW_CLEAR: 'perhaps' }).kind, 'refuse');
  assert.equal(settingsOf(['-x'], { LTTNG_RELAYD_DISALLOW_CLEAR: 'perhaps' }).isClearAllowed, false);
});

test('what belongs to TLS is refused without a certificate: nothing is plain by mistake', () => {
  for (const word of ['--tls-ports=control', '--tls-peer-ca=ca.pem']) {
    const decision = decide([word]);
    assert.ok(decision.kind === 'refuse');
    const text = `${word.split('=')[0]} needs --tls-certificate`;
    assert.deepEqual(decision.messages, [{ kind: 'error', text }]);
  }
  const certificate = ['--tls-certificate=a.pem', '--tls-key=a.key'];
  assert.deepEqual(settingsOf(certificate).tls?.ports, ['control', 'data', 'live']);
  assert.deepEqual(settingsOf([...certificate, '--tls-ports=live,data']).tls?.ports, ['data', 'live']);
});

test('--json alone is refused: it would be ignored', () => {
  const decision = decide(['--json']);
  assert.ok(decision.kind === 'refuse');
  assert.deepEqual(decision.messages, [{ kind: 'error', text: '--json needs --status' }]);
  assert.equal(settingsOf(['--status', '--json']).statusForm, 'json');
});

test('bounds of time and of each host are numbers, and have defaults', () => {
  const { firstBytesTimeoutS, stallTimeoutS, resumeTimeoutS, hostLimits } = settingsOf([]);
  assert.deepEqual([firstBytesTimeoutS, stallTimeoutS, resumeTimeoutS], [60, 300, 60]);
  assert.deepEqual(hostLimits, { connections: null, streams: null, bytes: null });
  const given = settingsOf([
    ...['--first-bytes-timeout=1', '--stall-timeout=2', '--resume-timeout=0'],
    ...['--max-host-connections=3', '--max-host-streams=4', '--max-host-bytes=5'],
  ]);
  assert.deepEqual([given.firstBytesTimeoutS, given.stallTimeoutS, given.resumeTimeoutS], [1, 2, 0]);
  assert.deepEqual(given.hostLimits, { connections: 3, streams: 4, bytes: 5 });
  assert.equal(decide(['--max-host-streams=some']).kind, 'refuse');
});
