/**
 * A trace that is still being written: metadata that grows, and data streams whose packets come one by one. Who feeds it
 * knows the order: metadata before the packets that need it.
 */
import { FormatError } from '@lttng-ts/base';
import { compileTrace, type TraceOperations } from '../decode/operations.ts';
import { parseMetadata } from '../metadata/parse.ts';
import type { DataStreamClass, TraceClass } from '../model/trace-class.ts';
import { type ByteSource, memorySource } from './byte-source.ts';
import { type FlowItem, PacketReader } from './data-stream.ts';
import type { DataStreamIdentity } from './messages.ts';
import { PacketHeaderReader } from './packet-header.ts';

/** As for traces in files. */
const MAX_METADATA_BYTES = 256 << 20;

interface Version {
  readonly traceClass: TraceClass;
  readonly operations: TraceOperations;
}

export class GrowingTrace {
  readonly #name: string;
  #metadata = new Uint8Array(0);
  #version: Version | null = null;

  /** `name`: what messages and errors call it. */
  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Adds metadata, in the form of the files (packets or text), and gives the trace class that the whole of it makes. Its
   * objects are all new ones. Throws `FormatError`.
   */
  append(metadata: Uint8Array): TraceClass {
    const lengthBytes = this.#metadata.length + metadata.length;
    if (lengthBytes > MAX_METADATA_BYTES) {
      throw new FormatError(`Metadata too large: size=${lengthBytes}, limit=${MAX_METADATA_BYTES}`);
    }
    const whole = new Uint8Array(lengthBytes);
    whole.set(this.#metadata);
    whole.set(metadata, this.#metadata.length);
    this.#metadata = whole;
    const { traceClass } = parseMetadata(whole);
    this.#version = { traceClass, operations: compileTrace(traceClass) };
    return traceClass;
  }

  /** Begins a data stream with its first packet, which is not read yet. Throws `FormatError`. */
  openDataStream(name: string, firstPacket: Uint8Array): GrowingDataStream {
    const headers = new PacketHeaderReader(this.version.operations);
    const { operations, dataStreamId } = headers.read(memorySource(name, firstPacket), 0);
    return new GrowingDataStream(this, name, operations.dataStreamClass.id, dataStreamId);
  }

  /** For data streams: what the metadata says now. */
  get version(): Version {
    if (this.#version === null) throw new FormatError('Packet before any metadata');
    return this.#version;
  }

  get name(): string {
    return this.#name;
  }
}

/** Made by {@link GrowingTrace.openDataStream}. */
export class GrowingDataStream {
  /** What the packets say; `null` when they do not. */
  readonly id: bigint | null;
  readonly #trace: GrowingTrace;
  readonly #name: string;
  readonly #classId: bigint;
  #version: Version;
  #reader: PacketReader;

  constructor(trace: GrowingTrace, name: string, classId: bigint, id: bigint | null) {
    this.#trace = trace;
    this.#name = name;
    this.#classId = classId;
    this.id = id;
    this.#version = trace.version;
    this.#reader = new PacketReader(this.#identity(), this.#version.operations);
  }

  /** The class in the newest metadata. */
  get dataStreamClass(): DataStreamClass {
    const found = this.#trace.version.traceClass.dataStreamClasses.get(this.#classId);
    if (found === undefined) {
      throw new FormatError(`Data stream class is gone from the metadata: id=${this.#classId}`);
    }
    return found;
  }

  #identity(): DataStreamIdentity {
    return {
      trace: { traceClass: this.#trace.version.traceClass, name: this.#trace.name },
      dataStreamClass: this.dataStreamClass,
      id: this.id ?? 0n,
      isNumbered: this.id !== null,
      name: this.#name,
    };
  }

  /**
   * Reads the next packet with the newest metadata; read it to its end before the next one. Throws `FormatError` after
   * what comes before the damage.
   */
  *packet(bytes: Uint8Array): Generator<FlowItem, void> {
    if (this.#version !== this.#trace.version) {
      this.#version = this.#trace.version;
      this.#reader.grow(this.#identity(), this.#version.operations);
    }
    const source: ByteSource = memorySource(this.#name, bytes);
    try {
      yield* this.#reader.packet({
        source,
        offsetBytes: 0,
        packetSizeBytes: bytes.length,
        beginCycles: null,
        endCycles: null,
        sequenceNumber: null,
      });
    } catch (error) {
      if (error instanceof FormatError) {
        throw error.within('Data stream', { name: this.#name }).within('Trace', { name: this.#trace.name });
      }
      throw error;
    }
  }
}
