/** Makes the instruction table of `docs/filter-bytecode.md` from the table of instructions. */
import { OPCODES, OPERAND_SIZE_BYTES, type OperandKind } from './opcodes.ts';

const operandText = (kind: OperandKind): string => {
  if (kind === 'none') return '';
  return kind === 'string' ? 'text and NUL' : `${kind}, ${OPERAND_SIZE_BYTES[kind]} bytes`;
};

/** Gives the table in Markdown, one line an instruction. */
export function opcodeTable(): string {
  const rows = OPCODES.map(
    ({ number, mnemonic, operand, use, meaning }) =>
      `| ${number} | \`${mnemonic}\` | ${operandText(operand)} | ${use} | ${meaning} |`,
  );
  return ['| Number | Mnemonic | Operand | Use | Meaning |', '|---|---|---|---|---|', ...rows].join('\n');
}
