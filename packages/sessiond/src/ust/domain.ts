/**
 * The application side of the session daemon as its upper side sees it (`UstDomain`): applications that
 * run, sessions that record, and the consumers between them. Everything that touches the world comes in
 * through ports; `edge/open-ust-domain.ts` gives the real ones.
 */
import { assert, describe, LttngError, PeerError, ProtocolError, SystemError, toError } from '@lttng-ts/base';
import type {
  ApplicationInfo,
  ApplicationTracepoints,
  BufferSetInfo,
  ChannelKey,
  ChunkEnd,
  ChunkFate,
  ConsumerCommands,
  OutputProgress,
} from '@lttng-ts/protocols';
import {
  decodeTracerVersion,
  UST_ROOT_HANDLE,
  type UstNotifyReply,
  type UstNotifyRequest,
} from '@lttng-ts/protocols/ust-app';
import { Application, ApplicationGoneError } from './application.ts';
import { type BufferSampleListener, BufferUsages } from './buffer-usages.ts';
import { ConsumerGoneError, type ConsumerLink, ConsumerSilentError } from './consumer-link.ts';
import { type Consumer, Consumers, type LaunchConsumer } from './consumers.ts';
import type { ApplicationIdentity } from './core/registration-table.ts';
import { describeApplication } from './core/registration-table.ts';
import { moments } from './moments.ts';
import type {
  ApplicationSockets,
  ApplicationSocketsListener,
  Log,
  MemoryUsers,
  Timers,
  TraceHost,
} from './ports.ts';
import { Recording } from './recording.ts';
import { relayedSession } from './relayed-session.ts';
import { listTracepointsOf } from './tracepoint-listing.ts';
import type {
  DesiredSession,
  DesiredSnapshot,
  RelayAbilities,
  UstDomain,
  UstEnd,
  UstStatistics,
} from './ust-domain.ts';

export interface DomainPorts {
  readonly log: Log;
  readonly timers: Timers;
  readonly host: TraceHost;
  readonly memoryUsers: MemoryUsers;
  readonly launchConsumer: LaunchConsumer;
  readonly closeFd: (fd: number) => void;
  /** What of the memory behind a descriptor has pages. */
  readonly residentBytes: (fd: number) => number;
  /** How long an application may take to answer, or null for ever. */
  readonly applicationTimeoutMs: number | null;
  /** Applications that were refused and whose process still runs. */
  readonly refusedApplications: () => readonly ApplicationInfo[];
}

/** Below it a relay daemon knows no trace chunks. */
const FIRST_MINOR_WITH_CHUNKS = 11;
/** Code of the answer to a registration that belongs to nothing: −ENOENT. */
const UNKNOWN_OBJECT = -2;
const MAX_LOGGED_REFUSALS = 100;

export class Domain implements UstDomain {
  readonly #ports: DomainPorts;
  readonly #applications = new Set<Application>();
  readonly #recordings = new Map<number, Recording>();
  /** Those that are being destroyed. */
  readonly #closing = new Map<number, Recording>();
  readonly #consumers: Consumers;
  readonly #usages = new BufferUsages();
  /** Sessions that are connected to a relay daemon, and by which consumer. */
  readonly #relays = new Map<number, { readonly link: ConsumerLink; readonly abilities: RelayAbilities }>();
  readonly #daemonUuid: string;
  #lastKey = 0;
  #isDisposed = false;

