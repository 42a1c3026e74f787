// @ts-check
/**
 * Compiles the machines, `packages/ctf/machine/NAME-machine.ts`, to WebAssembly, and writes them into
 * `packages/ctf/src/decode/NAME-machine-code.ts`: run it after changing one. The compiler, AssemblyScript, is fetched for this alone:
 * it takes a hundred megabytes, and hardly anybody changes a machine. A test tells when the code is not that of the source.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './setup.mjs';

const COMPILER = 'assemblyscript@0.28.20';
/** As `NAME-machine-layout.ts` has them. */
const MACHINES = [
  { name: 'text', pages: { least: 128, most: 128 }, data: 8192 },
  { name: 'walk', pages: { least: 16, most: 128 }, data: 2048 },
];

const folder = mkdtempSync(join(tmpdir(), 'machines-'));
for (const { name, pages, data } of MACHINES) {
  const source = join(root, `packages/ctf/machine/${name}-machine.ts`);
  const target = join(root, `packages/ctf/src/decode/${name}-machine-code.ts`);
  const compiled = join(folder, `${name}.wasm`);
  run('npx', [
    '--yes',
    `--package=${COMPILER}`,
    'asc',
    source,
    ...['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--use', 'abort=', '--importMemory'],
    ...['--initialMemory', String(pages.least), '--maximumMemory', String(pages.most)],
    ...['--memoryBase', String(data)],
    ...['--outFile', compiled],
  ]);
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex');
  const lines =
    readFileSync(compiled)
      .toString('base64')
      .match(/.{1,96}/g) ?? [];
  const NAME = name.toUpperCase();
  writeFileSync(
    target,
    `/** Made by \`scripts/machines.mjs\` from \`machine/${name}-machine.ts\`. */

/** SHA-256 of the source. */
export const ${NAME}_MACHINE_SOURCE = '${hash}';

/** WebAssembly in base64. */
export const ${NAME}_MACHINE_CODE = [
${lines.map((line) => `  '${line}',`).join('\n')}
].join('');
`,
  );
}
rmSync(folder, { recursive: true });
