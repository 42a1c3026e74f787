/**
 * A relay daemon that is killed, stopped, or cut off: the session daemon and other sessions go on, commands end, what a
 * cut held up arrives when it is over, and what had arrived before can be read.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf, Environment, type Program, type Side, sides } from '../harness/environment.ts';
import { eventually } from '../harness/eventually.ts';
import { connect, type Wire } from '../harness/network.ts';
import { skipUnless } from '../harness/peers.ts';
import { samples } from '../harness/programs.ts';
import { lines, readWith } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { type RunningRelay, startRelay } from '../harness/relay.ts';

const skip = skipUnless('root', 'upstream', 'native');

const cuts = [
  ['in both directions', (wire: Wire) => wire.cut()],
  ['from the relay', (wire: Wire) => wire.cutReplies()],
] as const;

interface HostOptions {
  /** Of the session daemon. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly relayWords?: readonly string[];
}

/** A host with a session that streams, a local one, and a program that both record. */
class Host implements AsyncDisposable {
  readonly relay: Environment;
  readonly running: RunningRelay;
  readonly host: Environment;
  readonly wire: Wire;
  readonly program: Program;
  #round = 0;

  private constructor(parts: Pick<Host, 'relay' | 'running' | 'host' | 'wire' | 'program'>) {
    this.relay = parts.relay;
    this.running = parts.running;
    this.host = parts.host;
    this.wire = parts.wire;
    this.program = parts.program;
  }

  static async open(side: Side, { variables = {}, relayWords = [] }: HostOptions = {}): Promise<Host> {
    const relay = await Environment.create({ hostname: 'hub' });
    const running = await startRelay(relay, side, ...relayWords);
    const host = await Environment.create({ hostname: 'alpha' });
    const wire = connect(relay, host, 1);
    await startDaemon(host, 'ours', { env: variables });
    const program = host.start([...samples.c(), 'serve']);
    await program.printed(/ready/);
    const made = new Host({ relay, running, host, wire, program });
    await made.record('away', `--set-url=net://${wire.relayAddress}`);
    await made.record('here', `--output=${host.path('here')}`);
    return made;
  }

  async record(session: string, output: string): Promise<void> {
    await this.lttng('create', session, output);
    const size = ['--subbuf-size=4096', '--num-subbuf=256'];
    const where = `--session=${session}`;
    await this.lttng('enable-channel', '--userspace', where, 'c', ...size, '--switch-timer=50000');
    await this.lttng('enable-event', '--userspace', where, 'sample:*', '--channel=c');
    await this.lttng('start', session);
  }

  async lttng(...words: readonly string[]): Promise<string> {
    return await this.host.output([commandOf('ours', 'lttng'), ...words]);
  }

  /** Lets the program emit events. */
  async ticks(count: number): Promise<void> {
    const seen = this.program.stdout.length;
    this.program.write(`ticks ${this.#round++} ${count}\n`);
    await this.program.printed(new RegExp(`^[^]{${seen}}[^]*done`));
  }

  /** Waits until the relay has written something. */
  async arrived(): Promise<void> {
    const size = `find ${this.running.folder} -name '*.idx' -size +200c | grep -q . || exit 1`;
    await eventually('packets on the relay', async () =>
      (await this.relay.run(['sh', '-c', size])).status === 0 ? true : null,
    );
  }

  async eventCount(environment: Environment, folder: string): Promise<number> {
    return lines((await readWith(environment, 'babeltrace2', folder)).stdout).length;
  }

  /** Ends the session on the relay, which must have everything. */
  async assertAway(count: number): Promise<void> {
    const stop = this.host.start([commandOf('ours', 'lttng'), 'stop', 'away']);
    assert.equal((await stop.finished(90_000)).status, 0);
    await this.lttng('destroy', 'away');
    assert.equal(await this.eventCount(this.relay, this.running.folder), count);
  }

