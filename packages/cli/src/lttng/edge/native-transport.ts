/**
 * A connection to the session daemon through the addon, which is there in a millisecond; Node's sockets take five times
 * that to be loaded, and twice to connect. Without the addon it is Node's.
 */
import { SystemError } from '@lttng-ts/base';
import { type ControlTransport, openSocketTransport, type TransportListener } from '@lttng-ts/control';
import { type Fd, type FdWatch, loadNative, type Native } from '@lttng-ts/native';

const READ_BYTES = 65536;

export async function openNativeTransport(
  path: string,
  listener: TransportListener,
): Promise<ControlTransport> {
  const native = loadNative();
  if (native === null) return await openSocketTransport(path, listener);
  return new NativeTransport(native, native.connectUnix(path), listener);
}

class NativeTransport implements ControlTransport {
  readonly #native: Native;
  readonly #fd: Fd;
  readonly #listener: TransportListener;
  readonly #watch: FdWatch;
  readonly #unsent: Uint8Array[] = [];
  #isClosed = false;

  constructor(native: Native, fd: Fd, listener: TransportListener) {
    this.#native = native;
    this.#fd = fd;
    this.#listener = listener;
    this.#watch = native.fdWatcher.watch(fd, { isReadable: true }, ({ isWritable }) =>
      this.#attempt(() => {
        if (isWritable) this.#flush();
        this.#receive();
      }),
    );
  }

  send(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.#unsent.push(bytes);
    this.#attempt(() => this.#flush());
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch.close();
    this.#native.close(this.#fd);
  }

  #flush(): void {
    for (let bytes = this.#unsent[0]; bytes !== undefined; bytes = this.#unsent[0]) {
      const count = this.#native.sendMessage(this.#fd, bytes);
      if (count === 'again') break;
      if (count === bytes.length) this.#unsent.shift();
      else this.#unsent[0] = bytes.subarray(count);
    }
    this.#watch.modify({ isReadable: true, isWritable: this.#unsent.length > 0 });
  }

  #receive(): void {
    while (!this.#isClosed) {
      // The client keeps what it is given.
      const into = new Uint8Array(READ_BYTES);
      const message = this.#native.receiveMessage(this.#fd, into);
      if (message === 'again') return;
      if (message.lengthBytes === 0) {
        this.#end(null);
        return;
      }
      this.#listener.receive(into.subarray(0, message.lengthBytes));
    }
  }

  #attempt(call: () => void): void {
    try {
      call();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#end(error);
    }
  }

  #end(cause: Error | null): void {
    this.close();
    this.#listener.end(cause);
  }
}
