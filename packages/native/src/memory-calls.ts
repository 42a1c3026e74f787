/**
 * Mappings, memfds and seals.
 */
import { assert, SystemError } from '@lttng-ts/base';
import { type Addon, check, checkThing, type Handle } from './addon.ts';
import type { Fd } from './fd.ts';
import type { Mapping, MemoryCalls, SealName } from './native.ts';
import { seals } from './native.ts';

const EINVAL = -22;

/** The one implementation of {@link Mapping}; the other files of this package reach its handle here. */
class NativeMapping implements Mapping {
  readonly buffer: ArrayBuffer;
  readonly lengthBytes: number;
  readonly isWritable: boolean;
  readonly #addon: Addon;
  readonly #handle: Handle;
  #isUnmapped = false;

  constructor(addon: Addon, handle: Handle, lengthBytes: number, isWritable: boolean) {
    this.#addon = addon;
    this.#handle = handle;
    this.lengthBytes = lengthBytes;
    this.isWritable = isWritable;
    this.buffer = checkThing(addon.mappingBuffer(handle), 'napi_create_external_arraybuffer');
  }

  get isUnmapped(): boolean {
    return this.#isUnmapped;
  }

  /** The handle while the memory is mapped. */
  static handleOf(mapping: Mapping): Handle {
    assert(mapping instanceof NativeMapping, 'Mapping of another maker');
    assert(!mapping.#isUnmapped, 'Mapping is unmapped');
    return mapping.#handle;
  }

  unmap(): void {
    if (this.#isUnmapped) return;
    this.#isUnmapped = true;
    this.#addon.detach(this.buffer);
    this.#addon.close(this.#handle);
  }

  [Symbol.dispose](): void {
    this.unmap();
  }
}

/** The C handle of a mapping; throws when it is unmapped. */
export const handleOfMapping = NativeMapping.handleOf;

/** The policy belongs to the file's pages: it outlives the mapping that it was set through. */
function preferNodeOf(calls: MemoryCalls, fd: Fd, lengthBytes: number, node: number): void {
  using mapping = calls.mmap(fd, lengthBytes, { isWritable: true });
  try {
    calls.preferNode(mapping, node);
  } catch (error) {
    // No NUMA in this kernel, not allowed in this container, or no such node: memory of any node will do.
    if (!(error instanceof SystemError)) throw error;
  }
}

/** Makes {@link MemoryCalls} out of the addon. */
export function memoryCalls(addon: Addon): MemoryCalls {
  const calls: MemoryCalls = {
    mmap(fd, lengthBytes, { isWritable }) {
      const handle = checkThing(addon.mmap(fd, lengthBytes, isWritable), 'mmap', { fd, length: lengthBytes });
      return new NativeMapping(addon, handle, lengthBytes, isWritable);
    },
    memfdCreate: (name) => check(addon.memfdCreate(name), 'memfd_create', { name }) as Fd,
    ftruncate: (fd, length) => void check(addon.ftruncate(fd, length), 'ftruncate', { fd, length }),
    pageSizeBytes: () => addon.pageSize(),
    fileLengthBytes: (fd) => check(addon.fileLength(fd), 'fstat', { fd }),
    allocate: (fd, length) => void check(addon.allocate(fd, length), 'fallocate', { fd, length }),
    addSeals(fd, names) {
      const bits = names.reduce((sum, name) => sum | seals[name], 0);
      check(addon.addSeals(fd, bits), 'fcntl', { fd, command: 'F_ADD_SEALS' });
    },
    getSeals(fd) {
      const bits = addon.getSeals(fd);
      // A file system without seals.
      if (bits === EINVAL) return [];
      check(bits, 'fcntl', { fd, command: 'F_GET_SEALS' });
      return (Object.keys(seals) as SealName[]).filter((name) => (bits & seals[name]) !== 0);
    },
    preferNode: (mapping, node) =>
      void check(addon.preferNode(NativeMapping.handleOf(mapping), node), 'mbind', { node }),
    fillMemory(fd, lengthBytes, node = null) {
      calls.ftruncate(fd, lengthBytes);
      if (node !== null) preferNodeOf(calls, fd, lengthBytes, node);
      calls.allocate(fd, lengthBytes);
    },
    createSharedMemory(name, lengthBytes, node = null) {
      const fd = calls.memfdCreate(name);
      try {
        calls.fillMemory(fd, lengthBytes, node);
        calls.addSeals(fd, ['shrink', 'grow', 'seal']);
        return fd;
      } catch (error) {
        addon.closeFd(fd);
        throw error;
      }
    },
  };
  return calls;
}
