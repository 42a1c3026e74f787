/** What is known of the code of a process: which binary is where, and what its debugging information says. */
import { LttngError } from '@lttng-ts/base';
import type { InputFiles } from '../../host.ts';
import { ElfFile, type ElfFunction } from './elf-file.ts';
import { findOwnRow, type LineRow, readLineTable } from './line-table.ts';

/** Texts of an instruction pointer; empty where nothing is known. */
export interface CodeLocation {
  readonly bin: string;
  readonly func: string;
  readonly src: string;
}

export const UNKNOWN_LOCATION: CodeLocation = { bin: '', func: '', src: '' };

export interface LocationOptions {
  /** Put before the paths of binaries. */
  readonly targetPrefix: string;
  /** Where separate debugging information is looked for. */
  readonly debugInfoFolder: string;
  /** Whole paths in texts, instead of last parts. */
  readonly hasFullPaths: boolean;
}

export interface LoadedBinary {
  readonly path: string;
  readonly baseAddress: bigint;
  readonly sizeBytes: bigint;
  /** Whether its addresses are relative to where it is loaded. */
  readonly isPic: boolean;
  /** Where it says that its debugging information lies. */
  buildId: Uint8Array | null;
  debugLink: string | null;
}

/** Binaries of one process, by address. */
export class ProcessBinaries {
  readonly #loaded = new Map<bigint, LoadedBinary>();

  load(binary: LoadedBinary): void {
    // The first that comes stays: dumps of the state may repeat it.
    if (binary.sizeBytes !== 0n && !this.#loaded.has(binary.baseAddress)) {
      this.#loaded.set(binary.baseAddress, binary);
    }
  }

  unload(baseAddress: bigint): void {
    this.#loaded.delete(baseAddress);
  }

  clear(): void {
    this.#loaded.clear();
  }

  at(baseAddress: bigint): LoadedBinary | null {
    return this.#loaded.get(baseAddress) ?? null;
  }

  /** The binary whose code is at `ip`. */
  find(ip: bigint): LoadedBinary | null {
    for (const binary of this.#loaded.values()) {
      if (ip >= binary.baseAddress && ip < binary.baseAddress + binary.sizeBytes) return binary;
    }
    return null;
  }
}

interface DebugInformation {
  readonly functions: readonly ElfFunction[];
  readonly lines: readonly LineRow[];
}

const NO_INFORMATION: DebugInformation = { functions: [], lines: [] };

/** Reads each binary once. */
export class CodeLocations {
  readonly #files: InputFiles;
  readonly #options: LocationOptions;
  readonly #information = new Map<string, DebugInformation>();

  constructor(files: InputFiles, options: LocationOptions) {
    this.#files = files;
    this.#options = options;
  }

  locate(binary: LoadedBinary, ip: bigint): CodeLocation {
    const { hasFullPaths } = this.#options;
    const shown = (path: string): string => (hasFullPaths ? path : path.split('/').at(-1)!);
    const offset = ip - binary.baseAddress;
    const address = binary.isPic ? offset : ip;
    const bin = `${shown(binary.path)}${binary.isPic ? '+' : '@'}0x${address.toString(16)}`;
    const { functions, lines } = this.#read(binary);
    const found = findFunction(functions, address);
    const row = findOwnRow(lines, address, found?.address ?? address);
    return {
      bin,
      func: found === null ? '' : `${found.name}+0x${(address - found.address).toString(16)}`,
      src: row === null || row.file === '' ? '' : `${shown(row.file)}:${row.line}`,
    };
  }

  #read(binary: LoadedBinary): DebugInformation {
    const known = this.#information.get(binary.path);
    if (known !== undefined) return known;
    const [own, ...others] = this.#candidates(binary).flatMap((path) => this.#open(path));
    let information = NO_INFORMATION;
    if (own !== undefined) {
      const withLines = [own, ...others].find((elf) => elf.section('.debug_line') !== null) ?? own;
      information = { functions: withLines.functions(), lines: readLineTable(withLines) };
      if (information.functions.length === 0) information = { ...information, functions: own.functions() };
    }
    this.#information.set(binary.path, information);
    return information;
  }

  /** The binary, and files beside it that may hold its debugging information. */
  #candidates({ path, buildId, debugLink }: LoadedBinary): readonly string[] {
    const { targetPrefix, debugInfoFolder } = this.#options;
    const own = `${targetPrefix}${path}`;
    const folder = own.slice(0, own.lastIndexOf('/'));
    const candidates = [own];
    if (buildId !== null) {
      const hex = Array.from(buildId, (byte) => byte.toString(16).padStart(2, '0')).join('');
      candidates.push(`${debugInfoFolder}/.build-id/${hex.slice(0, 2)}/${hex.slice(2)}.debug`);
    }
    if (debugLink !== null) {
      candidates.push(`${folder}/${debugLink}`, `${folder}/.debug/${debugLink}`);
      candidates.push(`${debugInfoFolder}${folder}/${debugLink}`);
    }
    return candidates;
  }

  #open(path: string): readonly ElfFile[] {
    if (this.#files.kindOf(path) !== 'file') return [];
    try {
      return [new ElfFile(this.#files.open(path))];
    } catch (error) {
      // Without its debugging information an event is still an event.
      if (error instanceof LttngError || error instanceof RangeError) return [];
      throw error;
    }
  }
}

function findFunction(functions: readonly ElfFunction[], address: bigint): ElfFunction | null {
  let found: ElfFunction | null = null;
  for (const candidate of functions) {
    if (candidate.address > address) break;
    if (address < candidate.address + candidate.sizeBytes) found = candidate;
  }
  return found;
}