  constructor(ports: DomainPorts) {
    this.#ports = ports;
    this.#daemonUuid = ports.host.newUuid().replaceAll('-', '');
    const { launchConsumer, log } = ports;
    this.#consumers = new Consumers({
      launchConsumer,
      log,
      onDeath: (consumer) => this.#onDeath(consumer),
      onSilence: (consumer, command) => this.#onSilence(consumer, command),
      onStalled: (channelKey, requestId) => void this.#recover(channelKey, requestId),
      onSamples: (uid, samples) => this.#usages.take(uid, samples),
    });
  }

  /** Takes over an application whose sockets are both there. */
  add(identity: ApplicationIdentity, sockets: ApplicationSockets): ApplicationSocketsListener {
    const application = new Application({
      identity,
      registeredAtS: this.#ports.host.nowS(),
      sockets,
      timers: this.#ports.timers,
      timeoutMs: this.#ports.applicationTimeoutMs,
      onNotify: (from, request) => this.#answer(from, request),
      onEnd: (from, reason) => this.#onApplicationEnd(from, reason),
    });
    // The same process again: its earlier sockets are of no use to it.
    for (const other of [...this.#applications]) {
      if (other.identity.pid === identity.pid) other.end('the process has registered again');
    }
    this.#applications.add(application);
    this.#ports.log('info', describeApplication('Application registered', identity));
    moments.applicationRegistered.publish(application.info);
    void this.#inApplication(application, () => this.#prepare(application));
    return application;
  }

  async connect(session: DesiredSession): Promise<RelayAbilities> {
    const { network } = session;
    assert(network !== null, 'Only sessions with network output have a relay daemon');
    const { link } = await this.#consumers.require(session.ownerUid, session.ownerGid);
    const known = this.#relays.get(session.id);
    if (known?.link === link) return known.abilities;
    const { hostname } = this.#ports.host;
    const parts = { network, hostname, daemonUuid: this.#daemonUuid, isSnapshot: false };
    const relay = relayedSession(session, parts);
    const opened = ({ minor, isClearAllowed }: ConsumerCommands['relay.open']['result']): RelayAbilities => {
      const abilities = { canRotate: minor >= FIRST_MINOR_WITH_CHUNKS, canClear: isClearAllowed };
      this.#relays.set(session.id, { link, abilities });
      return abilities;
    };
    // A consumer that connects after its time connects once.
    return opened(await link.call('relay.open', { sessionId: session.id, relay }, opened));
  }

  async start(session: DesiredSession): Promise<void> {
    try {
      await this.#start(session);
    } catch (error) {
      // The caller gets a number; which path or call it was is told here.
      if (error instanceof LttngError) {
        this.#ports.log(
          'error',
          describe('Session does not start', { session: session.name, reason: error.message }),
        );
      }
      throw error;
    }
  }

  async #start(session: DesiredSession): Promise<void> {
    const recording = await this.#requireRecording(session);
    recording.desired = session;
    await recording.openChunk();
    await recording.consumer.call('session.start', { sessionId: session.id });
    recording.isActive = true;
    try {
      await this.#inAll((application) => recording.startIn(application));
    } catch (error) {
      // Half a start would record without anybody knowing.
      await this.stop(session.id);
      throw error;
    }
  }

  async update(session: DesiredSession): Promise<void> {
    const recording = this.#recordings.get(session.id);
    if (recording === undefined) return;
    recording.desired = session;
    await this.#inAll((application) => recording.startIn(application));
  }

  async stop(sessionId: number): Promise<void> {
    const recording = this.#recordings.get(sessionId);
    if (recording === undefined) return;
    recording.isActive = false;
    await this.#inAll((application) => recording.stopIn(application));
    await unlessGone(recording.flush(), null);
  }

  async changeChunk(session: DesiredSession, fate: ChunkFate): Promise<ChunkEnd> {
    const recording = this.#recordings.get(session.id);
    assert(recording !== undefined, 'Only a session that was started has a chunk');
    recording.desired = session;
    return await recording.changeChunk(fate);
  }

  async snapshot(sessionId: number, snapshot: DesiredSnapshot): Promise<boolean> {
    const recording = this.#recordings.get(sessionId);
    assert(recording !== undefined, 'Only a session that was started has buffers');
    return await recording.snapshot(snapshot);
  }

  async unlessSilent<T>(sessionId: number, work: Promise<T>): Promise<T> {
    const recording = this.#recordings.get(sessionId);
    return recording === undefined ? await work : await recording.consumer.unlessSilent(work, 'chunk.change');
  }

  async waitForOutput(
    sessionId: number,
    totalBytes: number,
  ): Promise<{ readonly totalBytes: number; readonly isReached: boolean }> {
    const ended = { totalBytes: 0, isReached: false };
    const recording = this.#recordings.get(sessionId);
    if (recording === undefined) return ended;
    return await unlessGone(recording.consumer.call('session.wait-output', { sessionId, totalBytes }), ended);
  }

  async regenerateStateDump(sessionId: number): Promise<void> {
    const recording = this.#recordings.get(sessionId);
    if (recording !== undefined) await this.#inAll((application) => recording.dumpStateIn(application));
  }

  async regenerateMetadata(sessionId: number): Promise<void> {
    await this.#recordings.get(sessionId)?.regenerateMetadata();
  }

  async isDataPending(sessionId: number): Promise<boolean> {
    const recording = this.#recordings.get(sessionId);
    if (recording === undefined) return false;
    return await unlessGone(recording.isDataPending(), false);
  }

  async progress(sessionId: number): Promise<OutputProgress> {
    const recording = this.#recordings.get(sessionId) ?? this.#closing.get(sessionId);
    if (recording === undefined) return nothingLeft;
    return await unlessGone(recording.consumer.call('session.progress', { sessionId }), nothingLeft);
  }

  async statistics(sessionId: number): Promise<UstStatistics> {
    const recording = this.#recordings.get(sessionId);
    return recording === undefined ? noStatistics : await recording.statistics();
  }

  async buffers(sessionId: number): Promise<ReadonlyMap<string, readonly BufferSetInfo[]>> {
    return (await this.#recordings.get(sessionId)?.buffers()) ?? new Map();
  }

  onBufferSample(listener: BufferSampleListener): () => void {
    return this.#usages.subscribe(listener);
  }

  async destroy(sessionId: number, archivePath: string | null): Promise<UstEnd> {
    const recording = this.#recordings.get(sessionId);
    const relay = this.#relays.get(sessionId);
    this.#relays.delete(sessionId);
    if (recording === undefined) {
      // It was never started, but has a session on a relay daemon.
      if (relay !== undefined)
        await unlessGone(relay.link.call('session.close', { sessionId, archivePath }), null);
      return { ...noStatistics, relayPath: null };
    }
    recording.isActive = false;
    await this.#inAll((application) => recording.releaseIn(application));
    this.#recordings.delete(sessionId);
    this.#closing.set(sessionId, recording);
    try {
      return await recording.close(archivePath);
    } finally {
      this.#closing.delete(sessionId);
    }
  }

  applications(): readonly ApplicationInfo[] {
    return [...[...this.#applications].map(({ info }) => info), ...this.#ports.refusedApplications()];
  }

  async listTracepoints(withFields: boolean): Promise<readonly ApplicationTracepoints[]> {
    const lists: ApplicationTracepoints[] = [];
    await this.#inAll(async (application) => {
      const tracepoints = await listTracepointsOf(application, withFields);
      lists.push({ application: application.info, tracepoints });
    });
    // In order of registration, however fast each application answered.
    const order = [...this.#applications].map(({ identity }) => identity.pid);
    return lists.sort((a, b) => order.indexOf(a.application.pid) - order.indexOf(b.application.pid));
  }

  /** Ends every session, then applications and consumers. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    for (const result of await Promise.allSettled(
      [...this.#recordings.keys()].map((id) => this.destroy(id, null)),
    )) {
      if (result.status === 'rejected') this.#ports.log('error', toError(result.reason).message);
    }
    for (const application of [...this.#applications]) application.end('the session daemon ends');
    await this.#consumers[Symbol.asyncDispose]();
  }

  async #requireRecording(session: DesiredSession): Promise<Recording> {
    const known = this.#recordings.get(session.id);
    if (known !== undefined) return known;
    const { host, log, closeFd, residentBytes, memoryUsers, timers } = this.#ports;
    const { link } = await this.#consumers.require(session.ownerUid, session.ownerGid);
    if (session.network !== null) await this.connect(session);
    const newKey = (): number => ++this.#lastKey;
    const quiescence = { memoryUsers, timers };
    const recording = new Recording({
      session,
      consumer: link,
      host,
      daemonUuid: this.#daemonUuid,
      log,
      closeFd,
      residentBytes,
      usages: this.#usages,
      newKey,
      quiescence,
    });
    this.#recordings.set(session.id, recording);
    try {
      await recording.openChunk();
      return recording;
    } catch (error) {
      // One that was asked and says nothing may open it yet: the next start, or the end, finds out.
      if (!recording.isOpening) this.#recordings.delete(session.id);
      throw error;
    }
  }

  /** What every application goes through before its `main` runs. */
  async #prepare(application: Application): Promise<void> {
    const { reply } = await application.call('tracerVersion', UST_ROOT_HANDLE, {});
    application.tracerVersion = decodeTracerVersion(reply);
    for (const recording of this.#recordings.values()) {
      try {
        await recording.startIn(application);
      } catch (error) {
        // No memory for buffers, no consumer: the program runs on without being recorded.
        if (!(error instanceof SystemError || error instanceof ProtocolError)) throw error;
        this.#ports.log(
          'error',
          describeApplication('Application does not record', application.identity, error.message),
        );
        const { name, outputPath } = recording.desired;
        const { pid } = application.identity;
        recording.addFault({
          kind: 'write-error',
          where: outputPath ?? name,
          detail: describe('An application does not record', { pid, reason: error.message }),
          isOngoing: true,
        });
      }
    }
    // Last: before it, only the tracer's own events are there, and `main` waits.
    await application.call('registerDone', UST_ROOT_HANDLE, {});
    moments.applicationReady.publish(application.info);
  }

  /** Runs a task in all applications at once; throws the first failure that is not an application's. */
  async #inAll(task: (application: Application) => Promise<void>): Promise<void> {
    const tasks = [...this.#applications].map((application) =>
      this.#inApplication(application, () => task(application)),
    );
    const failed = (await Promise.allSettled(tasks)).find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #inApplication(application: Application, task: () => Promise<void>): Promise<void> {
    try {
      await application.enqueue(task);
    } catch (error) {
      // An application that ended is logged where it ended, and is nobody's failure.
      if (error instanceof ApplicationGoneError) return;
      if (!(error instanceof PeerError)) throw error;
      this.#ports.log(
        'warning',
        describeApplication('Application refused a command', application.identity, error.message),
      );
    }
  }

  #answer(application: Application, request: UstNotifyRequest): UstNotifyReply {
    for (const recording of this.#recordings.values()) {
      const session = recording.findIn(application, request.sessionHandle);
      if (session === null) continue;
      const channelId = request.kind === 'enum' ? null : session.findChannelId(request.channelHandle);
      const { reply, refusal } = session.buffers.register(request, channelId, application);
      if (refusal !== null) this.#logRefusal(application, refusal);
      return reply;
    }
    return refusalOfUnknown(request);
  }

  /** A program that is refused again and again must not fill the log. */
  #logRefusal(application: Application, refusal: string): void {
    const count = ++application.refusedRegistrationCount;
    if (count > MAX_LOGGED_REFUSALS) return;
    const { identity } = application;
    this.#ports.log('warning', describeApplication('Registration refused', identity, refusal));
    if (count < MAX_LOGGED_REFUSALS) return;
    this.#ports.log('warning', describeApplication('Refusals that follow are not logged', identity));
  }

  #onApplicationEnd(application: Application, reason: string): void {
    this.#applications.delete(application);
    for (const recording of this.#recordings.values()) recording.forget(application);
    this.#ports.log('info', describeApplication('Application unregistered', application.identity, reason));
    moments.applicationUnregistered.publish({ application: application.info, reason });
  }

  /** A writer of these buffers may be dead. Never throws. */
  async #recover(channelKey: ChannelKey, requestId: number): Promise<void> {
    try {
      for (const recording of this.#recordings.values()) {
        if (await recording.recover(channelKey, requestId)) return;
      }
    } catch (error) {
      // The session ends meanwhile, or its consumer did: told elsewhere.
      if (!(error instanceof LttngError)) throw error;
      this.#ports.log('debug', `Buffers are not recovered: ${error.message}`);
    }
  }

  #onSilence({ link, uid }: Consumer, command: string | null): void {
    const { log } = this.#ports;
    const pid = link.consumerPid;
    if (command === null) log('info', describe('The consumer answers again', { uid, pid }));
    else log('warning', describe('The consumer does not answer', { uid, pid, command }));
    const all = [...this.#recordings.values(), ...this.#closing.values()];
    const affected = all.filter(({ consumer }) => consumer === link);
    for (const recording of affected) recording.noteSilence(command);
    if (command !== null) return;
    // Programs that came, and rules that changed meanwhile.
    for (const recording of affected.filter(({ isActive }) => isActive)) {
      this.#inAll((application) => recording.startIn(application)).catch((error: unknown) => {
        log('error', toError(error).message);
      });
    }
  }

  #onDeath({ link, uid, endReason }: Consumer): void {
    const affected = [...this.#recordings.values()].filter(({ consumer }) => consumer === link);
    for (const recording of affected) {
      const { name, outputPath } = recording.desired;
      recording.addFault({
        kind: 'consumer-died',
        where: outputPath ?? name,
        detail: describe('The consumer of the session has ended', { uid, reason: endReason }),
        isOngoing: true,
      });
      recording.isActive = false;
      // Nobody reads the buffers any more: writers need not fill them.
      this.#inAll((application) => recording.stopIn(application)).catch((error: unknown) => {
        this.#ports.log('error', toError(error).message);
      });
    }
  }
}

/** What a consumer answers; `fallback` when it is gone or silent, which is reported as a fault of the session. */
async function unlessGone<T, F>(answer: Promise<T>, fallback: F): Promise<T | F> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ConsumerGoneError || error instanceof ConsumerSilentError)) throw error;
    return fallback;
  }
}

const nothingLeft: OutputProgress = { streamCount: 0, bytes: 0 };
const noStatistics: UstStatistics = { channels: new Map(), faults: [] };

function refusalOfUnknown(request: UstNotifyRequest): UstNotifyReply {
  const code = UNKNOWN_OBJECT;
  switch (request.kind) {
    case 'event':
      return { kind: 'event', code, eventId: 0 };
    case 'channel':
      return { kind: 'channel', code, channelId: 0, headerType: 'large' };
    case 'enum':
      return { kind: 'enum', code, enumId: 0n };
  }
}
