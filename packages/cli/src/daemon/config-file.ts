/**
 * The INI dialect of upstream's daemon configuration files, as its parser (inih) reads it: sections in
 * brackets, `name=value` or `name: value`, comments from `;` or `#` at the start of a line and from ` ;`
 * within a line. What is neither is passed over. Pure.
 */
import { parseNumber } from './start.ts';

export interface ConfigEntry {
  readonly name: string;
  readonly value: string;
}

/** The entries of one section, in their order. */
export function configEntries(text: string, section: string): readonly ConfigEntry[] {
  const entries: ConfigEntry[] = [];
  let current = '';
  for (const raw of text.replace(/^\ufeff/, '').split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith(';') || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      const end = withoutComment(line).indexOf(']');
      if (end > 0) current = line.slice(1, end);
      continue;
    }
    const separator = line.search(/[=:]/);
    if (separator < 0 || current !== section) continue;
    const name = line.slice(0, separator).trim();
    const value = line.slice(separator + 1).trimStart();
    entries.push({ name, value: withoutComment(value).trimEnd() });
  }
  return entries;
}

/** A semicolon begins a comment where white space is before it. */
function withoutComment(text: string): string {
  return text.replace(/\s;.*$/, '');
}

/** Value of a switch: a word or a number (`verbose=2`), 0 for off; `null` when it is neither. */
export function parseSwitch(value: string): number | null {
  const number = parseNumber(value);
  if (number !== null) return Number(number);
  if (/^(true|yes|on)$/i.test(value)) return 1;
  if (/^(false|no|off)$/i.test(value)) return 0;
  return null;
}