  /** Ends the local session, which must have everything. */
  async assertHere(count: number): Promise<void> {
    await this.lttng('stop', 'here');
    await this.lttng('destroy', 'here');
    assert.equal(await this.eventCount(this.host, this.host.path('here')), count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host[Symbol.asyncDispose]();
    // What stands between a stopped relay and this process is stopped with it.
    this.running.program.process.kill('SIGCONT');
    await this.relay[Symbol.asyncDispose]();
  }
}

/** The number of the relay's process, in its environment. */
async function relayPid(host: Host): Promise<string> {
  return (await host.relay.output(['sh', '-c', 'pgrep -x lttng-relayd | head -1'])).trim();
}

for (const side of sides) {
  test(`a relay daemon that is killed: others go on, and its successor is used, relay: ${side}`, {
    skip,
  }, async () => {
    // A relay daemon of ours may come back for a while; this one does not know the session any more.
    const relayWords = side === 'ours' ? ['--resume-timeout=1'] : [];
    await using host = await Host.open(side, { relayWords });
    await host.ticks(500);
    await host.arrived();
    await host.relay.output(['sh', '-c', `kill -9 ${await relayPid(host)}`]);
    await host.running.program.finished();
    const told = await eventually('the fault', async () => {
      const text = await host.lttng('list', 'away');
      return text.includes('The relay daemon is lost') ? text : null;
    });
    assert.match(told, /The relay daemon is lost: address="10.77.1.1"/);
    await host.ticks(300);
    // What a relay wrote before it died can be read, packet by packet.
    assert.ok((await host.eventCount(host.relay, host.running.folder)) > 0);
    await host.lttng('stop', 'away');
    await host.lttng('destroy', 'away');
    const next = await startRelay(host.relay, side, '--verbose');
    await host.record('again', `--set-url=net://${host.wire.relayAddress}`);
    await host.ticks(200);
    await host.lttng('stop', 'again');
    await host.lttng('destroy', 'again');
    const again = (await host.relay.output(['sh', '-c', `ls -d ${next.folder}/alpha/again-*`])).trim();
    assert.equal(await host.eventCount(host.relay, again), 200);
    await host.assertHere(1000);
  });

  for (const [kind, cut] of cuts) {
    test(`a cut ${kind}: what was recorded arrives when it is over, relay: ${side}`, { skip }, async () => {
      await using host = await Host.open(side);
      await host.ticks(500);
      await host.arrived();
      cut(host.wire);
      await host.ticks(300);
      // Long enough for TCP to give up its first attempts.
      await sleep(3000);
      await host.lttng('list');
      host.wire.mend();
      await host.ticks(100);
      await host.lttng('stop', 'away');
      await host.lttng('destroy', 'away');
      assert.equal(await host.eventCount(host.relay, host.running.folder), 900);
      await host.assertHere(900);
    });
  }
}

for (const [kind, cut] of cuts) {
  test(`half a minute of silence ${kind} loses nothing`, { skip }, async () => {
    await using host = await Host.open('ours');
    await host.ticks(500);
    await host.arrived();
    cut(host.wire);
    await host.ticks(300);
    await sleep(30_000);
    host.wire.mend();
    await host.ticks(100);
    await host.assertAway(900);
    await host.assertHere(900);
  });

  test(`silence ${kind} for longer than a relay daemon has to answer: the consumer comes back`, {
    skip,
  }, async () => {
    await using host = await Host.open('ours', { variables: { LTTNG_NETWORK_SOCKET_TIMEOUT: '2000' } });
    await host.ticks(500);
    await host.arrived();
    cut(host.wire);
    await host.ticks(300);
    // The time to answer, and attempts in vain.
    await sleep(7000);
    host.wire.mend();
    await host.running.program.printed(/Producer has come back/);
    await host.ticks(100);
    await host.assertAway(900);
    await host.assertHere(900);
  });
}

test('a host that gets another address goes on with its session', { skip }, async () => {
  await using host = await Host.open('ours', { variables: { LTTNG_NETWORK_SOCKET_TIMEOUT: '2000' } });
  await host.ticks(500);
  await host.arrived();
  // What the old connections send has nowhere to go from then on, and nothing resets them.
  host.wire.renumber();
  await host.ticks(300);
  await host.running.program.printed(/Producer has come back/);
  await host.ticks(100);
  await host.assertAway(900);
  await host.assertHere(900);
});

test('a relay daemon that hangs is lost after the time that a variable says; commands end', {
  skip,
}, async () => {
  await using host = await Host.open('ours', {
    variables: { LTTNG_NETWORK_SOCKET_TIMEOUT: '3000' },
    // It may be come back to for so long, which is tried.
    relayWords: ['--resume-timeout=2'],
  });
  await host.ticks(500);
  await host.arrived();
  const pid = await relayPid(host);
  await host.relay.output(['sh', '-c', `kill -STOP ${pid}`]);
  await host.ticks(300);
  await host.lttng('stop', 'away');
  assert.match(await host.lttng('list', 'away'), /it does not answer/);
  await host.lttng('destroy', 'away');
  await host.assertHere(800);
});
