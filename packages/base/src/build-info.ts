/** What a build of this project is: which version, of which commit, with whose patches. */

export interface VendorPatch {
  readonly name: string;
  readonly description: string;
}

export interface BuildInfo {
  readonly version: string;
  /** Abbreviated, with `-dirty` for changes that are in no commit; null where it is not known. */
  readonly commit: string | null;
  /** What vendors registered in `vendor-patches/` when they built it. */
  readonly patches: readonly VendorPatch[];
}

/** The version that the sources are, for what was not built with `npm run build`. */
export const unknownBuild: BuildInfo = { version: '0.1.0', commit: null, patches: [] };

/** Reads the text of `build-info.json`; `unknownBuild` when it is none. */
export function parseBuildInfo(text: string): BuildInfo {
  try {
    const value: Partial<BuildInfo> = JSON.parse(text);
    const { version, commit = null, patches = [] } = value;
    return typeof version === 'string' ? { version, commit, patches } : unknownBuild;
  } catch {
    // Half written, or somebody else's file: nothing depends on it.
    return unknownBuild;
  }
}

/**
 * Entries of a trace's environment that tell which build recorded it. Differs from upstream: their names are
 * ours, because upstream's traces tell the tracer's version only.
 */
export function buildEnvironment({ version, commit, patches }: BuildInfo): ReadonlyMap<string, string> {
  return new Map([
    ['lttng_ts_version', version],
    ...(commit === null ? [] : [['lttng_ts_commit', commit] as const]),
    ...(patches.length === 0
      ? []
      : [['lttng_ts_patches', patches.map(({ name }) => name).join(', ')] as const]),
  ]);
}
