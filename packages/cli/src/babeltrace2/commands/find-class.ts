/** Looking up component classes by the names that people give. */
import type { ComponentClass } from '@lttng-ts/graph';
import type { ComponentClassName } from '../configuration/component-argument.ts';
import { CommandFailure } from '../failure.ts';
import type { CommandContext } from './command-context.ts';

/** The class of this name; throws {@link CommandFailure} when no plugin has it. */
export function requireClass(
  { plugins }: Pick<CommandContext, 'plugins'>,
  { type, plugin, className }: ComponentClassName,
): ComponentClass {
  const found = plugins.findClass(type, plugin, className);
  if (found === null)
    throw new CommandFailure(`Cannot find component class: ${describeClass({ type, plugin, className })}`);
  return found;
}

/** Upstream's way to name a class in messages. */
export function describeClass({ type, plugin, className }: ComponentClassName): string {
  return `plugin-name="${plugin}", comp-cls-name="${className}", comp-cls-type=${type.toUpperCase()}`;
}
