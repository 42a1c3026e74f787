/**
 * Mappings, memfds and seals.
 */
import { assert } from '@lttng-ts/base';
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
    createSharedMemory(name, lengthBytes) {
      const fd = calls.memfdCreate(name);
      try {
        calls.ftruncate(fd, lengthBytes);
        calls.allocate(fd, lengthBytes);
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
