/** The files of recorded command lines (`cases/`) of `lttng` and the daemons; those of babeltrace2 have their own form. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sequence } from './transcripts.ts';

const casesFolder = join(import.meta.dirname, '..', '..', 'cases');

export interface RecordedFile {
  readonly name: string;
  readonly path: string;
  readonly sequences: readonly Sequence[];
}

/** All of them, by name. */
export function recordedFiles(): readonly RecordedFile[] {
  const names = readdirSync(casesFolder).filter((name) => !name.startsWith('babeltrace2-'));
  return names.sort().map((name) => {
    const path = join(casesFolder, name);
    const { sequences }: Pick<RecordedFile, 'sequences'> = JSON.parse(readFileSync(path, 'utf8'));
    return { name, path, sequences };
  });
}
