/** The command `summary`: what there is in traces, as text or as JSON. */

import type { FormatError } from '@lttng-ts/base';
import { noticeText, summarizeSteps, type TraceSummary } from '@lttng-ts/ctf';
import { parseReadingFilter, type ReadingFilter } from '@lttng-ts/filter';
import { openCtfTrace } from '@lttng-ts/plugins';
import type { DiscoveredSource } from '../configuration/convert-plan.ts';
import type { SummaryRequest } from '../configuration/summary-words.ts';
import { CommandFailure, faultText } from '../failure.ts';
import { summaryJson } from '../render/summary-json.ts';
import { summaryText } from '../render/summary-text.ts';
import { type CommandContext, type CommandEnd, print } from './command-context.ts';

/** A summary, and the folders that it is of. */
export interface SummarizedTrace {
  readonly paths: readonly string[];
  readonly summary: TraceSummary;
}

export async function summaryCommand(
  context: CommandContext,
  request: SummaryRequest,
  sources: readonly DiscoveredSource[],
): Promise<CommandEnd> {
  const { isJson, isGmt, filters: expressions, classCount, showsProgress, continuesAfterDamage } = request;
  const filters = expressions.map((expression) => parseFilter(expression, isGmt));
  if (sources.length === 0) throw new CommandFailure('No trace to summarize.');
  const traces: SummarizedTrace[] = [];
  const failures: CommandFailure[] = [];
  const progress = showsProgress ? context.world.progress : null;
  try {
    for (const [i, { plugin, className, inputs }] of sources.entries()) {
      if (plugin !== 'ctf' || className !== 'fs') {
        throw new CommandFailure(`Only CTF traces can be summarized: path="${inputs[0]}"`);
      }
      try {
        const show = (fraction: number): void => progress?.show((i + fraction) / sources.length);
        const opening = { continuesAfterDamage, filters };
        const summary = await summarize(context, inputs, opening, show);
        if (summary === null) return 'interrupted';
        traces.push({ paths: inputs, summary });
        if (summary.faults.length > 0) {
          failures.push(damageOf(summary.faults).ledTo(failureOf(inputs)));
        }
      } catch (error) {
        // Told when the other traces are shown.
        if (!(error instanceof CommandFailure)) throw error;
        failures.push(error);
      }
    }
  } finally {
    progress?.end();
  }
  if (traces.length > 0) {
    print(
      context,
      isJson ? summaryJson(traces) : summaryText(traces, { classCount, colours: context.colours }),
    );
  }
  for (const notice of traces.flatMap(({ summary }) => summary.notices)) context.log.warn(noticeText(notice));
  const failure = joined(failures);
  if (failure !== null) throw failure;
  return 'ok';
}

const failureOf = (inputs: readonly string[]): string => `Cannot summarize the trace: path="${inputs[0]}"`;

/** The damage of a trace: each place in it, as reading would tell it. */
const damageOf = (faults: readonly FormatError[]): CommandFailure =>
  new CommandFailure(faults.map(faultText).join('\n'));

/** One failure of all. */
function joined(failures: readonly CommandFailure[]): CommandFailure | null {
  const [first = null, ...others] = failures;
  if (others.length === 0) return first;
  const texts = failures.flatMap(({ causes }) => [...causes].reverse().map(({ message }) => message));
  return new CommandFailure(texts.join('\n')).ledTo(`Cannot summarize all traces: failed=${failures.length}`);
}

function parseFilter(text: string, isGmt: boolean): ReadingFilter {
  try {
    return parseReadingFilter(text, isGmt);
  } catch (error) {
    // A bug goes through as it is.
    throw CommandFailure.from(error) ?? error;
  }
}

/** Steps between two looks at signals. */
const TURN_STEPS = 16;

interface Reading {
  readonly continuesAfterDamage: boolean;
  readonly filters: readonly ReadingFilter[];
}

/** `null`: somebody wants it to stop. */
async function summarize(
  { world }: CommandContext,
  inputs: readonly string[],
  { continuesAfterDamage, filters }: Reading,
  show: (fraction: number) => void,
): Promise<TraceSummary | null> {
  try {
    const steps = summarizeSteps(openCtfTrace(inputs, world.host, { continuesAfterDamage }), filters);
    for (let count = 1; ; count++) {
      const step = steps.next();
      if (step.done === true) return step.value;
      const { doneBytes, totalBytes } = step.value;
      if (totalBytes > 0) show(doneBytes / totalBytes);
      if (count % TURN_STEPS === 0) await world.breathe();
      if (world.isInterrupted()) return null;
    }
  } catch (error) {
    // A bug goes through as it is.
    throw CommandFailure.from(error)?.ledTo(failureOf(inputs)) ?? error;
  }
}
