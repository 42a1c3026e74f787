/** The argument of `--component`: `[NAME:]TYPE.PLUGIN.CLS`, where `\` escapes `.`, `:` and itself. */
import { CommandFailure } from '../failure.ts';
import { isPrintable, takeUntil } from '../text/take-until.ts';

export type ComponentType = 'source' | 'filter' | 'sink';

export interface ComponentClassName {
  readonly type: ComponentType;
  readonly plugin: string;
  readonly className: string;
}

export interface ComponentArgument extends ComponentClassName {
  /** `null` when none is given. */
  readonly name: string | null;
}

const TYPES: Readonly<Record<string, ComponentType>> = {
  source: 'source',
  src: 'source',
  filter: 'filter',
  flt: 'filter',
  sink: 'sink',
};

const ESCAPABLE = '.:\\';

/** Reads the argument; throws {@link CommandFailure} with the reason, or with `misformed` when it has none. */
export function parseComponentArgument(argument: string, misformed: string): ComponentArgument {
  if (!isPrintable(argument)) {
    throw new CommandFailure('Argument contains a non-printable character.').ledTo(misformed);
  }
  const refuse = (reason: string): CommandFailure => new CommandFailure(reason).ledTo(misformed);
  const name = takeUntil(argument, 0, { escapable: ESCAPABLE, endings: ':' });
  const hasName = argument[name.end] === ':';
  const type = takeUntil(argument, hasName ? name.end + 1 : 0, { escapable: ESCAPABLE, endings: '.' });
  if (type.end >= argument.length) {
    throw refuse('Missing component class type (`source`, `filter`, or `sink`).');
  }
  if (!Object.hasOwn(TYPES, type.text)) throw refuse(`Unknown component class type: \`${type.text}\`.`);
  const plugin = takeUntil(argument, type.end + 1, { escapable: ESCAPABLE, endings: '.' });
  if (plugin.text === '' || plugin.end >= argument.length) {
    throw refuse('Missing plugin or component class name.');
  }
  const className = takeUntil(argument, plugin.end + 1, { escapable: ESCAPABLE, endings: '.' });
  if (className.text === '') throw refuse('Missing component class name.');
  // A dot that is not escaped: there is one part too many.
  if (className.end < argument.length) throw new CommandFailure(misformed);
  return {
    name: hasName && name.text !== '' ? name.text : null,
    type: TYPES[type.text]!,
    plugin: plugin.text,
    className: className.text,
  };
}

/** Upstream's word for a type in messages. */
export const typeWord = (type: ComponentType): string => type.toUpperCase();
