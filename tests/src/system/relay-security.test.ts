/** Our session daemon streams to our relay daemon, and our reader reads live from it, through TLS and with a token. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, Environment } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { samples } from '../harness/programs.ts';
import { lines } from '../harness/reading.ts';

const skip = skipUnless('root', 'upstream', 'native');

test('a live session through TLS with a token, from the tracepoint to the reader', { skip }, async () => {
  await using environment = await Environment.create();
  const path = (name: string): string => environment.path(name);
  const openssl =
    'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=relay';
  const names = '-addext subjectAltName=IP:127.0.0.1,DNS:localhost';
  await environment.output([
    'sh',
    '-c',
    `${openssl} ${names} -keyout ${path('key')} -out ${path('cert')} && echo secret > ${path('token')}`,
  ]);
  const secure = ['--tls-certificate', path('cert'), '--tls-key', path('key'), '--token-file', path('token')];
  const relay = environment.start([commandOf('ours', 'lttng-relayd'), '-v', ...secure]);
  await relay.printed(/Ready/);
  const env = {
    LTTNG_TS_RELAY_TLS: '1',
    LTTNG_TS_RELAY_CA: path('cert'),
    LTTNG_TS_RELAY_TOKEN_FILE: path('token'),
  };
  const daemon = commandOf('ours', 'lttng-sessiond');
  await environment.output([daemon, '--daemonize', '--no-kernel'], { env });
  const lttng = async (...words: readonly string[]): Promise<string> =>
    await environment.output([commandOf('ours', 'lttng'), ...words], { env });
  await lttng('create', 'secured', '--live=50000', '--set-url=net://localhost');
  await lttng('enable-event', '--userspace', 'sample:*');
  await lttng('start');
  await environment.output([...samples.c(), 'ticks', '0', '1']);
  const host = (await environment.output(['hostname'])).trim();
  const url = `net://localhost/host/${host}/secured`;
  const read = [commandOf('ours', 'babeltrace2'), '--input-format=lttng-live', url];
  const wrong = await environment.run(read, { env: { ...env, LTTNG_TS_RELAY_TOKEN_FILE: '' } });
  assert.notEqual(wrong.status, 0);
  // Its access is said by parameters only.
  const access = `tls=yes,tls-ca="${env.LTTNG_TS_RELAY_CA}",token-file="${env.LTTNG_TS_RELAY_TOKEN_FILE}"`;
  const component = [
    '-c',
    'source.ctf.lttng-live',
    '-p',
    `inputs=["${url}"],session-not-found-action="end",${access}`,
  ];
  const reader = environment.start([commandOf('ours', 'babeltrace2'), ...component]);
  await relay.printed(/Connection refused: port="live".*Token/);
  // It reads what comes after it.
  let writer = 1;
  while (!/sample:tick/.test(reader.stdout)) {
    await environment.output([...samples.c(), 'ticks', String(writer++), '10']);
    await new Promise((settle) => setTimeout(settle, 50));
  }
  await environment.output([...samples.c(), 'ticks', '1000', '500']);
  await reader.printed(/writer = 1000, index = 499,/);
  await lttng('destroy');
  const { status, stdout } = await reader.finished();
  assert.equal(status, 0);
  assert.equal(lines(stdout).filter((line) => line.includes('writer = 1000,')).length, 500);
});
