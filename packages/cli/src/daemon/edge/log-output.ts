/**
 * Standard error of a process that lives long: a reader that is slow, or gone, costs lines and nothing
 * else.
 */
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { fd, type Native } from '@lttng-ts/native';

const STDERR = 2;

export interface LogOutput {
  write(line: string): void;
  /** Writes nothing any more; standard error may be pointed elsewhere. */
  close(): void;
}

/** Opens the output; standard error itself stays as it is. `native` helps where that is a socket. */
export function openLogOutput(native: Native | null): LogOutput {
  let sink: Sink | null = openSink(native);
  let lostLines = 0;
  return {
    write(line) {
      if (sink === null) return;
      const notice = lostLines === 0 ? '' : `Warning: Log lines were lost: count=${lostLines}\n`;
      if (isWritten(sink, Buffer.from(notice + line))) lostLines = 0;
      else lostLines++;
    },
    close() {
      sink?.close();
      sink = null;
    },
  };
}

/** A way to standard error that never waits. */
interface Sink {
  /** Gives how many bytes went, or `'again'`. */
  readonly send: (bytes: Uint8Array) => number | 'again';
  readonly close: () => void;
}

function openSink(native: Native | null): Sink | null {
  const direct = { send: (bytes: Uint8Array) => writeSync(STDERR, bytes), close: () => undefined };
  try {
    const status = fstatSync(STDERR);
    if (status.isSocket() && native !== null) {
      return { send: (bytes) => native.sendMessage(fd(STDERR), bytes), close: () => undefined };
    }
    if (!status.isFIFO()) return direct;
    // Opened anew: making the one that is there non-blocking would do so for everybody who shares it.
    const pipe = openSync('/proc/self/fd/2', constants.O_WRONLY | constants.O_NONBLOCK);
    return { send: (bytes) => writeSync(pipe, bytes), close: () => closeSync(pipe) };
  } catch (error) {
    // EBADF: started without standard error. ENXIO: nobody reads the pipe any more.
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EBADF' || code === 'ENXIO' ? null : direct;
  }
}

/** Says whether the bytes went; a part of them counts, because the rest would come out of place. */
function isWritten(sink: Sink, bytes: Uint8Array): boolean {
  try {
    return sink.send(bytes) !== 'again';
  } catch {
    // EAGAIN, EPIPE, EIO, ENOSPC: nobody reads it, or not now. A log is no reason to stop.
    return false;
  }
}
