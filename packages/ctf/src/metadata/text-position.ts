/** Errors that say where in metadata text they are. */
import { FormatError } from '@lttng-ts/base';

/** Makes a `FormatError` that says where in `text` it happened. */
export function errorAt(text: string, at: number, message: string): FormatError {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  return new FormatError(message).within('Metadata', { line, column });
}
