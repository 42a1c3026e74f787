/** The commands that change something, talk longer, or are used less than the quick ones of `run.ts`. */
import type { Command } from '../command.ts';
import type { CommandName } from '../options/commands.ts';
import type { ParsedOptions } from '../options/option-spec.ts';
import type { Reporter } from '../results.ts';
import { addContext } from './add-context.ts';
import { archivePolicy } from './archive-policy.ts';
import { clear } from './clear.ts';
import { checkCreateValues, create } from './create.ts';
import { destroy } from './destroy.ts';
import { disableChannel } from './disable-channel.ts';
import { disableEvent } from './disable-event.ts';
import { doctor } from './doctor.ts';
import { checkChannelValues, enableChannel } from './enable-channel.ts';
import { enableEvent } from './enable-event.ts';
import { listen } from './listen.ts';
import { load } from './load.ts';
import { metadata, regenerate } from './regenerate.ts';
import { rotate } from './rotate.ts';
import { disableRotation, enableRotation } from './rotation-schedules.ts';
import { save } from './save.ts';
import { setSession } from './set-session.ts';
import { snapshot } from './snapshot.ts';
import { start } from './start.ts';
import { stop } from './stop.ts';
import { track, untrack } from './track.ts';
import { view } from './view.ts';

export const otherCommands: Readonly<
  Record<Exclude<CommandName, 'help' | 'list' | 'status' | 'version'>, Command>
> = {
  'add-context': addContext,
  'archive-policy': archivePolicy,
  clear,
  create,
  destroy,
  'disable-channel': disableChannel,
  'disable-event': disableEvent,
  'disable-rotation': disableRotation,
  doctor,
  'enable-channel': enableChannel,
  'enable-event': enableEvent,
  'enable-rotation': enableRotation,
  listen,
  metadata,
  regenerate,
  load,
  rotate,
  save,
  'set-session': setSession,
  snapshot,
  start,
  stop,
  track,
  untrack,
  view,
};

/** Checks of option values that come before the refusal of a later word. */
export const valueChecks: Readonly<Record<string, (options: ParsedOptions, reporter: Reporter) => boolean>> =
  {
    create: checkCreateValues,
    'enable-channel': checkChannelValues,
  };
