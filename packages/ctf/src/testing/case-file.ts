/** Case files: `cases/README.md` says what they are. */
import { FormatError } from '@lttng-ts/base';
import { memorySource } from '../stream/byte-source.ts';
import { openTraces, readMessages } from '../stream/trace.ts';
import { PrettyPrinter } from '../text/pretty.ts';

const ALIASES = [8, 16, 32, 64]
  .flatMap((size) => [
    `typealias integer { size = ${size}; align = 8; signed = false; } := uint${size}_t;`,
    `typealias integer { size = ${size}; align = 8; signed = true; } := int${size}_t;`,
  ])
  .join('\n');

export interface CaseFile {
  readonly metadata: string;
  readonly packet: Uint8Array;
  readonly expected: string;
}

export function parseCaseFile(text: string): CaseFile {
  const [fields = '', bytes = '', expected = ''] = text.split(/^---\n/m);
  if (fields.startsWith('ctf 2\n')) {
    const metadata = ctf2Metadata(fields.replace('ctf 2\n', '').replace(/^#.*$/gm, ''));
    return { metadata, packet: parseBytes(bytes), expected: expected.trim() };
  }
  const isBigEndian = fields.startsWith('byte_order be\n');
  const metadata = `/* CTF 1.8 */
trace { major = 1; minor = 8; byte_order = ${isBigEndian ? 'be' : 'le'}; };
${ALIASES}
event { name = "case"; fields := struct { ${fields.replace('byte_order be\n', '').replace(/#.*$/gm, '')} }; };`;
  return { metadata, packet: parseBytes(bytes), expected: expected.trim() };
}

/** Names of field classes that cases of CTF 2 may use. */
const CTF2_ALIASES = [8, 16, 32, 64].flatMap((length) =>
  (['unsigned', 'signed'] as const).flatMap((sign) =>
    (['little', 'big'] as const).map((order) => ({
      type: 'field-class-alias',
      name: `${sign === 'signed' ? 'i' : 'u'}${length}${order === 'little' ? 'le' : 'be'}`,
      'field-class': {
        type: `fixed-length-${sign}-integer`,
        length,
        'byte-order': `${order}-endian`,
        alignment: 8,
      },
    })),
  ),
);

function ctf2Metadata(members: string): string {
  const fragments = [{ type: 'preamble', version: 2 }, ...CTF2_ALIASES, { type: 'data-stream-class' }];
  const event =
    '{"type": "event-record-class", "name": "case", "payload-field-class": ' +
    `{"type": "structure", "member-classes": [${members}]}}`;
  return [...fragments.map((fragment) => JSON.stringify(fragment)), event]
    .map((fragment) => `\x1e${fragment}\n`)
    .join('');
}

function parseBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const [, quoted, hex] of text.replace(/#.*$/gm, '').matchAll(/("(?:[^"\\]|\\.)*")|([0-9a-f]{2})/g)) {
    if (quoted !== undefined) bytes.push(...new TextEncoder().encode(JSON.parse(quoted) as string));
    else bytes.push(Number.parseInt(hex ?? '', 16));
  }
  return Uint8Array.from(bytes);
}

/** Reads the packet and gives its lines, and the message of the error that ended them. */
export function readCase(metadata: string, packet: Uint8Array): { lines: string[]; fault: string | null } {
  const lines: string[] = [];
  try {
    const traces = openTraces([
      {
        path: '/case',
        relativePath: '',
        metadata: memorySource('/case/metadata', new TextEncoder().encode(metadata)),
        dataStreams: [{ source: memorySource('/case/stream', packet), index: null }],
      },
    ]);
    const printer = new PrettyPrinter();
    for (const message of readMessages(traces)) {
      if (message.kind !== 'event-record') continue;
      const line = new TextDecoder().decode(printer.eventRecord(message));
      lines.push(line.replace(/^case: /, '').trimEnd());
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { lines, fault: error.message };
  }
  return { lines, fault: null };
}
