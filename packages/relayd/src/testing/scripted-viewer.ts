/** A live reader that does what a test says, on a real connection. */
import assert from 'node:assert/strict';
import {
  encodeLiveRequest,
  type LiveCommandName,
  type LiveIndex,
  liveAttach,
  liveConnect,
  liveGetPacket,
  liveIdentifier,
  liveIndex,
  liveListReply,
  liveMetadataReply,
  livePacketReply,
  liveSession,
  liveStatusReply,
  liveStream,
  liveStreamsReply,
} from '@lttng-ts/protocols/live';
import { Wire } from './scripted-producer.ts';

const OK = 1;

export class ScriptedViewer {
  readonly wire: Wire;
  /** Numbers of all streams that it was told of, by their channels. */
  readonly streamIds = new Map<string, bigint>();

  private constructor(wire: Wire) {
    this.wire = wire;
  }

  /** `livePort`: of a relay on this machine. */
  static async connect(livePort: number, hasSession = true): Promise<ScriptedViewer> {
    const viewer = new ScriptedViewer(await Wire.connect(livePort));
    const hello = { viewerSessionId: 0xffffffffffffffffn, major: 2, minor: 4, type: 1 };
    const answer = await viewer.ask('connect', liveConnect.encode(hello), liveConnect.sizeBytes);
    assert.equal(liveConnect.decode(answer).minor, 13);
    if (hasSession) await viewer.ask('createSession', new Uint8Array(0), liveStatusReply.sizeBytes);
    return viewer;
  }

  async ask(name: LiveCommandName, payload: Uint8Array, replyBytes: number): Promise<Buffer> {
    await this.wire.send(encodeLiveRequest(name, payload as Uint8Array<ArrayBuffer>));
    const reply = await this.wire.take(replyBytes);
    assert.ok(reply !== null, `${name}: the connection ended`);
    return reply;
  }

  async list() {
    const head = await this.ask('listSessions', new Uint8Array(0), liveListReply.sizeBytes);
    const count = liveListReply.decode(head).sessionCount;
    const entries = (await this.wire.take(count * liveSession.sizeBytes))!;
    return Array.from({ length: count }, (_, i) => liveSession.decode(entries, i * liveSession.sizeBytes));
  }

  async attach(sessionId: bigint, seek: number) {
    return await this.#streams('attachSession', liveAttach.encode({ sessionId, offset: 0n, seek }));
  }

  async newStreams(sessionId: bigint) {
    return await this.#streams('getNewStreams', liveIdentifier.encode({ id: sessionId }));
  }

  async #streams(name: LiveCommandName, payload: Uint8Array) {
    const head = await this.ask(name, payload, liveStreamsReply.sizeBytes);
    const { status, streamCount } = liveStreamsReply.decode(head);
    const entries = (await this.wire.take(streamCount * liveStream.sizeBytes))!;
    const streams = Array.from({ length: streamCount }, (_, i) =>
      liveStream.decode(entries, i * liveStream.sizeBytes),
    );
    for (const { channelName, id } of streams) this.streamIds.set(channelName, id);
    return { status, names: streams.map(({ channelName }) => channelName).sort() };
  }

  async next(streamId: bigint): Promise<LiveIndex> {
    const reply = await this.ask(
      'getNextIndex',
      liveIdentifier.encode({ id: streamId }),
      liveIndex.sizeBytes,
    );
    return liveIndex.decode(reply);
  }

  async packet(streamId: bigint, offsetBytes: bigint, sizeBytes: number): Promise<Buffer | null> {
    const request = liveGetPacket.encode({ streamId, offsetBytes, sizeBytes });
    const { status } = livePacketReply.decode(
      await this.ask('getPacket', request, livePacketReply.sizeBytes),
    );
    return status === OK ? await this.wire.take(sizeBytes) : null;
  }

  async metadata(streamId: bigint) {
    const payload = liveIdentifier.encode({ id: streamId });
    const { sizeBytes, status } = liveMetadataReply.decode(
      await this.ask('getMetadata', payload, liveMetadataReply.sizeBytes),
    );
    return { status, text: (await this.wire.take(Number(sizeBytes)))?.toString() ?? null };
  }

  async detach(sessionId: bigint): Promise<number> {
    const reply = await this.ask('detachSession', liveIdentifier.encode({ id: sessionId }), 4);
    return liveStatusReply.decode(reply).status;
  }
}
