/**
 * The upper side of the session daemon: sessions, channels, event rules and contexts as callers of the
 * control API see them, with upstream's rules and refusals. It owns the desired state and hands it to the
 * lower side (`UstDomain`); it knows no sockets, files or clocks.
 */
import type { ControlHandlers } from '@lttng-ts/protocols';
import { ArchiveKeeper } from './archive-keeper.ts';
import type { Caller } from './caller.ts';
import { ChunkChanges } from './chunk-changes.ts';
import { applicationHandlers } from './handlers/application-handlers.ts';
import { archiveHandlers } from './handlers/archive-handlers.ts';
import { channelHandlers } from './handlers/channel-handlers.ts';
import { chunkHandlers } from './handlers/chunk-handlers.ts';
import { regenerateHandlers } from './handlers/regenerate-handlers.ts';
import { sessionHandlers } from './handlers/session-handlers.ts';
import { snapshotHandlers } from './handlers/snapshot-handlers.ts';
import { trackerHandlers } from './handlers/tracker-handlers.ts';
import { LossWatch } from './loss-watch.ts';
import { SessionsContext, type SessionsOptions } from './sessions-context.ts';

/**
 * Makes the handlers of the control API. They throw `PeerError` with upstream's number and name when a
 * request is refused; anything else that they throw is a fault of the daemon.
 */
export function createSessions(options: SessionsOptions): ControlHandlers<Caller> {
  const context = new SessionsContext(options);
  const archives = new ArchiveKeeper(context);
  const chunkChanges = new ChunkChanges(context, archives);
  new LossWatch(context);
  return {
    'daemon.info': async () => {
      const { build, ...daemon } = options.daemon;
      return {
        ...daemon,
        version: `lttng-ts ${build.version}`,
        commit: build.commit,
        patches: build.patches,
      };
    },
    ...sessionHandlers(context, chunkChanges, archives),
    ...chunkHandlers(context, chunkChanges),
    ...archiveHandlers(context, archives),
    ...snapshotHandlers(context),
    ...channelHandlers(context),
    ...trackerHandlers(context),
    ...regenerateHandlers(context),
    ...applicationHandlers(context),
  };
}
