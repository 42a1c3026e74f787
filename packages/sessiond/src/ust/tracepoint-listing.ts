/** Asks an application for its tracepoints, one entry at a time, with or without their fields. */
import { PeerError } from '@lttng-ts/base';
import type { TracepointFieldInfo, TracepointFieldsInfo } from '@lttng-ts/protocols';
import {
  decodeTracepointEntry,
  fieldEntryTypeName,
  UST_ROOT_HANDLE,
  type UstFieldEntry,
  ustErrorCode,
} from '@lttng-ts/protocols/ust-app';
import type { Application } from './application.ts';
import type { CommandResult } from './core/command-conversation.ts';

/** Entries of one list; an application that never ends it is given up on. */
const MAX_ENTRIES = 1 << 20;

/** Lists the tracepoints that are loaded now. A task of the application's queue. */
export async function listTracepointsOf(
  application: Application,
  withFields: boolean,
): Promise<readonly TracepointFieldsInfo[]> {
  if (withFields) {
    const handle = await application.create('listFields', UST_ROOT_HANDLE, {});
    const entries = await readList(application, handle, () => application.call('getField', handle, {}));
    return groupFields(entries.map(({ field }) => field!));
  }
  const handle = await application.create('listTracepoints', UST_ROOT_HANDLE, {});
  const entries = await readList(application, handle, () => application.call('getTracepoint', handle, {}));
  return entries.map(({ reply }) => ({ ...decodeTracepointEntry(reply), fields: [] }));
}

async function readList(
  application: Application,
  handle: number,
  next: () => Promise<CommandResult>,
): Promise<readonly CommandResult[]> {
  const entries: CommandResult[] = [];
  try {
    while (entries.length < MAX_ENTRIES) entries.push(await next());
    application.end('its list of tracepoints does not end');
  } catch (error) {
    // This code is how a list ends.
    if (!(error instanceof PeerError && error.number === ustErrorCode('NOENT'))) throw error;
  }
  await application.call('release', handle, {});
  return entries;
}

/** Entries of one event follow each other; an event without fields has one entry without a name. */
function groupFields(entries: readonly UstFieldEntry[]): readonly TracepointFieldsInfo[] {
  const events: { name: string; logLevel: number; fields: TracepointFieldInfo[] }[] = [];
  for (const { eventName, logLevel, fieldName, type, isNotWritten } of entries) {
    let event = events.at(-1);
    if (event === undefined || event.name !== eventName) {
      event = { name: eventName, logLevel, fields: [] };
      events.push(event);
    }
    if (fieldName === '') continue;
    event.fields.push({ name: fieldName, type: fieldEntryTypeName(type), isWritten: isNotWritten === 0 });
  }
  return events;
}
