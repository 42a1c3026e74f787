/** `lttng enable-rotation` and `lttng disable-rotation`: when the daemon rotates a session by itself. */
import type { RotationSchedules } from '@lttng-ts/protocols';
import { type CommandContext, sessionName } from '../command.ts';
import { attempt, type Failure } from '../control-caller.ts';
import { failed, type Outcome, type RotationSchedule, succeeded } from '../results.ts';
import { parseSizeBytes, parseTimeUs } from '../values/sizes.ts';

type Kind = RotationSchedule['kind'];

/** How upstream's words call each kind, and the option that sets it. */
const kinds = [
  { kind: 'timer', option: 'timer', adjective: 'periodic', valueName: 'periodic option' },
  { kind: 'size', option: 'size', adjective: 'size-based', valueName: 'size-based option' },
] as const satisfies readonly { readonly kind: Kind; readonly [name: string]: string }[];
type KindRow = (typeof kinds)[number];

/** Sets schedules; words after the options are ignored, as upstream does. */
export async function enableRotation(context: CommandContext): Promise<Outcome> {
  const { client, options, reporter } = context;
  const asked: { readonly row: KindRow; readonly value: number }[] = [];
  for (const row of kinds) {
    const text = options.find(row.option);
    if (text === null) continue;
    const value = row.kind === 'timer' ? parseTimeUs(text) : parseSizeBytes(text);
    if (value === null) return refuse(context, `Invalid value for --${row.option} option: ${text}`);
    if (value === 0) return refuse(context, `Invalid value for ${row.valueName}`);
    asked.push({ row, value });
  }
  const session = sessionName(context, options.find('session'));
  if (session === null) return failed();
  if (asked.length === 0) return refuse(context, 'No session rotation schedule parameter provided.');
  let isComplete = true;
  for (const { row, value } of asked) {
    const schedule =
      row.kind === 'timer'
        ? ({ kind: 'timer', periodUs: value } as const)
        : ({ kind: 'size', sizeBytes: value } as const);
    const { failure } = await attempt(client, 'rotation.schedule', { session, schedule });
    reporter.item({ kind: 'rotation-scheduled', session, schedule: { kind: row.kind, value }, failure });
    if (failure === null) continue;
    isComplete = false;
    reporter.error(enableFailureText(row, session, failure));
  }
  return isComplete ? succeeded : failed();
}

/** Ends schedules; words after the options are ignored, as upstream does. */
export async function disableRotation(context: CommandContext): Promise<Outcome> {
  const { client, options, reporter } = context;
  const rows = kinds.filter(({ option }) => options.has(option));
  const session = sessionName(context, options.find('session'));
  if (session === null) return failed();
  if (rows.length === 0) return refuse(context, 'No session rotation schedule type provided.');
  const schedules = await schedulesOf(context, session);
  if (schedules === null) {
    reporter.item({ kind: 'rotation-schedules-unknown', session });
    return refuse(context, `Failed to list rotation schedules of session ${session}`);
  }
  let isComplete = true;
  for (const { kind, adjective } of rows) {
    const value = kind === 'timer' ? schedules.timerUs : schedules.sizeBytes;
    const { failure } = await attempt(client, 'rotation.unschedule', { session, kind });
    reporter.item({ kind: 'rotation-unscheduled', session, schedule: { kind, value }, failure });
    if (failure === null) continue;
    isComplete = false;
    reporter.error(
      failure.name === 'ROTATION_SCHEDULE_NOT_SET'
        ? `No ${adjective} rotation schedule active on session ${session}`
        : `Failed to disable ${adjective} rotation schedule on session ${session}`,
    );
  }
  return isComplete ? succeeded : failed();
}

async function schedulesOf({ client }: CommandContext, name: string): Promise<RotationSchedules | null> {
  const listed = await attempt(client, 'session.list', {});
  if (listed.failure !== null) return null;
  return listed.result.sessions.find((session) => session.name === name)?.rotationSchedules ?? null;
}

function enableFailureText({ adjective }: KindRow, session: string, { name }: Failure): string {
  return name === 'ROTATION_SCHEDULE_SET'
    ? `A ${adjective} rotation schedule is already set on session ${session}`
    : `Failed to enable ${adjective} rotation schedule on session ${session}`;
}

function refuse({ reporter }: CommandContext, text: string): Outcome {
  reporter.error(text);
  return failed();
}
