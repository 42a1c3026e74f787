// @ts-check
/**
 * Compiles the text machine, `packages/ctf/machine/text-machine.ts`, to WebAssembly, and writes it into
 * `packages/ctf/src/decode/text-machine-code.ts`: run it after changing the machine. The compiler, AssemblyScript, is fetched for this alone:
 * it takes a hundred megabytes, and hardly anybody changes the machine. A test tells when the code is not that of the source.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './setup.mjs';

const COMPILER = 'assemblyscript@0.28.20';
/** As `text-machine-layout.ts` has them. */
const PAGES = 128;
const DATA = 8192;

const source = join(root, 'packages/ctf/machine/text-machine.ts');
const target = join(root, 'packages/ctf/src/decode/text-machine-code.ts');
const folder = mkdtempSync(join(tmpdir(), 'text-machine-'));
const compiled = join(folder, 'text-machine.wasm');
run('npx', [
  '--yes',
  `--package=${COMPILER}`,
  'asc',
  source,
  ...['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--use', 'abort=', '--importMemory'],
  ...['--initialMemory', String(PAGES), '--maximumMemory', String(PAGES), '--memoryBase', String(DATA)],
  ...['--outFile', compiled],
]);
const hash = createHash('sha256').update(readFileSync(source)).digest('hex');
const lines =
  readFileSync(compiled)
    .toString('base64')
    .match(/.{1,96}/g) ?? [];
writeFileSync(
  target,
  `/** Made by \`scripts/text-machine.mjs\` from \`machine/text-machine.ts\`. */

/** SHA-256 of the source. */
export const TEXT_MACHINE_SOURCE = '${hash}';

/** WebAssembly in base64. */
export const TEXT_MACHINE_CODE = [
${lines.map((line) => `  '${line}',`).join('\n')}
].join('');
`,
);
rmSync(folder, { recursive: true });
