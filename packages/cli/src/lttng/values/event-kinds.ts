/** Kinds of events that `lttng listen` can be asked for, and the words that it prints of them. */
import type { ChannelLosses, ControlEvent, ControlEventKind } from '@lttng-ts/protocols';

type EventOf<K extends ControlEventKind> = Extract<ControlEvent, { readonly kind: K }>;

const told = {
  'session-created': ({ outputPath }) => (outputPath === '' ? 'created' : `created, output ${outputPath}`),
  'session-started': () => 'started',
  'session-stopped': ({ losses }) => `stopped${lossText(losses)}`,
  'session-destroyed': ({ archivePath, losses }) =>
    `destroyed${archivePath === null ? '' : `, last chunk ${archivePath}`}${lossText(losses)}`,
  'session-cleared': () => 'cleared',
  'rotation-started': ({ chunkId }) => `rotation of chunk ${chunkId} started`,
  'chunk-archived': ({ chunkId, archivePath }) => `chunk ${chunkId} archived: ${archivePath}`,
  'rotation-failed': ({ chunkId, reason }) => `rotation of chunk ${chunkId} failed: ${reason}`,
  'snapshot-recorded': ({ path }) => `snapshot recorded: ${path}`,
  'events-lost': ({ losses }) => `losses so far${lossText(losses)}`,
  'recording-fault': ({ fault: { kind, where, detail, isOngoing } }) =>
    `fault (${isOngoing ? 'ongoing' : 'over'}): ${kind.replaceAll('-', ' ')}: ${where}: ${detail}`,
  'chunk-processed': ({ archivePath, sizeBytes }) =>
    `archive policy done: ${archivePath}, ${sizeBytes} bytes`,
  'chunk-deleted': ({ archivePath }) => `chunk deleted: ${archivePath}`,
  'archive-policy-failed': ({ archivePath, reason }) => `archive policy failed: ${archivePath}: ${reason}`,
  'application-registered': ({ application: { name, pid } }) => `application registered: ${name} (${pid})`,
  'application-unregistered': ({ application: { name, pid }, reason }) =>
    `application unregistered: ${name} (${pid}): ${reason}`,
  'events-skipped': ({ count }) => `${count} events were not told: read faster`,
} satisfies { readonly [K in ControlEventKind]: (event: EventOf<K>) => string };

/** In the order of the table. */
export const eventKinds = Object.keys(told) as readonly ControlEventKind[];

export function isEventKind(word: string): word is ControlEventKind {
  return Object.hasOwn(told, word);
}

/** What happened, in words, without when and to which session. */
export function eventText(event: ControlEvent): string {
  // The table ties each kind to its event; the compiler cannot follow it through a variable.
  const text = told[event.kind] as (event: ControlEvent) => string;
  return text(event);
}

function lossText(losses: readonly ChannelLosses[]): string {
  const lost = losses.filter((each) => each.discardedEventCount > 0 || each.lostPacketCount > 0);
  return lost
    .map(
      ({ channel, discardedEventCount, lostPacketCount }) =>
        `, ${channel}: ${discardedEventCount} events discarded, ${lostPacketCount} packets lost`,
    )
    .join('');
}
