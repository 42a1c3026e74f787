/** Compiles the daemons' filters for this thread. */
import { toError } from '@lttng-ts/base';
import { decodeFilter, linkFilter } from '@lttng-ts/filter';
import type { Native } from '@lttng-ts/native';
import { createFieldResolver, createValueReader } from '../thread/filter-fields.ts';
import type { LinkFilter } from '../thread/slot-filters.ts';
import { createContextReader } from './filter-contexts.ts';

export function createFilterLinker(native: Native, log: (message: string) => void): LinkFilter {
  const contexts = createContextReader(native);
  return (bytecode, definition) => {
    try {
      const program = decodeFilter({ bytes: bytecode.bytes, relocOffset: bytecode.relocationOffsetBytes });
      const { accepts, reason } = linkFilter(program, createFieldResolver(definition));
      if (reason !== null) log(`Filter never accepts: event="${definition.name}", reason="${reason}"`);
      const read = createValueReader(definition);
      return (values) => accepts(read(values), contexts);
    } catch (error) {
      // As liblttng-ust: a filter that cannot be linked never accepts, and the program goes on.
      log(`Filter never accepts: event="${definition.name}", reason="${toError(error).message}"`);
      return () => false;
    }
  };
}
