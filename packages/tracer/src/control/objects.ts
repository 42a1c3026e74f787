/**
 * The objects that a session daemon makes in an application, and their handles. An object lives as long as its
 * own handle or one of its children; the root has handle 0.
 */
import type { Fd, RecorderChannelId, StreamMemory } from '@lttng-ts/native';
import type {
  UstContext,
  UstField,
  UstFieldEntry,
  UstHandleKind,
  UstTracepointEntry,
} from '@lttng-ts/protocols/ust-app';
import type { ChannelShape } from './channel-shape.ts';
import type { EventClass } from './event-registry.ts';
import type { FilterBytecode } from './event-rule.ts';

interface ObjectBase {
  readonly handle: number;
  /** The object that this one keeps alive. */
  readonly parent: ApplicationObject | null;
  /** The daemon has not released the handle. */
  isOwned: boolean;
  childCount: number;
}

export interface SessionObject extends ObjectBase {
  readonly kind: 'session';
  isActive: boolean;
  /** Channels and contexts cannot be added any more. */
  wasActive: boolean;
  readonly channels: Set<ChannelObject>;
  /** Ids that the daemon gave enumerations, by their key. */
  readonly enumIds: Map<string, bigint>;
}

export interface ChannelObject extends ObjectBase {
  readonly kind: 'channel';
  readonly session: SessionObject;
  readonly shape: ChannelShape;
  readonly wakeupFd: Fd;
  isEnabled: boolean;
  /** Streams that arrived, in order. */
  streamCount: number;
  /** Streams that the recorder has not taken over yet. */
  readonly streams: StreamMemory[];
  readonly contexts: UstContext[];
  readonly contextFields: UstField[];
  readonly enablers: Set<EnablerObject>;
  /** Ids of registered events; `null` for one that the daemon refused: it is not asked again. */
  readonly eventIds: Map<EventClass, number | null>;
  /** The channel in the recorder, once its session was started. */
  recorderChannel: RecorderChannelId | null;
}

export interface EnablerObject extends ObjectBase {
  readonly kind: 'enabler';
  readonly channel: ChannelObject;
  readonly pattern: string;
  readonly logLevelType: number;
  readonly logLevel: number;
  isEnabled: boolean;
  readonly filters: FilterBytecode[];
  readonly exclusions: string[];
}

export interface ListObject<Entry> extends ObjectBase {
  readonly entries: readonly Entry[];
  next: number;
}
export interface TracepointListObject extends ListObject<UstTracepointEntry> {
  readonly kind: 'tracepoint-list';
}
export interface FieldListObject extends ListObject<UstFieldEntry> {
  readonly kind: 'field-list';
}

/** Triggers: kept for the daemon, they never fire. */
export interface PassiveObject extends ObjectBase {
  readonly kind: 'event-notifier-group' | 'event-notifier' | 'counter';
  /** Descriptors that the object keeps open. */
  readonly fds: Fd[];
}

export type ApplicationObject =
  | SessionObject
  | ChannelObject
  | EnablerObject
  | TracepointListObject
  | FieldListObject
  | PassiveObject;

export type ObjectKind = Exclude<UstHandleKind, 'any' | 'root'>;

/** The handles of one daemon's connection. */
export class HandleTable {
  readonly #objects: (ApplicationObject | null)[] = [null];
  readonly #free: number[] = [];

  /** Makes an object from what its kind needs; `parent` lives at least as long. */
  add<O extends ApplicationObject>(
    parent: ApplicationObject | null,
    make: Omit<O, 'handle' | 'parent' | 'isOwned' | 'childCount'>,
  ): O {
    const handle = this.#free.pop() ?? this.#objects.length;
    const made = { ...make, handle, parent, isOwned: true, childCount: 0 } as unknown as O;
    this.#objects[handle] = made;
    if (parent !== null) parent.childCount++;
    return made;
  }

  find(handle: number): ApplicationObject | null {
    const found = this.#objects[handle] ?? null;
    return found?.isOwned ? found : null;
  }

  /** Releases a handle. Returns the objects that nobody keeps any more, children first. */
  release(released: ApplicationObject): readonly ApplicationObject[] {
    released.isOwned = false;
    const ended: ApplicationObject[] = [];
    for (let object: ApplicationObject | null = released; object !== null; object = object.parent) {
      if (object.isOwned || object.childCount > 0) break;
      ended.push(object);
      this.#objects[object.handle] = null;
      this.#free.push(object.handle);
      if (object.parent !== null) object.parent.childCount--;
    }
    return ended;
  }

  /** Everything that is still there, children before parents; the table is empty afterwards. */
  clear(): readonly ApplicationObject[] {
    const all = this.#objects.filter((object) => object !== null);
    this.#objects.length = 1;
    this.#free.length = 0;
    return all.sort((a, b) => depthOf(b) - depthOf(a));
  }
}

function depthOf(object: ApplicationObject): number {
  let depth = 0;
  for (let parent = object.parent; parent !== null; parent = parent.parent) depth++;
  return depth;
}
