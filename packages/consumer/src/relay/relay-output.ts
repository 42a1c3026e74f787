/**
 * The output of one session on a relay daemon: its connections, its streams there, and what is on its way.
 *
 * Nothing here blocks: packets are copied and sent while there is room ({@link RelayOutput.hasRoom}); when there is
 * none they stay in the ring buffer. A relay daemon that is gone, refuses what it must take, or is silent is lost for
 * good: packets stay in the buffers then, whose writers discard and count.
 */
import { describe, LttngError, monotonicNs, ProtocolError, type ScheduledTask } from '@lttng-ts/base';
import type { ConsumerChunk, RelayedSession } from '@lttng-ts/protocols';
import {
  encodeCreateChunk,
  encodeCreateSession,
  RELAY_ASK_EXTENSIONS,
  RELAY_CLEAR_ALLOWED,
  RELAY_MAJOR,
  RELAY_MINOR,
  RELAY_OLDEST_MINOR,
  RELAY_RESUME_ALLOWED,
  type RelayCommandName,
  relayCodes,
  relayConfigurationReply,
  relayEnableResumeReply,
  relayIdentifier,
  relayReply,
  relaySessionReply,
  relayVersion,
} from '@lttng-ts/protocols/relay';
import { PacketBuffers } from './packet-buffers.ts';
import { RelayChunk } from './relay-chunk.ts';
import { RelayControl } from './relay-control.ts';
import type { ConnectRelay, RelayClock, RelaySockets } from './relay-ports.ts';
import type { RelayStream } from './relay-stream.ts';
import { SilenceWatch } from './silence-watch.ts';

/** Packets that are with the system's sockets layer but not taken by it: more wait in their ring buffers. */
const MAX_UNSENT_BYTES = 4 << 20;
/** From here on there is room again. */
const ROOM_BYTES = 2 << 20;

const OLDEST_WITH_CHUNKS = 11;
const OLDEST_WITH_CONFIGURATION = 12;

export interface RelayOutputParts {
  readonly relay: RelayedSession;
  readonly clock: RelayClock;
  /** How long a relay daemon may say nothing while something is asked of it. */
  readonly silenceNs: bigint;
  /** The relay daemon is lost; called once. */
  readonly onLost: (reason: string) => void;
}

export class RelayOutput {
  readonly relay: RelayedSession;
  /** By folder and name. */
  readonly streams = new Map<string, RelayStream>();
  readonly #parts: RelayOutputParts;
  readonly #control: RelayControl;
  readonly #controlWatch: SilenceWatch;
  readonly #dataWatch: SilenceWatch;
  readonly #buffers = new PacketBuffers();
  readonly #waiting = new Set<() => void>();
  readonly #ending = new Set<RelayStream>();
  #sockets: RelaySockets | null = null;
  #minor = RELAY_MINOR;
  #isClearAllowed = false;
  /** Whether connections outlive their sockets. */
  #mayComeBack = false;
  #sessionId = 0n;
  #unsentBytes = 0;
  #lossReason: string | null = null;
  #isClosed = false;

