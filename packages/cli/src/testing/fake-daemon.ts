/**
 * A session daemon in memory for the tests of commands: the real sessions with upstream's refusals, over an
 * application side that traces nothing. It is a `ControlCaller`, so no socket is needed.
 */

import { PeerError, unknownBuild } from '@lttng-ts/base';
import { ControlEvents } from '@lttng-ts/control';
import {
  type AnsweredMethod,
  type ApplicationInfo,
  type ApplicationTracepoints,
  type BufferSetInfo,
  type ChannelLosses,
  type ChannelStatistics,
  type ControlEvent,
  type ControlHandlers,
  type LeftSession,
  lttngErrors,
  type ParamsOf,
  type RecordingFault,
  type ResultOf,
} from '@lttng-ts/protocols';
import {
  type Caller,
  createSessions,
  EventHub,
  noArchivePorts,
  noSessionNotes,
  type UstDomain,
} from '@lttng-ts/sessiond';
import type { ControlCaller } from '../lttng/control-caller.ts';

/** What tests set beforehand. */
export interface FakeDaemonSetup {
  readonly applications?: readonly ApplicationInfo[];
  readonly tracepoints?: readonly ApplicationTracepoints[];
  /** Losses that every stop reports for each channel. */
  readonly losses?: Omit<ChannelLosses, 'channel'>;
  /** How often `session.data-pending` answers that data are pending. */
  readonly pendingCount?: number;
  /** Sessions of an earlier daemon, which died. */
  readonly left?: readonly LeftSession[];
  /** By channel name, of every session. */
  readonly buffers?: ReadonlyMap<string, readonly BufferSetInfo[]>;
  /** Faults of every session. */
  readonly faults?: readonly RecordingFault[];
}

/** What every Linux has, and the recorded command lines name. */
const fakeAccounts = {
  user: new Map([
    ['root', 0],
    ['daemon', 1],
  ]),
  group: new Map([
    ['root', 0],
    ['daemon', 1],
  ]),
} as const;

const ROOT: Caller = { uid: 0, gid: 0 };
/** 2026-01-01T00:00:00Z. */
const NOW_MS = Date.UTC(2026, 0, 1);

export class FakeDaemon implements ControlCaller {
  isRunning = true;
  readonly #events = new EventHub(() => NOW_MS);
  readonly #handlers: ControlHandlers<Caller>;

  constructor(setup: FakeDaemonSetup = {}) {
    this.#handlers = createSessions({
      ust: fakeUst(setup),
      events: this.#events,
      archives: noArchivePorts,
      sessionNotes: { ...noSessionNotes, left: setup.left ?? [] },
      daemon: { build: unknownBuild, pid: 1, uid: 0 },
      nowMs: () => NOW_MS,
      utcOffsetMinutes: () => 0,
      findAccountId: async (kind, name) => fakeAccounts[kind].get(name) ?? null,
      after: () => () => undefined,
      log: () => undefined,
    });
  }

  beside(): ControlCaller {
    return this;
  }

  async events(session: string | null): Promise<AsyncIterableIterator<ControlEvent>> {
    const { number, text } = lttngErrors.NO_SESSIOND;
    if (!this.isRunning) throw new PeerError(number, 'NO_SESSIOND', text);
    const events = new ControlEvents();
    this.#events.subscribe(ROOT, session, (event) => events.push(event));
    return events;
  }

  async call<M extends AnsweredMethod>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    const { number, text } = lttngErrors.NO_SESSIOND;
    if (!this.isRunning) throw new PeerError(number, 'NO_SESSIOND', text);
    const handler = this.#handlers[method] as (params: ParamsOf<M>, caller: Caller) => Promise<unknown>;
    // As over a socket: values are copies.
    return structuredClone(await handler(structuredClone(params), ROOT)) as ResultOf<M>;
  }
}

/** An application side that accepts everything and records nothing. */
function fakeUst(setup: FakeDaemonSetup): UstDomain {
  const { losses, pendingCount = 0, faults = [] } = setup;
  const channelsById = new Map<number, readonly string[]>();
  let pending = 0;
  const statistics = async (sessionId: number) => {
    const names = losses === undefined ? [] : (channelsById.get(sessionId) ?? []);
    const stream = {
      cpu: 0,
      discardedEventCount: 0,
      lostPacketCount: 0,
      consumedPacketCount: 0,
      consumedBytes: 0,
    };
    const set: ChannelStatistics = { channelKey: 1, streams: [{ ...stream, ...losses }] };
    return { channels: new Map(names.map((name) => [name, [set]])), faults };
  };
  return {
    start: async ({ id, channels }) => {
      channelsById.set(
        id,
        channels.map(({ name }) => name),
      );
    },
    update: async () => undefined,
    stop: async () => {
      pending = pendingCount;
    },
    connect: async () => ({ canRotate: true, canClear: true }),
    changeChunk: async () => ({ failure: null, relayPath: null }),
    snapshot: async () => true,
    waitForOutput: async () => ({ totalBytes: 0, isReached: false }),
    progress: async () => ({ streamCount: 2, bytes: 3 << 20 }),
    isDataPending: async () => pending-- > 0,
    unlessSilent: async (_, work) => await work,
    buffers: async () => setup.buffers ?? new Map(),
    onBufferSample: () => () => undefined,
    regenerateStateDump: async () => undefined,
    regenerateMetadata: async () => undefined,
    statistics,
    destroy: async (sessionId) => ({ ...(await statistics(sessionId)), relayPath: null }),
    applications: () => setup.applications ?? [],
    listTracepoints: async () => setup.tracepoints ?? [],
    [Symbol.asyncDispose]: async () => undefined,
  };
}
