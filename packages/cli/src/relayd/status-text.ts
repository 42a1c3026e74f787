/** The status of a relay daemon as text. Pure. */
import type { RelayStatus, SessionStatus, StreamStatus } from '@lttng-ts/relayd';

/** Lines with their newlines. */
export function statusText(status: RelayStatus): string {
  const { counters, openConnections: open } = status;
  const lines = [
    `Relay daemon: pid ${status.pid}, up ${status.uptimeS} s, output ${status.outputPath}`,
    `Open files: ${status.openFiles} of ${status.maxOpenFiles}`,
    `Connections: control ${open.control}, data ${open.data}, live ${open.live}; refused ${counters.refusedConnections}, timed out ${counters.timeouts}, broken ${counters.faults}`,
    `Received: ${counters.packets} packets, ${counters.packetBytes} bytes, ${counters.indexEntries} index entries, ${counters.metadataBytes} bytes of metadata`,
    `Sent to live readers: ${counters.sentPackets} packets, ${counters.sentBytes} bytes`,
    `Refused by quota: ${counters.quotaRefusals}; producers that came back: ${counters.resumptions}`,
    `Sessions: ${status.sessions.length} now, ${counters.sessions} since the start; streams: ${counters.streams} since the start`,
    ...status.sessions.flatMap(sessionLines),
  ];
  return `${lines.join('\n')}\n`;
}

function sessionLines(session: SessionStatus): readonly string[] {
  const { id, name, hostname, address, minor, isLive, hasViewer, isWaiting, streams } = session;
  const notes = [isLive && 'live', hasViewer && 'read', isWaiting && 'producer away'].filter(Boolean);
  const more = notes.length === 0 ? '' : `, ${notes.join(', ')}`;
  return [
    `- ${name} of ${hostname} (${address}): session ${id}, protocol 2.${minor}, ${streams.length} streams${more}`,
    ...streams.map(streamLine),
  ];
}

function streamLine(stream: StreamStatus): string {
  const { path, channel, packets, bytes, discardedEvents, lagPackets, incompletePackets } = stream;
  const parts = [
    `${packets} packets`,
    `${bytes} bytes`,
    ...(discardedEvents === null ? [] : [`${discardedEvents} events discarded`]),
    ...(lagPackets === null ? [] : [`live reader ${lagPackets} packets behind`]),
    ...(incompletePackets === 0 ? [] : [`${incompletePackets} packets incomplete`]),
  ];
  return `    ${path}/${channel}: ${parts.join(', ')}`;
}
