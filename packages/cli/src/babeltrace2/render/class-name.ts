/** Names of component classes, quoted so that a shell takes them. */
import type { ClassIdentity } from '@lttng-ts/graph';
import type { Colours } from '../text/colours.ts';
import { shellQuoteInside } from '../text/shell-quote.ts';

/** Formats `'source.ctf.fs'`. */
export function className({ kind, plugin, name }: ClassIdentity, colours: Colours): string {
  const { bold, brightCyan, blue, yellow, defaultColour, reset } = colours;
  const pluginPart = plugin === null ? '' : `.${blue}${shellQuoteInside(plugin)}${defaultColour}`;
  return `'${bold}${brightCyan}${kind}${defaultColour}${pluginPart}.${yellow}${shellQuoteInside(name)}${reset}'`;
}
