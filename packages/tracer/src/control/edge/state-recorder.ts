/** Records single events of the control worker itself: those of state dumps. */
import { toError } from '@lttng-ts/base';
import type { Native, Recording, Slot } from '@lttng-ts/native';
import { createFilterLinker } from '../../edge/filter-linker.ts';
import { createEncoder } from '../../encode/encoder.ts';
import { type Alignment, planPayload } from '../../encode/plan.ts';
import { NO_ROOM } from '../../encode/runtime.ts';
import { Scratch } from '../../thread/scratch.ts';
import type { StatePort } from '../ports.ts';
import { stateEvents } from '../state-dump.ts';
import { programState, type StateChoices } from './program-state.ts';

export interface StateRecorderOptions {
  readonly native: Native;
  readonly alignment: Alignment;
  readonly choices: StateChoices;
  readonly log: (message: string) => void;
}

export function createStateRecorder({ native, alignment, choices, log }: StateRecorderOptions): StatePort {
  const { recorder } = native;
  const link = createFilterLinker(native, log);
  let scratch: Scratch | null = null;
  let slot: Slot | null = null;
  return {
    events() {
      try {
        return stateEvents(programState(choices));
      } catch (error) {
        // No /proc: the program is recorded all the same.
        log(`No state is dumped: ${toError(error).message}`);
        return [];
      }
    },
    accepts: ({ definition, values }, filters) => filters.some((filter) => link(filter, definition)(values)),
    emit({ definition, values }, targets) {
      scratch ??= new Scratch(recorder);
      slot ??= recorder.allocateSlot();
      const plan = planPayload(definition.fields, alignment);
      scratch.reserve(plan.fixedBytes);
      const encode = createEncoder(plan, false);
      let lengthBytes = encode(scratch.bytes, scratch.view, ...values);
      while (lengthBytes === NO_ROOM && scratch.grow()) {
        lengthBytes = encode(scratch.bytes, scratch.view, ...values);
      }
      if (lengthBytes === NO_ROOM) return;
      const recordings = targets.map(
        ({ channel, eventId }): Recording => ({
          bit: 0,
          channel,
          eventId,
          payloadAlignBytes: plan.alignBytes,
        }),
      );
      recorder.setRecordings(slot, recordings, 0);
      recorder.emit(slot, lengthBytes, 1);
      recorder.setRecordings(slot, [], 0);
    },
  };
}
