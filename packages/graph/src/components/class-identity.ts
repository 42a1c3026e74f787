/** How people call a component class. */
import type { ComponentClass, ComponentKind } from './component-class.ts';

/** `source.ctf.fs`; without a plugin, `source.mine`. */
export interface ClassIdentity {
  readonly kind: ComponentKind;
  readonly plugin: string | null;
  readonly name: string;
}

export function identityOf({ kind, plugin, name }: ComponentClass): ClassIdentity {
  return { kind, plugin: plugin ?? null, name };
}

/** Formats `source.ctf.fs`. */
export function formatClass({ kind, plugin, name }: ClassIdentity): string {
  return [kind, ...(plugin === null ? [] : [plugin]), name].join('.');
}
