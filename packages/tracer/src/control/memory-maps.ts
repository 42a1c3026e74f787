/** The files that `/proc/self/maps` says are mapped as programs and libraries (proc(5)). */

export interface MappedFile {
  readonly path: string;
  /** Where its first byte lies. */
  readonly baseAddress: bigint;
}

const LINE = /^([0-9a-f]+)-[0-9a-f]+ (\S{4}) ([0-9a-f]+) \S+ (\d+) +(.*)$/;
/** The kernel's page of functions has no file. */
const VDSO = '[vdso]';

/** Files with a mapping of their beginning and one that can be executed, in the order of their addresses. */
export function mappedModules(maps: string): readonly MappedFile[] {
  const begins = new Map<string, bigint>();
  const executable = new Set<string>();
  for (const line of maps.split('\n')) {
    const [, begin = '', access = '', offset = '', inode, path = ''] = LINE.exec(line) ?? [];
    if (path === '' || (inode === '0' && path !== VDSO)) continue;
    if (Number.parseInt(offset, 16) === 0 && !begins.has(path)) begins.set(path, BigInt(`0x${begin}`));
    if (access[2] === 'x') executable.add(path);
  }
  return [...begins]
    .filter(([path]) => executable.has(path))
    .map(([path, baseAddress]) => ({ path, baseAddress }));
}

/** Whether it is the kernel's own page. */
export const isVdso = ({ path }: MappedFile): boolean => path === VDSO;
