import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { SystemError, UsageError } from '@lttng-ts/base';
import { encodeRelayRequest, relayCommands, relayDataHeader, relayVersion } from '@lttng-ts/protocols/relay';
import { connectRelay, PLAIN_ACCESS, type RelayAccess } from '@lttng-ts/protocols/relay-connector';
import { NO_HOST_LIMITS } from './core/host-quotas.ts';
import { RelayTokens } from './core/relay-tokens.ts';
import type { RelayTls } from './edge/relay-server.ts';
import {
  packetBytes,
  type RunningRelay,
  runRelay,
  ScriptedProducer,
  Wire,
} from './testing/scripted-producer.ts';

const VERSION = encodeRelayRequest(relayCommands.version, relayVersion.encode({ major: 2, minor: 13 }));

const folder = mkdtempSync(join(tmpdir(), 'lttng-ts-tls-'));
after(() => rmSync(folder, { recursive: true }));

/** A certificate for 127.0.0.1 that signs itself, and its key; null without the program `openssl`. */
function makeCertificate(name: string) {
  const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const more = ['-days', '2', '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const { status } = spawnSync('openssl', [...words, ...more, '-keyout', key, '-out', certificate]);
  return status === 0 ? { key: readFileSync(key), certificate: readFileSync(certificate) } : null;
}

const own = makeCertificate('relay');
const client = makeCertificate('client');
const skip = own === null || client === null ? 'no openssl' : false;
const tls: RelayTls | null =
  own === null ? null : { ...own, peerAuthorities: null, ports: ['control', 'data', 'live'] };

/** Whether a relay answers VERSION on its control port. */
async function isAnswered({ server }: RunningRelay, access: RelayAccess): Promise<boolean> {
  const socket = await connectRelay({ host: '127.0.0.1', port: server.control.port, family: 4 }, access);
  socket.on('error', () => undefined);
  socket.write(VERSION);
  return await new Promise<boolean>((settle) => {
    socket.once('data', () => settle(true));
    socket.once('close', () => settle(false));
  }).finally(() => socket.destroy());
}

test('with TLS the relay is known by its certificate, and plain peers are refused', { skip }, async () => {
  await using relay = await runRelay({ tls });
  const trusting: RelayAccess = { token: null, tls: { authorities: own?.certificate ?? null, own: null } };
  assert.equal(await isAnswered(relay, trusting), true);
  await assert.rejects(
    isAnswered(relay, { token: null, tls: { authorities: client?.certificate ?? null, own: null } }),
    SystemError,
  );
  assert.equal(await isAnswered(relay, PLAIN_ACCESS), false);
  assert.ok(relay.log.some((line) => line.includes('TLS refused')));
});

test('peers show a certificate where it is demanded', { skip }, async () => {
  await using relay = await runRelay({
    tls: tls === null ? null : { ...tls, peerAuthorities: client?.certificate ?? null },
  });
  const authorities = own?.certificate ?? null;
  assert.equal(await isAnswered(relay, { token: null, tls: { authorities, own: client } }), true);
  assert.equal(await isAnswered(relay, { token: null, tls: { authorities, own: null } }), false);
});

test('a whole session goes through TLS with a token', { skip }, async () => {
  const tokens = RelayTokens.parse('secret\n');
  await using relay = await runRelay({ tls, tokens });
  const access: RelayAccess = { token: 'secret', tls: { authorities: own?.certificate ?? null, own: null } };
  const connect = async (port: number): Promise<Wire> =>
    new Wire(await connectRelay({ host: '127.0.0.1', port, family: 4 }, access));
  const { control, data } = relay.server;
  const producer = new ScriptedProducer(await connect(control.port), await connect(data.port));
  await producer.begin();
  await producer.createSession();
  await producer.createChunk(0);
  const stream = await producer.addStream('c_0');
  assert.ok(stream !== null);
  for (let number = 0; number < 50; number++) {
    await producer.sendPacket(stream, number, packetBytes(number, 100_000));
    assert.equal(await producer.sendIndex(stream, number, { packetSizeBits: 800_000n }), 10);
  }
  await producer.settle(stream, 49);
  const file = relay.files().get('host/base/ust/uid/0/64-bit/c_0');
  assert.equal(file?.length, 50 * 100_000);
  for (let number = 0; number < 50; number++) assert.equal(file.at(number * 100_000 + 99_999), number);
  producer.end();
});

test('tokens are good for their kind of connection', async () => {
  const tokens = RelayTokens.parse('# ours\nproducer p\n\nviewer v\nboth\n');
  const roles = ['producer', 'viewer'] as const;
  const accepted = ['p', 'v', 'both', 'other', '', null].map((token) =>
    roles.filter((role) => tokens.accepts(role, token)),
  );
  assert.deepEqual(accepted, [['producer'], ['viewer'], ['producer', 'viewer'], [], [], []]);
  assert.throws(() => RelayTokens.parse('# none\n'), UsageError);
  assert.throws(() => RelayTokens.parse('two words\n'), UsageError);
  await using relay = await runRelay({ tokens });
  assert.equal(await isAnswered(relay, { tls: null, token: 'p' }), true);
  assert.equal(await isAnswered(relay, { tls: null, token: 'v' }), false);
  assert.equal(await isAnswered(relay, PLAIN_ACCESS), false);
  assert.equal(relay.server.status().counters.refusedConnections, 2);
});

test('a token does not disturb a relay that wants none', async () => {
  await using relay = await runRelay();
  assert.equal(await isAnswered(relay, { tls: null, token: 'any' }), true);
});

test('a host has its share of connections, streams and bytes', async () => {
  const limits = { ...NO_HOST_LIMITS, connections: 3, streams: 2, bytes: 10_000 };
  await using relay = await runRelay({ hostLimits: limits });
  const producer = await ScriptedProducer.connect(relay);
  await producer.createSession();
  await producer.createChunk(0);
  const stream = await producer.addStream('c_0');
  assert.ok(stream !== null && (await producer.addStream('c_1')) !== null);
  assert.equal(await producer.addStream('c_2'), null);
  const third = await Wire.connect(relay.server.live.port);
  const fourth = await Wire.connect(relay.server.live.port);
  assert.equal(await fourth.take(1), null);
  await producer.sendPacket(stream, 0);
  await producer.sendPacket(stream, 1);
  await producer.settle(stream, 1);
  await producer.sendPacket(stream, 2);
  await producer.data.closed();
  assert.equal(relay.files().get('host/base/ust/uid/0/64-bit/c_0')?.length, 8192, 'what was taken stays');
  third.end();
  producer.end();
});

test('zeros behind packets count as bytes of their host', async () => {
  await using relay = await runRelay({ hostLimits: { ...NO_HOST_LIMITS, bytes: 10_000 } });
  const producer = await ScriptedProducer.connect(relay);
  await producer.createSession();
  await producer.createChunk(0);
  const streamId = await producer.addStream('c_0');
  assert.ok(streamId !== null);
  const sizes = { dataSizeBytes: 0, paddingSizeBytes: 10_001 };
  await producer.data.send(
    relayDataHeader.encode({ circuitId: 0n, streamId, netSequenceNumber: 0n, ...sizes }),
  );
  await producer.data.closed();
  assert.equal(relay.files().get('host/base/ust/uid/0/64-bit/c_0')?.length, 0);
  producer.end();
});

test('certificates that are none, and tokens that are too long, are told', async () => {
  const none = Buffer.from('no PEM');
  const bad: RelayTls = { certificate: none, key: none, peerAuthorities: null, ports: ['control'] };
  await assert.rejects(runRelay({ tls: bad }), UsageError);
  await using relay = await runRelay();
  await assert.rejects(isAnswered(relay, { tls: null, token: 'x'.repeat(600) }), SystemError);
  const tlsOfNone = { authorities: null, own: { certificate: none, key: none } };
  await assert.rejects(isAnswered(relay, { tls: tlsOfNone, token: null }), SystemError);
});
