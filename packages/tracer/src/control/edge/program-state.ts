/** The state of this process for a dump, from the kernel and from the files of its modules. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { namespaceInode, processName } from '../../edge/process-facts.ts';
import { elfFacts } from '../elf-facts.ts';
import { isVdso, type MappedFile, mappedModules } from '../memory-maps.ts';
import { type LoadedModule, type NamespaceName, namespaceNames, type ProgramState } from '../state-dump.ts';

/** What the environment leaves out, with liblttng-ust's variables. */
export interface StateChoices {
  readonly hasModules: boolean;
  readonly hasProcessName: boolean;
}

export function programState({ hasModules, hasProcessName }: StateChoices): ProgramState {
  const namespaces = Object.fromEntries(namespaceNames.map((name) => [name, namespaceInode(name)]));
  return {
    processName: hasProcessName ? processName() : null,
    namespaces: namespaces as Record<NamespaceName, number>,
    modules: hasModules ? loadedModules() : null,
  };
}

function loadedModules(): readonly LoadedModule[] {
  return mappedModules(readFileSync('/proc/self/maps', 'utf8')).flatMap((file) =>
    isVdso(file) ? [vdso(file)] : (readModule(file) ?? []),
  );
}

/** As liblttng-ust tells it: it has no file to look into. */
function vdso({ baseAddress }: MappedFile): LoadedModule {
  return {
    path: '[linux-vdso.so.1]',
    baseAddress,
    sizeBytes: 0n,
    isPositionIndependent: false,
    buildId: null,
    debugLink: null,
  };
}

function readModule({ path, baseAddress }: MappedFile): LoadedModule | null {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    // Replaced or removed since it was loaded: nothing reliable can be said of it.
    return null;
  }
  try {
    const facts = elfFacts((offset, lengthBytes) => {
      const bytes = new Uint8Array(lengthBytes);
      return bytes.subarray(0, readSync(fd, bytes, 0, lengthBytes, offset));
    });
    if (facts === null) return null;
    const { sizeInMemoryBytes: sizeBytes, ...rest } = facts;
    return { path, baseAddress, sizeBytes, ...rest };
  } catch {
    // A directory, a device, an error of the disk.
    return null;
  } finally {
    closeSync(fd);
  }
}
