/** What all handlers of the control API share: the sessions, the application side, the clock, and the way into a session. */
import type { BuildInfo } from '@lttng-ts/base';
import type {
  AnsweredMethod,
  ChannelLosses,
  ControlEventBody,
  ControlHandlers,
  SessionInfo,
  TraceFormat,
} from '@lttng-ts/protocols';
import type { Log } from '../ust/ports.ts';
import type { RelayAbilities, UstDomain, UstStatistics } from '../ust/ust-domain.ts';
import type { ArchivePorts } from './archive-ports.ts';
import type { Caller } from './caller.ts';
import { isConsumerSilence, refusalOfSilence } from './consumer-silence.ts';
import type { EventHub } from './event-hub.ts';
import { channelLosses, lossesByChannel } from './losses.ts';
import { refusalOfRelay } from './network-output.ts';
import type { FindAccountId } from './process-trackers.ts';
import { refuse } from './refusal.ts';
import type { Session } from './session.ts';
import type { Moment } from './session-chunks.ts';
import { type SessionNotePorts, SessionNotes } from './session-notes.ts';
import { SessionRegistry } from './session-registry.ts';

/** What the sessions need of the world. */
export interface SessionsOptions {
  readonly ust: UstDomain;
  /** What `daemon.info` answers. */
  readonly daemon: { readonly build: BuildInfo; readonly pid: number; readonly uid: number };
  /** Of sessions whose creator does not say; left out: `ctf-1.8`. */
  readonly defaultTraceFormat?: TraceFormat;
  /** Milliseconds since the epoch, now. */
  readonly nowMs: () => number;
  /** Offset of local time from UTC at a time, in minutes, east positive (`TraceHost.utcOffsetMinutes`). */
  readonly utcOffsetMinutes: (timeS: number) => number;
  readonly findAccountId: FindAccountId;
  /** Calls back once after a time; the returned function cancels it. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
  /** Hears of everything that callers may want to know. */
  readonly events: EventHub;
  readonly archives: ArchivePorts;
  readonly sessionNotes: SessionNotePorts;
  readonly log: Log;
}

/** The handlers of a group of methods. */
export type HandlersOf<M extends AnsweredMethod> = Pick<ControlHandlers<Caller>, M>;

/** An event of a session without its name. */
export type SessionEventBody = WithoutSession<Extract<ControlEventBody, { readonly session: string }>>;
type WithoutSession<E> = E extends unknown ? Omit<E, 'session'> : never;

export class SessionsContext {
  readonly registry = new SessionRegistry();
  readonly options: SessionsOptions;
  readonly ust: UstDomain;
  readonly notes: SessionNotes;
  #lastRuleId = 0;

  constructor(options: SessionsOptions) {
    this.options = options;
    this.ust = options.ust;
    this.notes = new SessionNotes(options.sessionNotes, options.log);
  }

  get now(): Moment {
    const timeS = Math.floor(this.options.nowMs() / 1000);
    return { timeS, utcOffsetMinutes: this.options.utcOffsetMinutes(timeS) };
  }

  nextRuleId(): number {
    return ++this.#lastRuleId;
  }

  /** Runs a task of a session's queue; a session that was destroyed meanwhile is not there. */
  async inSession<T>(name: string, caller: Caller, task: (session: Session) => Promise<T>): Promise<T> {
    const session = this.registry.require(name, caller);
    try {
      return await session.queue.run(async () => {
        if (session.state === 'destroyed') refuse('SESS_NOT_FOUND');
        return await task(session);
      });
    } catch (error) {
      throw isConsumerSilence(error) ? refusalOfSilence(error) : error;
    }
  }

  /** Tells those who listen what happened to a session. */
  tell(session: Session, body: SessionEventBody): void {
    const { name, ownerUid } = session.identity;
    this.tellOf(name, ownerUid, body);
  }

  /** The same of a session that is gone. */
  tellOf(session: string, ownerUid: number, body: SessionEventBody): void {
    this.options.events.tell({ ...body, session } as ControlEventBody, ownerUid);
  }

  /**
   * Connects a session with network output to its relay daemon, as upstream does before the first channel. Throws
   * upstream's refusal.
   */
  async connect(session: Session): Promise<RelayAbilities | null> {
    if (session.identity.network === null) return null;
    return await this.ust.connect(session.desired).catch((error: unknown) => {
      throw isConsumerSilence(error) ? refusalOfSilence(error) : refusalOfRelay(error);
    });
  }

  /** Lets applications follow a change of a session that records. */
  async update(session: Session): Promise<void> {
    if (session.isActive) await this.ust.update(session.desired);
  }

  /** The session as callers see it now. */
  async infoOf(session: Session): Promise<SessionInfo> {
    const statistics = await this.ust.statistics(session.identity.id);
    return session.info(lossesByChannel(statistics), statistics.faults);
  }

  /** What a session has lost so far. */
  async lossesOf(session: Session): Promise<readonly ChannelLosses[]> {
    return lossesIn(session, await this.ust.statistics(session.identity.id));
  }
}

/** The losses of a session in the statistics of its buffers. */
export function lossesIn(session: Session, statistics: UstStatistics): readonly ChannelLosses[] {
  return channelLosses(session.channelNames, lossesByChannel(statistics));
}
