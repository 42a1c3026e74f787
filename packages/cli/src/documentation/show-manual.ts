/**
 * What `lttng help` and `--help` of `lttng` and its daemons do: they let `man` show the page, which is taken from the
 * folder `man` beside the program's own, so that nothing need be installed in the manual's path.
 */
import { join } from 'node:path';
import type { Machine, ProgramEnd } from '../lttng/machine.ts';
import { lttngPages } from './lttng-pages.ts';
import type { ManualPage } from './page.ts';
import { pageText } from './page-text.ts';

/** Where upstream looks for it. */
const MAN = '/usr/bin/man';
const DEFAULT_COLUMNS = 80;

/** What {@link showManual} needs of the world. */
export interface ManualWorld {
  readonly machine: Pick<Machine, 'environment' | 'isExecutable' | 'readText' | 'run'>;
  /** The program's folder with links followed; its pages are in `../man`. */
  readonly realProgramFolder: string;
  print(text: string): void;
}

/** Shows the page of this name, which is one of `lttng`'s: in `man`, or as plain text where there is none. */
export async function showManual(name: string, world: ManualWorld): Promise<ProgramEnd> {
  const page = lttngPages.find((candidate) => candidate.name === name);
  if (page === undefined) return { kind: 'not-started', reason: 'No such page' };
  const { machine } = world;
  const given = machine.environment['LTTNG_MAN_BIN_PATH'];
  const folder = join(world.realProgramFolder, '..', 'man');
  if (given === undefined && !hasPage(folder, page, machine)) {
    // Differs from upstream: it needs `man` and an installed page, because its help is nowhere else.
    world.print(pageText(page, columnsOf(machine.environment)));
    return { kind: 'exited', exitCode: 0 };
  }
  return await machine.run(given ?? MAN, ['-M', folder, String(page.volume), page.name], 'inherited');
}

const hasPage = (folder: string, { name, volume }: ManualPage, machine: ManualWorld['machine']): boolean =>
  machine.isExecutable(MAN) && machine.readText(join(folder, `man${volume}`, `${name}.${volume}`)) !== null;

/** The width that `man` would take. */
function columnsOf(environment: Machine['environment']): number {
  const columns = Number(environment['MANWIDTH'] ?? environment['COLUMNS']);
  return columns >= 20 ? columns : DEFAULT_COLUMNS;
}
