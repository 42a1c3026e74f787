/** Bytecode as text, one instruction a line: for logs and tests. */
import type { Bytecode } from './bytecode.ts';
import { decodeProgram } from './program.ts';

/** Gives lines such as `0  LOAD_FIELD_REF seq`. Throws `ProtocolError` for what is no bytecode. */
export function disassemble(bytecode: Bytecode): string {
  const { instructions } = decodeProgram(bytecode);
  return instructions
    .map(({ at, mnemonic, operand, symbol }) => {
      const shown = symbol ?? (typeof operand === 'string' ? JSON.stringify(operand) : operand);
      return shown === null ? `${at} ${mnemonic}` : `${at} ${mnemonic} ${shown}`;
    })
    .join('\n');
}
