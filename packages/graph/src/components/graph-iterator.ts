/**
 * The graph's side of a message iterator: checks the order of calls, names the actor of every failure, and seeks for
 * those that cannot.
 */
import { type Actor, guard, PreconditionError, precondition } from '../errors.ts';
import type { FlowItem } from '../messages/event-run.ts';
import { AutoSeek } from './auto-seek.ts';
import type { FlowIterator, FlowIteratorBehaviour, FlowResult, SeekResult } from './component-class.ts';
import type { MessageOrderCheck } from './message-order.ts';

type State = 'active' | 'ended' | 'failed' | 'seek-again' | 'finalized';

export class GraphIterator implements FlowIterator {
  readonly #actor: Actor;
  readonly #behaviour: FlowIteratorBehaviour;
  readonly #check: MessageOrderCheck | null;
  #state: State = 'active';
  /** Comes before what the behaviour gives next. */
  #queued: readonly FlowItem[] | null = null;
  #seek: { readonly ns: bigint; readonly search: AutoSeek | null } | null = null;

  constructor(actor: Actor, behaviour: FlowIteratorBehaviour, check: MessageOrderCheck | null) {
    this.#actor = actor;
    this.#behaviour = behaviour;
    this.#check = check;
  }

  get canSeekForward(): boolean {
    return this.#behaviour.canSeekForward ?? false;
  }

  get damage(): Error | null {
    return this.#behaviour.damage ?? null;
  }

  next(): FlowResult {
    if (this.#state === 'ended') return { kind: 'end' };
    if (this.#state !== 'active') this.#refuseNext();
    const result = this.#queued === null ? this.#nextOfBehaviour() : this.#takeQueued(this.#queued);
    if (result.kind === 'end') this.#state = 'ended';
    else if (result.kind === 'messages') this.#check?.messages(result.messages);
    return result;
  }

  nextFrom(event: number): readonly FlowItem[] | null {
    // Events that come once more are not in order.
    if (this.#state !== 'active' || this.#queued !== null || this.#check !== null) return null;
    try {
      return this.#behaviour.nextFrom?.(event) ?? null;
    } catch (error) {
      return this.#failNext(error);
    }
  }

  /** Apart, so that the message is not made each time. */
  #refuseNext(): never {
    const message = `Message iterator cannot go on: state="${this.#state}"`;
    throw new PreconditionError('message-iterator-next:has-state-to-next', message);
  }

  #takeQueued(messages: readonly FlowItem[]): FlowResult {
    this.#queued = null;
    return { kind: 'messages', messages };
  }

  #nextOfBehaviour(): FlowResult {
    try {
      return this.#behaviour.next();
    } catch (error) {
      return this.#failNext(error);
    }
  }

  #failNext(error: unknown): never {
    this.#state = 'failed';
    return guard(this.#actor, 'Message iterator\'s "next" method failed', () => {
      throw error;
    });
  }

  canSeekBeginning(): boolean {
    this.#checkCanSeek('message-iterator-can-seek-beginning');
    const behaviour = this.#behaviour;
    if (behaviour.canSeekBeginning !== undefined) return behaviour.canSeekBeginning();
    return behaviour.seekBeginning !== undefined;
  }

  seekBeginning(): SeekResult {
    precondition(
      this.canSeekBeginning() && this.#behaviour.seekBeginning !== undefined,
      'message-iterator-seek-beginning:can-seek-beginning',
      'Message iterator cannot seek its beginning',
    );
    this.#seek = null;
    this.#queued = null;
    const result = this.#guardSeek('seek beginning', () => this.#behaviour.seekBeginning!());
    this.#check?.reset();
    return this.#afterSeek(result);
  }

  seekBefore(ns: bigint): SeekResult {
    const behaviour = this.#behaviour;
    if (behaviour.seekBefore === undefined) return this.seekBeginning();
    this.#seek = null;
    this.#queued = null;
    const result = this.#guardSeek('seek before nanoseconds from origin', () => behaviour.seekBefore!(ns));
    this.#check?.reset();
    return this.#afterSeek(result);
  }

  canSeekNsFromOrigin(ns: bigint): boolean {
    this.#checkCanSeek('message-iterator-can-seek-ns-from-origin');
    return this.#canSeekByItself(ns) || (this.canSeekForward && this.canSeekBeginning());
  }

  #canSeekByItself(ns: bigint): boolean {
    const behaviour = this.#behaviour;
    if (behaviour.seekNsFromOrigin === undefined) return false;
    return behaviour.canSeekNsFromOrigin?.(ns) ?? true;
  }

  seekNsFromOrigin(ns: bigint): SeekResult {
    precondition(
      this.canSeekNsFromOrigin(ns),
      'message-iterator-seek-ns-from-origin:can-seek-ns-from-origin',
      `Message iterator cannot seek nanoseconds from origin: ns-from-origin=${ns}`,
    );
    this.#check?.reset(ns);
    if (this.#canSeekByItself(ns)) {
      this.#queued = null;
      const seek = (): SeekResult => this.#behaviour.seekNsFromOrigin!(ns);
      return this.#afterSeek(this.#guardSeek('seek nanoseconds from origin', seek));
    }
    return this.#afterSeek(this.#guardSeek('seek nanoseconds from origin', () => this.#searchTime(ns)));
  }

  /** Goes on with the search that returned `again` before, when it is for the same time. */
  #searchTime(ns: bigint): SeekResult {
    let search = this.#seek?.ns === ns ? this.#seek.search : null;
    if (search === null) {
      this.#queued = null;
      const behaviour = this.#behaviour;
      const gone = behaviour.seekBefore?.(ns) ?? behaviour.seekBeginning!();
      if (gone === 'again') return 'again';
      search = new AutoSeek(ns);
      this.#seek = { ns, search };
    }
    for (;;) {
      const result = this.#behaviour.next();
      if (result.kind === 'again') return 'again';
      const found = result.kind === 'end' ? search.opening() : search.take(result.messages);
      if (found === null) continue;
      this.#queued = found.length === 0 ? null : found;
      this.#seek = null;
      return 'ok';
    }
  }

  #guardSeek(what: string, action: () => SeekResult): SeekResult {
    try {
      return action();
    } catch (error) {
      this.#state = 'failed';
      return guard(this.#actor, `Message iterator's "${what}" method failed`, () => {
        throw error;
      });
    }
  }

  #afterSeek(result: SeekResult): SeekResult {
    this.#state = result === 'ok' ? 'active' : 'seek-again';
    return result;
  }

  #checkCanSeek(prefix: string): void {
    precondition(
      this.#state !== 'finalized',
      `${prefix}:has-state-to-seek`,
      `Message iterator cannot seek: state="${this.#state}"`,
    );
  }

  finalize(): void {
    if (this.#state === 'finalized') return;
    this.#state = 'finalized';
    this.#behaviour.finalize?.();
  }
}
