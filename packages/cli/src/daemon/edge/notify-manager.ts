/**
 * Tells a service manager how the daemon does (sd_notify(3)): a datagram to the socket of NOTIFY_SOCKET, which
 * systemd sets for units of `Type=notify`. Without it nothing is told.
 */
import { describe, SystemError } from '@lttng-ts/base';
import { loadNative } from '@lttng-ts/native';
import type { Log } from '@lttng-ts/sessiond';

export interface ServiceManager {
  ready(): void;
  stopping(): void;
}

/** To be called once, before other programs are started: they must not speak for the daemon. */
export function serviceManager(log: Log): ServiceManager {
  const path = process.env['NOTIFY_SOCKET'] ?? '';
  delete process.env['NOTIFY_SOCKET'];
  const tell = (state: string): void => {
    const native = loadNative();
    if (path === '' || native === null) return;
    try {
      native.sendDatagram(path, Buffer.from(state));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      // The manager waits in vain, and says so itself.
      log('warning', describe('Cannot tell the service manager', { path, errno: error.errnoName }));
    }
  };
  return {
    // The process that systemd started may have been another one, which waits for this one.
    ready: () => tell(`READY=1\nMAINPID=${process.pid}`),
    stopping: () => tell('STOPPING=1'),
  };
}
