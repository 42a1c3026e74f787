/**
 * The chain of causes of a failure on standard error, the most general one first:
 *
 *     ERROR:    [Babeltrace CLI]
 *       Cannot create components.
 *     CAUSED BY [muxer: 'filter.utils.muxer']
 *       …
 *
 * Differs from upstream: there are no source files and lines, because they say nothing to users; and lines are
 * folded on terminals only, because folded text cannot be searched.
 */
import type { Actor, Cause } from '@lttng-ts/graph';
import type { Colours } from '../text/colours.ts';
import { fold } from '../text/fold.ts';
import { className } from './class-name.ts';

const MARGIN = '  ';

/** `columns` is the width of the terminal, or `null` where there is none. */
export function causesText(causes: readonly Cause[], colours: Colours, columns: number | null): string {
  const { bold, brightRed, reset } = colours;
  const outermostFirst = [...causes].reverse();
  const blocks = outermostFirst.map(({ actor, message }, index) => {
    const head =
      index === 0 ? `${bold}${brightRed}ERROR${reset}:   ` : `${bold}${brightRed}CAUSED BY${reset}`;
    return `${head} [${actorText(actor, colours)}]\n${messageText(message.trimEnd(), columns)}\n`;
  });
  return `\n${blocks.join('')}`;
}

function messageText(message: string, columns: number | null): string {
  if (columns !== null) return fold(message, columns, MARGIN.length);
  return message
    .split('\n')
    .map((line) => (line === '' ? '' : `${MARGIN}${line}`))
    .join('\n');
}

function actorText(actor: Actor, colours: Colours): string {
  const { bold, reset } = colours;
  switch (actor.kind) {
    case 'unknown':
      return `${bold}${actor.module}${reset}`;
    case 'component-class':
      return className(actor.class, colours);
    case 'component':
      return `${bold}${actor.name}${reset}: ${className(actor.class, colours)}`;
    case 'message-iterator':
      return `${bold}${actor.component}${reset} (${bold}${actor.outputPort}${reset}): ${className(actor.class, colours)}`;
  }
}
