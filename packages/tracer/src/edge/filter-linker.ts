/** Compiles the daemons' filters for this thread. */
import { toError } from '@lttng-ts/base';
import { decodeFilter, linkFilter } from '@lttng-ts/filter';
import type { Native } from '@lttng-ts/native';
import { FilterFields } from '../thread/filter-fields.ts';
import type { LinkFilter } from '../thread/slot-filters.ts';
import { createContextReader } from './filter-contexts.ts';

export function createFilterLinker(native: Native, log: (message: string) => void): LinkFilter {
  const contexts = createContextReader(native);
  return (bytecode, definition) => {
    try {
      const program = decodeFilter({ bytes: bytecode.bytes, relocOffset: bytecode.relocationOffsetBytes });
      const fields = new FilterFields(definition);
      const { accepts, reason } = linkFilter(program, fields);
      if (reason !== null) log(`Filter never accepts: event="${definition.name}", reason="${reason}"`);
      return (values) => accepts(fields.read(values), contexts);
    } catch (error) {
      // As liblttng-ust: a filter that cannot be linked never accepts, and the program goes on.
      log(`Filter never accepts: event="${definition.name}", reason="${toError(error).message}"`);
      return () => false;
    }
  };
}
