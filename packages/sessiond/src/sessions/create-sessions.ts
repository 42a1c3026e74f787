/**
 * The upper side of the session daemon: sessions, channels, event rules and contexts as callers of the
 * control API see them, with upstream's rules and refusals. It owns the desired state and hands it to the
 * lower side (`UstDomain`); it knows no sockets, files or clocks.
 */
import { PeerError } from '@lttng-ts/base';
import { type ControlHandlers, lttngErrors } from '@lttng-ts/protocols';
import type { UstDomain } from '../ust/ust-domain.ts';

/** Who asks, from the socket's peer credentials; never from a message. User 0 may see and do everything. */
export interface Caller {
  readonly uid: number;
  readonly gid: number;
}

/** What the sessions need of the world. */
export interface SessionsOptions {
  readonly ust: UstDomain;
  /** What `daemon.info` answers. */
  readonly daemon: { readonly version: string; readonly pid: number; readonly uid: number };
  /** Milliseconds since the epoch, now. */
  readonly nowMs: () => number;
  /** Offset of local time from UTC at a time, in minutes, east positive (`TraceHost.utcOffsetMinutes`). */
  readonly utcOffsetMinutes: (timeS: number) => number;
}

/**
 * Makes the handlers of the control API. They throw `PeerError` with upstream's number and name when a
 * request is refused; anything else that they throw is a fault of the daemon.
 */
export function createSessions({ ust, daemon }: SessionsOptions): ControlHandlers<Caller> {
  const undefinedCommand = async (): Promise<never> => {
    const { number, text } = lttngErrors.UND;
    throw new PeerError(number, 'UND', text);
  };
  return {
    'daemon.info': async () => daemon,
    'session.create': undefinedCommand,
    'session.list': undefinedCommand,
    'session.start': undefinedCommand,
    'session.stop': undefinedCommand,
    'session.data-pending': undefinedCommand,
    'session.destroy': undefinedCommand,
    'channel.enable': undefinedCommand,
    'event.enable': undefinedCommand,
    'context.add': undefinedCommand,
    'application.list': async () => ({ applications: ust.applications() }),
    'tracepoint.list': async ({ withFields }) => ({ applications: await ust.listTracepoints(withFields) }),
  };
}
