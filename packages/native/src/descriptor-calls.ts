/**
 * Pipes, plain reads and writes, locks, Unix sockets with descriptors.
 */
import { type Addon, check, checkOrAgain } from './addon.ts';
import type { Fd } from './fd.ts';
import type { DescriptorCalls, SocketCalls } from './native.ts';

/** Operations of `flock(2)`. */
const locks = { shared: 1, exclusive: 2, unlock: 8 } as const;
const NO_FDS = new Int32Array(0);

/** Makes {@link DescriptorCalls} out of the addon. */
export function descriptorCalls(addon: Addon): DescriptorCalls {
  return {
    pipe({ isReadNonblocking = false, isWriteNonblocking = false } = {}) {
      const ends = new Int32Array(2);
      check(addon.pipe(isReadNonblocking, isWriteNonblocking, ends), 'pipe2');
      return { readEnd: ends[0] as Fd, writeEnd: ends[1] as Fd };
    },
    close: (fd) => void check(addon.closeFd(fd), 'close', { fd }),
    closeAtEnd: (fd) => void check(addon.closeFdAtEnd(fd), 'close', { fd }),
    dup: (fd) => check(addon.dup(fd), 'fcntl', { fd, command: 'F_DUPFD_CLOEXEC' }) as Fd,
    setNonblocking: (fd) => void check(addon.setNonblocking(fd), 'fcntl', { fd, command: 'F_SETFL' }),
    setCloseOnExec: (fd, isCloseOnExec) =>
      void check(addon.setCloseOnExec(fd, isCloseOnExec), 'fcntl', { fd, command: 'F_SETFD' }),
    read: (fd, into) => checkOrAgain(addon.read(fd, into), 'read', { fd }),
    write: (fd, bytes) => checkOrAgain(addon.write(fd, bytes), 'write', { fd }),
    flock: (fd, kind) => checkOrAgain(addon.flock(fd, locks[kind]), 'flock', { fd }) !== 'again',
    beginWriteBack: (fd, offsetBytes, lengthBytes) =>
      void check(addon.beginWriteBack(fd, offsetBytes, lengthBytes), 'sync_file_range', { fd }),
    dropCached: (fd, offsetBytes, lengthBytes) =>
      void check(addon.dropCached(fd, offsetBytes, lengthBytes), 'posix_fadvise', { fd }),
  };
}

/** Makes {@link SocketCalls} out of the addon. */
export function socketCalls(addon: Addon): SocketCalls {
  return {
    listenUnix: (path, backlog) => check(addon.listenUnix(path, backlog), 'bind', { path }) as Fd,
    accept: (listener) => checkOrAgain(addon.accept(listener), 'accept4', { fd: listener }) as Fd | 'again',
    connectUnix: (path) => check(addon.connectUnix(path), 'connect', { path }) as Fd,
    sendDatagram: (path, bytes) => void check(addon.sendDatagram(path, bytes), 'sendto', { path }),
    socketPair() {
      const ends = new Int32Array(2);
      check(addon.socketPair(ends), 'socketpair');
      return [ends[0] as Fd, ends[1] as Fd];
    },
    peerCredentials(connection) {
      const out = new Uint32Array(3);
      check(addon.peerCredentials(connection, out), 'getsockopt', { fd: connection, option: 'SO_PEERCRED' });
      return { pid: out[0]!, uid: out[1]!, gid: out[2]! };
    },
    keepAlive(connection, { idleS, intervalS, probeCount }) {
      const done = addon.keepAlive(connection, idleS ?? 0, intervalS ?? 0, probeCount ?? 0);
      check(done, 'setsockopt', { fd: connection, option: 'SO_KEEPALIVE' });
    },
    setLowWater: (fd, sizeBytes) =>
      void check(addon.lowWater(fd, sizeBytes), 'setsockopt', { fd, option: 'SO_RCVLOWAT' }),
    sendMessage(connection, bytes, fds = []) {
      const passed = fds.length === 0 ? NO_FDS : Int32Array.from(fds);
      return checkOrAgain(addon.sendMessage(connection, bytes, passed), 'sendmsg', { fd: connection });
    },
    receiveMessage(connection, into, maxFds = 0) {
      const out = new Int32Array(1 + maxFds);
      const lengthBytes = checkOrAgain(addon.receiveMessage(connection, into, out), 'recvmsg', {
        fd: connection,
      });
      if (lengthBytes === 'again') return 'again';
      return { lengthBytes, fds: Array.from(out.subarray(1, 1 + out[0]!)) as Fd[] };
    },
  };
}
