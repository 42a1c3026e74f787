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
  readonly #reading: Disposable;
  readonly #into = new Uint8Array(READ_BYTES);
  readonly #unsent: Uint8Array[] = [];
  /** Waits for room while there is something unsent, on a descriptor of its own. */
  #writing: { readonly fd: Fd; readonly watch: FdWatch } | null = null;
  #isClosed = false;

  constructor(native: Native, fd: Fd, listener: TransportListener) {
    this.#native = native;
    this.#fd = fd;
    this.#listener = listener;
    const receive = () => this.#attempt(() => this.#receive());
    // In the loop: no thread has to be started for one answer.
    this.#reading =
      native.watchInLoop(fd, receive) ?? native.fdWatcher.watch(fd, { isReadable: true }, receive);
  }

  send(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.#unsent.push(bytes);
    this.#attempt(() => this.#flush());
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reading[Symbol.dispose]();
    this.#endWriting();
    this.#native.close(this.#fd);
  }

  #flush(): void {
    for (let bytes = this.#unsent[0]; bytes !== undefined; bytes = this.#unsent[0]) {
      const count = this.#native.sendMessage(this.#fd, bytes);
      if (count === 'again') {
        this.#awaitRoom();
        return;
      }
      if (count === bytes.length) this.#unsent.shift();
      else this.#unsent[0] = bytes.subarray(count);
    }
    this.#endWriting();
  }

  #awaitRoom(): void {
    if (this.#writing !== null) return;
    const fd = this.#native.dup(this.#fd);
    const flush = () => this.#attempt(() => this.#flush());
    this.#writing = { fd, watch: this.#native.fdWatcher.watch(fd, { isWritable: true }, flush) };
  }

  #endWriting(): void {
    if (this.#writing === null) return;
    this.#writing.watch.close();
    this.#native.close(this.#writing.fd);
    this.#writing = null;
  }

  /** What is there; for the rest this is called again. */
  #receive(): void {
    if (this.#isClosed) return;
    const message = this.#native.receiveMessage(this.#fd, this.#into);
    if (message === 'again') return;
    if (message.lengthBytes === 0) this.#end(null);
    // The client keeps what it is given.
    else this.#listener.receive(this.#into.slice(0, message.lengthBytes));
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
