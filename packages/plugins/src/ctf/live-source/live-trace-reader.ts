/** The metadata of one trace as trace IR, which grows when something that comes needs it. */
import { FormatError, LttngError } from '@lttng-ts/base';
import { type GrowingDataStream, GrowingTrace, type TraceClass } from '@lttng-ts/ctf';
import { type ClockClass, type MipVersion, type Stream, Trace } from '@lttng-ts/graph';
import { traceIdentity } from '../fs-source/trace-identity.ts';
import {
  type ClockChanges,
  growTraceClass,
  type StreamTranslation,
  type TraceTranslation,
  translateTraceClass,
} from '../fs-source/translate-trace.ts';
import type { LiveTrace } from './live-feed.ts';

const NO_CHANGES: ClockChanges = { offsetSeconds: 0n, offsetNs: 0n, forcesUnixEpoch: false };

interface Translated {
  readonly translation: TraceTranslation;
  readonly trace: Trace;
}

export class LiveTraceReader {
  readonly #source: LiveTrace;
  readonly #mipVersion: MipVersion;
  readonly #growing: GrowingTrace;
  #metadataCount = 0;
  #translated: Translated | null = null;

  constructor(source: LiveTrace, mipVersion: MipVersion) {
    this.#source = source;
    this.#mipVersion = mipVersion;
    this.#growing = new GrowingTrace(source.name);
  }

  /** Reads the first `count` pieces of metadata, as far as that has not been done. Throws `FormatError`. */
  update(count: number): void {
    if (count <= this.#metadataCount) return;
    const pieces = this.#source.metadata.slice(this.#metadataCount, count);
    this.#metadataCount = count;
    try {
      this.#grow(this.#growing.append(joined(pieces)));
    } catch (error) {
      if (error instanceof LttngError) throw error.within('Trace', { name: this.#source.name });
      throw error;
    }
  }

  #grow(ctf: TraceClass): void {
    if (this.#translated === null) {
      if (ctf.format === 'ctf-2' && this.#mipVersion === 0) {
        throw new FormatError('Trace of CTF 2 needs version 1 of the message interchange protocol');
      }
      const translation = translateTraceClass(ctf, this.#mipVersion, NO_CHANGES);
      this.#translated = { translation, trace: makeTrace(ctf, translation, this.#mipVersion) };
      return;
    }
    const { translation, trace } = this.#translated;
    this.#translated = { translation: growTraceClass(translation, ctf, NO_CHANGES), trace };
  }

  get #known(): Translated {
    if (this.#translated === null) throw new FormatError('Trace without metadata');
    return this.#translated;
  }

  /** Any clock of the trace; `null` when it has none yet. */
  get clockClass(): ClockClass | null {
    for (const { streamClass } of this.#translated?.translation.streams.values() ?? []) {
      if (streamClass.defaultClockClass !== null) return streamClass.defaultClockClass;
    }
    return null;
  }

  /** Begins a data stream with its first packet, for which the metadata must be there. */
  openDataStream(name: string, firstPacket: Uint8Array): GrowingDataStream {
    return this.#growing.openDataStream(name, firstPacket);
  }

  translationOf({ dataStreamClass }: GrowingDataStream): StreamTranslation {
    const found = this.#known.translation.streams.get(dataStreamClass);
    if (found === undefined) throw new FormatError(`Unknown data stream class: id=${dataStreamClass.id}`);
    return found;
  }

  addStream({ streamClass }: StreamTranslation, id: bigint, name: string): Stream {
    const { trace } = this.#known;
    if (trace.streams.some((stream) => stream.class === streamClass && stream.id === id)) {
      throw new FormatError(`Two data streams have one number: class=${streamClass.id}, id=${id}`);
    }
    return trace.addStream(streamClass, { id, name });
  }
}

function makeTrace(ctf: TraceClass, { traceClass }: TraceTranslation, mipVersion: MipVersion): Trace {
  const { environment } = ctf;
  // As upstream, which names live traces by what their metadata says alone.
  if (mipVersion === 0) return new Trace(traceClass, { uuid: ctf.uuid, environment });
  return new Trace(traceClass, { ...traceIdentity(ctf), environment });
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