  private constructor(parts: RelayOutputParts) {
    this.#parts = parts;
    this.relay = parts.relay;
    this.#control = new RelayControl((bytes) => this.#sockets?.sendControl(bytes));
    const onSilence = (): void => this.#meetSilence();
    this.#controlWatch = new SilenceWatch(
      parts.clock,
      parts.silenceNs,
      () => this.#control.isWaiting,
      onSilence,
    );
    this.#dataWatch = new SilenceWatch(parts.clock, parts.silenceNs, () => this.#unsentBytes > 0, onSilence);
  }

  /**
   * Connects, agrees on a version and makes the session. Rejects with `SystemError` (EPROTO for a relay daemon of
   * another major version).
   */
  static async open(connect: ConnectRelay, parts: RelayOutputParts): Promise<RelayOutput> {
    const output = new RelayOutput(parts);
    output.#sockets = await connect(parts.relay.output, {
      receiveControl: (chunk) => output.#receive(chunk),
      end: (reason) => output.lose(reason),
    });
    try {
      await output.#agree();
      await output.#createSession();
      await output.#keepAcrossCuts();
      return output;
    } catch (error) {
      output.#sockets.destroy();
      output.#end('the session was not made');
      throw error;
    }
  }

  get minor(): number {
    return this.#minor;
  }

  get isClearAllowed(): boolean {
    return this.#isClearAllowed;
  }

  get hasChunks(): boolean {
    return this.#minor >= OLDEST_WITH_CHUNKS;
  }

  get isLost(): boolean {
    return this.#lossReason !== null;
  }

  get hasRoom(): boolean {
    return this.#lossReason === null && this.#unsentBytes < MAX_UNSENT_BYTES;
  }

  // Chunks

  /** Makes a chunk, which streams that are opened from now on are in. */
  createChunk({ chunkId, creationTimeS }: ConsumerChunk, overrideName: string | null = null): RelayChunk {
    if (this.hasChunks) {
      const request = encodeCreateChunk({ chunkId: BigInt(chunkId), creationTimeS, overrideName });
      this.require('createTraceChunk', request);
    }
    return new RelayChunk(this, chunkId);
  }

  /** Lets readers see the streams that were added. */
  async publish(): Promise<void> {
    const streams = [...this.streams.values()];
    for (const stream of streams) stream.published();
    await Promise.all(streams.map((stream) => stream.moved));
    this.require('streamsSent', new Uint8Array(0));
  }

  /** A stream that was told to end is waited for at the end only. */
  forget(stream: RelayStream): void {
    for (const [key, each] of this.streams) if (each === stream) this.streams.delete(key);
    this.#ending.add(stream);
    void stream.moved.then(() => this.#ending.delete(stream));
  }

  // Requests

  /** A request whose answer is a code; loses the relay when that is not success. */
  async settle(name: RelayCommandName, payload: Uint8Array): Promise<void> {
    const code = await this.code(name, payload);
    if (code !== relayCodes.ok) this.lose(describe('it refuses what it must take', { command: name, code }));
  }

  /** The same without waiting. */
  require(name: RelayCommandName, payload: Uint8Array): void {
    void this.settle(name, payload);
  }

  /** A request whose answer is a code. Never rejects: a relay that is lost answers success. */
  async code(name: RelayCommandName, payload: Uint8Array): Promise<number> {
    const reply = await this.ask(name, payload, relayReply.sizeBytes);
    return reply === null ? relayCodes.ok : relayReply.decode(reply).code;
  }

  /** A request with another answer; null when the relay is lost. */
  async ask(
    name: RelayCommandName,
    payload: Uint8Array,
    headBytes: number,
    tailSizeAt: number | null = null,
  ): Promise<Uint8Array | null> {
    try {
      this.#controlWatch.begin();
      return await this.#control.ask(name, payload, headBytes, tailSizeAt);
    } catch (error) {
      // Lost meanwhile: whoever must know has been told.
      if (!(error instanceof LttngError)) throw error;
      return null;
    }
  }

  /** A message without an answer. */
  tell(name: RelayCommandName, payload: Uint8Array): void {
    this.#control.tell(name, payload);
  }

  // Packets

  /** Memory for a message on the data connection; goes to {@link sendData} next. */
  takeBuffer(sizeBytes: number): Uint8Array {
    return this.#buffers.take(sizeBytes);
  }

  /** Sends a packet with its header, in memory of {@link takeBuffer}. */
  sendData(bytes: Uint8Array): void {
    const sockets = this.#sockets;
    if (sockets === null || this.isLost) return;
    this.#dataWatch.begin();
    this.#unsentBytes += bytes.length;
    sockets.sendData(bytes, () => {
      this.#dataWatch.heard();
      this.#unsentBytes -= bytes.length;
      this.#buffers.give(bytes);
      if (this.#unsentBytes <= ROOM_BYTES) this.wake();
    });
  }

  /** Calls `callback` once when there may be room, or the relay is lost. */
  whenReady(callback: () => void): void {
    this.#waiting.add(callback);
  }

  /** Lets those look again who wait for room. */
  wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const callback of waiting) callback();
  }

  // Ends

  /** Whether something that was sent is not known to be in the relay's files. */
  async isDataPending(): Promise<boolean> {
    if (this.isLost) return false;
    const streams = [...this.streams.values()];
    if (this.#unsentBytes > 0 || streams.some((stream) => !stream.isReady)) return true;
    const session = relayIdentifier.encode({ id: this.#sessionId });
    this.require('beginDataPending', session);
    const answers = streams.map(async (stream) => await stream.isDataPending());
    const end = this.code('endDataPending', session);
    // A relay that is lost meanwhile answers the code of success, which is not 1.
    return (await Promise.all(answers)).includes(true) || (await end) === 1;
  }

  /** Resolves when what was sent is in the relay's files, or the relay is lost. */
  async delivered(): Promise<void> {
    while (await this.isDataPending()) await this.pause(20);
  }

  /** Waits a moment. */
  async pause(delayMs: number): Promise<void> {
    const { clock } = this.#parts;
    await new Promise<void>((resolve) => {
      const task: ScheduledTask = {
        run: () => {
          resolve();
          return null;
        },
      };
      clock.schedule(task, monotonicNs(clock.after(BigInt(delayMs) * 1_000_000n)));
    });
  }

  /** Ends what is open, and the connections when the relay has taken it. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stream of [...this.streams.values()]) {
      stream.end();
      this.forget(stream);
    }
    await Promise.all([...this.#ending].map((stream) => stream.moved));
    // The last answer: everything before is done.
    await this.code('startData', new Uint8Array(0));
    if (this.#mayComeBack) await this.code('disableResume', new Uint8Array(0));
    this.#sockets?.forgetCuts();
    this.#sockets?.close();
    this.#end('the session has ended');
  }

  /** Gives the relay up. */
  lose(reason: string): void {
    if (this.#lossReason !== null) return;
    this.#lossReason = reason;
    this.#sockets?.destroy();
    this.#end(reason);
    if (!this.#isClosed) this.#parts.onLost(reason);
    this.wake();
  }

  /** A network that drops everything resets nothing: new sockets may reach what the old ones do not. */
  #meetSilence(): void {
    const reason = 'it does not answer';
    if (this.#sockets?.replace(reason) !== true) {
      this.lose(reason);
      return;
    }
    // The sockets end when it cannot be reached for too long; the new ones get as much time as the old ones had.
    for (const watch of [this.#controlWatch, this.#dataWatch]) watch.beginAgain();
  }

  #end(reason: string): void {
    this.#controlWatch.end();
    this.#dataWatch.end();
    this.#control.end(reason);
    this.#unsentBytes = 0;
  }

  #receive(chunk: Uint8Array): void {
    this.#controlWatch.heard();
    try {
      this.#control.receive(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.lose(error.message);
    }
  }

  async #agree(): Promise<void> {
    const asked = relayVersion.encode({ major: RELAY_MAJOR, minor: RELAY_MINOR });
    const { major, minor } = relayVersion.decode(
      await this.#askFirst('version', asked, relayVersion.sizeBytes),
    );
    if (major !== RELAY_MAJOR || minor < RELAY_OLDEST_MINOR) {
      throw new ProtocolError(`Relay daemon of another version: major=${major}, minor=${minor}`);
    }
    this.#minor = Math.min(minor, RELAY_MINOR);
    if (this.#minor < OLDEST_WITH_CONFIGURATION) return;
    // The original refuses the question, and answers without it.
    const extended = await this.#configuration(RELAY_ASK_EXTENSIONS);
    const flags = extended ?? (await this.#configuration(0n)) ?? 0n;
    this.#isClearAllowed = (flags & RELAY_CLEAR_ALLOWED) !== 0n;
    this.#mayComeBack = (flags & RELAY_RESUME_ALLOWED) !== 0n;
  }

  /** Flags of the relay daemon, or null: it does not know the question. */
  async #configuration(query: bigint): Promise<bigint | null> {
    const request = relayIdentifier.encode({ id: query });
    const reply = await this.#askFirst('getConfiguration', request, relayConfigurationReply.sizeBytes);
    const { code, flags } = relayConfigurationReply.decode(reply);
    return code === relayCodes.ok ? flags : null;
  }

  /** Connections that are cut go on, where the relay daemon has that. */
  async #keepAcrossCuts(): Promise<void> {
    if (!this.#mayComeBack) return;
    const { sizeBytes } = relayEnableResumeReply;
    const reply = await this.#askFirst('enableResume', new Uint8Array(0), sizeBytes);
    const { code, timeoutS, key } = relayEnableResumeReply.decode(reply);
    this.#mayComeBack = code === relayCodes.ok;
    if (this.#mayComeBack) this.#sockets?.keepAcrossCuts(key, timeoutS, sizeBytes);
  }

  async #createSession(): Promise<void> {
    const { relay } = this;
    const request = encodeCreateSession(
      {
        sessionName: relay.sessionName,
        hostname: relay.hostname,
        basePath: relay.output.path,
        liveTimerUs: relay.liveTimerUs,
        isSnapshot: relay.isSnapshot,
        nameHasCreationTime: relay.nameHasCreationTime,
        daemon: {
          uuid: Uint8Array.from(Buffer.from(relay.daemonUuid, 'hex')),
          sessionId: BigInt(relay.daemonSessionId),
          creationTimeS: relay.creationTimeS,
          chunkId: null,
        },
      },
      this.#minor,
    );
    const { sizeBytes } = relaySessionReply;
    const reply = this.hasChunks
      ? await this.#askFirst('createSession', request, sizeBytes + 4, sizeBytes)
      : await this.#askFirst('createSession', request, sizeBytes);
    const { sessionId, code } = relaySessionReply.decode(reply);
    if (code !== relayCodes.ok) {
      throw new ProtocolError(`Relay daemon refuses the session: code=${code}`);
    }
    this.#sessionId = sessionId;
  }

  /** Of the time when a failure is still the caller's. */
  async #askFirst(
    name: RelayCommandName,
    payload: Uint8Array,
    headBytes: number,
    tailSizeAt: number | null = null,
  ): Promise<Uint8Array> {
    this.#controlWatch.begin();
    return await this.#control.ask(name, payload, headBytes, tailSizeAt);
  }
}
