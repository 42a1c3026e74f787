/** A producer that does what a test says, on real connections to a relay in this process. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadNative } from '@lttng-ts/native';
import {
  encodeAddStream,
  encodeCloseChunk,
  encodeCreateChunk,
  encodeCreateSession,
  encodeIndex,
  encodeRelayRequest,
  type RelayCloseCommand,
  type RelayCommandName,
  type RelayIndex,
  RelayReplyFramer,
  relayCommands,
  relayDataHeader,
  relayMetadataHeader,
  relayStreamPosition,
  relayVersion,
} from '@lttng-ts/protocols/relay';
import { NO_HOST_LIMITS } from '../core/host-quotas.ts';
import { openRelay, type RelayServer, type RelayServerOptions } from '../edge/relay-server.ts';

export interface RunningRelay extends AsyncDisposable {
  readonly server: RelayServer;
  readonly folder: string;
  readonly log: readonly string[];
  /** Files below the output folder, with their content. */
  files(): ReadonlyMap<string, Buffer>;
}

/**
 * Opens a relay on free ports of this machine, with a folder of its own. Getters of `options` stay: what concerns
 * connections is asked for each.
 */
export async function runRelay(options: Partial<RelayServerOptions> = {}): Promise<RunningRelay> {
  const folder = mkdtempSync(join(tmpdir(), 'lttng-ts-relay-'));
  const any = { host: '127.0.0.1', port: 0 };
  const log: string[] = [];
  const usual: RelayServerOptions = {
    outputPath: folder,
    control: any,
    data: any,
    live: any,
    grouping: 'host',
    isClearAllowed: true,
    maxOpenFiles: 100,
    maxConnections: 100,
    firstBytesTimeoutMs: null,
    stallTimeoutMs: null,
    resumeTimeoutS: 30,
    hostLimits: NO_HOST_LIMITS,
    tokens: null,
    tls: null,
    controlSocketPath: null,
    metrics: null,
    keepAlive: { isEnabled: false, idleS: null, intervalS: null, probeCount: null },
    applyKeepAlive: null,
    directReads: loadNative(),
    log: (level, message) => log.push(`${level}: ${message}`),
  };
  const all = Object.defineProperties(usual, Object.getOwnPropertyDescriptors(options));
  const server = await openRelay(all).catch((error: unknown) => {
    rmSync(folder, { recursive: true });
    throw error;
  });
  return {
    server,
    folder,
    log,
    files() {
      const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      const files = paths.filter((path) => statSync(join(folder, path)).isFile()).sort();
      return new Map(files.map((path) => [path, readFileSync(join(folder, path))]));
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One connection: requests and replies of known sizes. */
export class Wire {
  readonly #socket: Socket;
  readonly #replies = new RelayReplyFramer();
  #wake: () => void = () => undefined;
  #isClosed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Uint8Array) => {
      this.#replies.push(chunk);
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  static async connect(port: number): Promise<Wire> {
    const socket = createConnection(port, '127.0.0.1');
    await new Promise<void>((settle, fail) => socket.once('connect', settle).once('error', fail));
    return new Wire(socket);
  }

  async send(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((settle) => this.#socket.write(bytes, () => settle()));
  }

  /** Waits for so many bytes; null when the connection ends before. */
  async take(sizeBytes: number): Promise<Buffer | null> {
    for (;;) {
      const bytes = this.#replies.take(sizeBytes);
      if (bytes !== null) return Buffer.from(bytes);
      if (this.#isClosed) return null;
      await new Promise<void>((settle) => {
        this.#wake = settle;
      });
    }
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  async closed(): Promise<void> {
    while (!this.#isClosed) {
      await new Promise<void>((settle) => {
        this.#wake = settle;
      });
    }
  }

  end(): void {
    this.#socket.destroy();
  }
}

/** Bytes of a packet: its number in every byte. */
export const packetBytes = (number: number, sizeBytes = 4096): Uint8Array =>
  new Uint8Array(sizeBytes).fill(number);

/** A packet as it goes through a data connection. */
export function encodePacket(streamId: bigint, number: number, content: Uint8Array): Buffer {
  const header = relayDataHeader.encode({
    circuitId: 0n,
    streamId,
    netSequenceNumber: BigInt(number),
    dataSizeBytes: content.length,
    paddingSizeBytes: 0,
  });
  return Buffer.concat([header, content]);
}

export class ScriptedProducer {
  readonly control: Wire;
  readonly data: Wire;

  constructor(control: Wire, data: Wire) {
    this.control = control;
    this.data = data;
  }

  static async connect({ server }: RunningRelay, minor = 13): Promise<ScriptedProducer> {
    const control = await Wire.connect(server.control.port);
    const producer = new ScriptedProducer(control, await Wire.connect(server.data.port));
    await producer.begin(minor);
    return producer;
  }

  /** Tells its version. */
  async begin(minor = 13): Promise<void> {
    await this.request('version', relayVersion.encode({ major: 2, minor }), 8);
  }

  /** Sends a command and gives its reply; null when the connection ended instead. */
  async request(name: RelayCommandName, payload: Uint8Array, replyBytes: number): Promise<Buffer | null> {
    await this.control.send(encodeRelayRequest(relayCommands[name], payload));
    return await this.control.take(replyBytes);
  }

  /** Makes a session; gives its folder. */
  async createSession(name = 'work', overrides: Partial<Parameters<typeof encodeCreateSession>[0]> = {}) {
    const request = {
      sessionName: name,
      hostname: 'host',
      basePath: 'base',
      liveTimerUs: 0,
      isSnapshot: false,
      nameHasCreationTime: false,
      daemon: { uuid: new Uint8Array(16).fill(7), sessionId: 1n, creationTimeS: 0, chunkId: null },
      ...overrides,
    };
    const head = await this.request('createSession', encodeCreateSession(request, 13), 16);
    const pathBytes = head?.readUInt32BE(12) ?? 0;
    const path = pathBytes === 0 ? null : await this.control.take(pathBytes);
    return {
      id: head?.readBigUInt64BE(0) ?? null,
      code: head?.readUInt32BE(8) ?? null,
      path: path?.toString('utf8', 0, pathBytes - 1) ?? null,
    };
  }

  async createChunk(chunkId: number, overrideName: string | null = null): Promise<number | null> {
    const payload = encodeCreateChunk({
      chunkId: BigInt(chunkId),
      creationTimeS: chunkId * 60,
      overrideName,
    });
    return (await this.request('createTraceChunk', payload, 4))?.readUInt32BE(0) ?? null;
  }

  async closeChunk(chunkId: number, command: RelayCloseCommand): Promise<string | number | null> {
    const payload = encodeCloseChunk({ chunkId: BigInt(chunkId), closeTimeS: chunkId * 60 + 30, command });
    const head = await this.request('closeTraceChunk', payload, 8);
    if (head === null) return null;
    const pathBytes = head.readUInt32BE(4);
    if (pathBytes === 0) return head.readUInt32BE(0);
    return (await this.control.take(pathBytes))?.toString('utf8', 0, pathBytes - 1) ?? null;
  }

  /** Adds a stream; gives its number, or null when it is refused. */
  async addStream(
    channelName: string,
    pathName = 'ust/uid/0/64-bit',
    limits = [0, 0],
  ): Promise<bigint | null> {
    const [traceFileSizeBytes = 0, traceFileCount = 0] = limits;
    const payload = encodeAddStream({ channelName, pathName, traceFileSizeBytes, traceFileCount }, 0n, 13);
    const reply = await this.request('addStream', payload, 12);
    return reply !== null && reply.readUInt32BE(8) === 10 ? reply.readBigUInt64BE(0) : null;
  }

  async sendPacket(streamId: bigint, number: number, content = packetBytes(number)): Promise<void> {
    await this.data.send(encodePacket(streamId, number, content));
  }

  async sendIndex(
    streamId: bigint,
    number: number,
    overrides: Partial<RelayIndex> = {},
  ): Promise<number | null> {
    const index: RelayIndex = {
      streamId,
      netSequenceNumber: BigInt(number),
      packetSizeBits: 32768n,
      contentSizeBits: 800n,
      timestampBegin: BigInt(number) * 100n,
      timestampEnd: BigInt(number) * 100n + 99n,
      eventsDiscarded: 0n,
      dataStreamClassId: 0n,
      streamInstanceId: 0n,
      packetSequenceNumber: BigInt(number),
      ...overrides,
    };
    return (await this.request('sendIndex', encodeIndex(index, 13), 4))?.readUInt32BE(0) ?? null;
  }

  async sendMetadata(streamId: bigint, text: string): Promise<void> {
    const header = relayMetadataHeader.encode({ streamId, paddingSizeBytes: 0 });
    const payload = Buffer.concat([header, Buffer.from(text)]);
    await this.control.send(encodeRelayRequest(relayCommands.sendMetadata, payload));
  }

  /** Asks until the relay says that packet `last` is there, or ends the connection. */
  async settle(streamId: bigint, last: number): Promise<void> {
    await this.isThere(streamId, last);
  }

  /** Asks until the relay says that packet `last` is there (true), or refuses, or ends the connection. */
  async isThere(streamId: bigint, last: number): Promise<boolean> {
    const payload = relayStreamPosition.encode({ streamId, lastNetSequenceNumber: BigInt(last) });
    for (;;) {
      const reply = await this.request('dataPending', payload, 4);
      const code = reply?.readUInt32BE(0) ?? null;
      if (code !== 1) return code === 0;
    }
  }

  end(): void {
    this.control.end();
    this.data.end();
  }
}
