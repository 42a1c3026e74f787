/** Agreement on the version of the message rules, before there is a graph. */
import type { MipVersion } from '../ir/trace.ts';
import { Logger, type LogLevel, type LogSink, SILENT_LOG } from '../log.ts';
import { EMPTY_MAP, type Value } from '../values.ts';
import type { ComponentClass } from './component-class.ts';

export const MIP_VERSIONS: readonly MipVersion[] = [0, 1];

/** A component that is meant to be in a graph. */
export interface ComponentDescriptor {
  readonly class: ComponentClass;
  readonly params?: Value;
  /** Passed through to the class. */
  readonly data?: unknown;
}

/**
 * The greatest version of `allowed` that every component supports; `null` when there is none: these components cannot
 * work together.
 */
export function greatestMipVersion(
  components: readonly ComponentDescriptor[],
  allowed: readonly MipVersion[] = MIP_VERSIONS,
  { logLevel = 'warning', log = SILENT_LOG }: { logLevel?: LogLevel; log?: LogSink } = {},
): MipVersion | null {
  let common = allowed;
  for (const { class: componentClass, params } of components) {
    const logger = new Logger(componentClass.name, logLevel, log);
    const supported = componentClass.supportedMipVersions?.(params ?? EMPTY_MAP, logger) ?? MIP_VERSIONS;
    common = common.filter((version) => supported.includes(version));
  }
  return common.length === 0 ? null : (Math.max(...common) as MipVersion);
}
