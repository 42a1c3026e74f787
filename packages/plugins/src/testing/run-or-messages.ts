/** For tests: the same graph with events in runs and with event messages, on traces in memory or on disk. */
import assert from 'node:assert/strict';
import { memorySource, type TraceClass, writeCtf2Metadata, writeTsdl } from '@lttng-ts/ctf';
import {
  type FilterClass,
  Graph,
  GraphError,
  type PlainValues,
  type SinkClass,
  valueMap,
} from '@lttng-ts/graph';
import { fsSource } from '../ctf/fs-source/fs-source.ts';
import type { EntryKind, FolderEntry, Host } from '../host.ts';
import { muxer } from '../utils/muxer/muxer.ts';

/** Passes messages on and takes no runs. */
const messagesOnly: FilterClass = {
  kind: 'filter',
  name: 'messages-only',
  initialize(self) {
    const input = self.addInputPort('in');
    self.addOutputPort('out');
    return {
      createMessageIterator(iterator) {
        const upstream = iterator.createMessageIterator(input);
        return { next: () => upstream.next() };
      },
    };
  },
};

export interface Arrangement {
  /** For sources. */
  readonly host: Host;
  readonly folders: readonly string[];
  readonly sink: SinkClass;
  readonly params: PlainValues;
  readonly mipVersion: 0 | 1;
  /** What the sink gets besides. */
  readonly data?: unknown;
  /** Filters between the muxer and the sink. */
  readonly filters?: readonly { readonly filter: FilterClass; readonly params: PlainValues }[];
}

/** Runs the traces in `folders`, merged, into a sink; gives the message of the error that ended it, or nothing. */
export function runGraph(
  { host, folders, sink, params, mipVersion, data = null, filters = [] }: Arrangement,
  by: 'runs' | 'messages',
): string {
  using graph = new Graph({ mipVersion });
  const merged = graph.addComponent(muxer, 'muxer');
  folders.forEach((folder, i) => {
    const inputs = valueMap({ inputs: [folder] });
    const source = graph.addComponent(fsSource(host), `source ${i}`, { params: inputs });
    for (const port of source.outputPorts) graph.connect(port, merged.inputPorts.at(-1)!);
  });
  const between = [...filters, ...(by === 'messages' ? [{ filter: messagesOnly, params: {} }] : [])];
  let [end] = merged.outputPorts;
  between.forEach(({ filter, params: own }, i) => {
    const added = graph.addComponent(filter, `filter ${i}`, { params: valueMap(own) });
    graph.connect(end!, added.inputPorts[0]!);
    end = added.outputPorts[0];
  });
  const last = graph.addComponent(sink, 'sink', { params: valueMap(params), data });
  graph.connect(end!, last.inputPorts[0]!);
  try {
    graph.run();
    return '';
  } catch (error) {
    // A random packet does not say how many of its last byte's bits are padding.
    assert.ok(error instanceof GraphError);
    return error.message;
  }
}

/** A host whose only files are a trace at `path`. */
export function memoryHost(path: string, traceClass: TraceClass, packets: readonly Uint8Array[]): Host {
  const write = traceClass.format === 'ctf-2' ? writeCtf2Metadata : writeTsdl;
  const files = new Map<string, Uint8Array>();
  files.set(`${path}/metadata`, new TextEncoder().encode(write(traceClass)));
  packets.forEach((packet, i) => {
    files.set(`${path}/stream_${i}`, packet);
  });
  return filesHost(files);
}

/** A host whose only files are `files`, by their paths. */
export function filesHost(files: ReadonlyMap<string, Uint8Array>): Host {
  const list = (folder: string): readonly FolderEntry[] => {
    const kinds = new Map<string, EntryKind>();
    for (const path of files.keys()) {
      if (!path.startsWith(`${folder}/`)) continue;
      const [name, ...below] = path.slice(folder.length + 1).split('/');
      kinds.set(name!, below.length === 0 ? 'file' : 'folder');
    }
    return [...kinds].map(([name, kind]) => ({ name, kind }));
  };
  return {
    input: {
      kindOf: (file) => (files.has(file) ? 'file' : null),
      list,
      open: (file) => memorySource(file, files.get(file)!),
      normalize: (file) => file,
    },
    output: { create: () => assert.fail(), makeFolder: () => assert.fail() },
    standardInput: () => assert.fail(),
    standardOutput: { write: () => undefined },
    standardError: { write: () => undefined },
    hasColours: true,
    isBrightBold: true,
    environment: () => undefined,
  };
}

/** A host that keeps what is written, by the file's path; `-` is the standard output. */
export function recordingHost(host: Host): { readonly host: Host; readonly written: Map<string, string> } {
  const written = new Map<string, string>();
  const writer = (path: string) => (bytes: Uint8Array) => {
    written.set(path, (written.get(path) ?? '') + Buffer.from(bytes).toString('latin1'));
  };
  const overwriter = (path: string) => (offsetBytes: number, bytes: Uint8Array) => {
    const before = written.get(path) ?? '';
    const text = Buffer.from(bytes).toString('latin1');
    assert.ok(offsetBytes + text.length <= before.length, 'Written over what is not there');
    written.set(path, before.slice(0, offsetBytes) + text + before.slice(offsetBytes + text.length));
  };
  const recording: Host = {
    ...host,
    standardOutput: { write: writer('-') },
    output: {
      create: (path) => ({
        write: writer(path),
        writeAt: overwriter(path),
        close: () => undefined,
      }),
      makeFolder: () => undefined,
    },
  };
  return { host: recording, written };
}
