/**
 * `declarations SEED COUNT`: an application that registers enumerations, events and contexts which are well
 * formed on the wire and make no sense: names twice or that are no names, sizes and alignments of nothing,
 * lengths and selectors that are not there. Prints "accepted N of COUNT" and stays.
 */
import type {
  UstEncoding,
  UstEnumEntry,
  UstField,
  UstFieldType,
  UstIntegerType,
} from '@lttng-ts/protocols/ust-app';
import { HandMadeApplication } from './hand-made-application.ts';
import { Random } from './random.ts';

const [seed = '1', count = '200'] = process.argv.slice(2);
const random = new Random(Number(seed));
const enumIds: bigint[] = [0n, 7n, 2n ** 64n - 1n];

const NAMES = ['a', 'b', 'c', 'a_padding', '_a_length', 'a_length', 'int', 'struct', 'Z9'];
const NO_NAMES = ['', 'a b', '"', '\\', 'ä', '9', 'a;', 'x'.repeat(255), '} ;', '\n'];
const name = (): string => (random.chance(0.85) ? random.pick(NAMES) : random.pick(NO_NAMES));
const encoding = (): UstEncoding => random.pick(['none', 'UTF8', 'ASCII']);

/** A sensible value mostly: what makes no sense at all is refused at once and tests nothing more. */
const mostly = <T>(sensible: readonly T[], others: readonly T[]): T =>
  random.chance(0.8) ? random.pick(sensible) : random.pick(others);

function integer(): UstIntegerType {
  return {
    kind: 'integer',
    sizeBits: mostly([8, 16, 32, 64], [0, 1, 3, 63, 65, 128, 2 ** 32 - 1]),
    isSigned: random.chance(0.5),
    isReverseByteOrder: random.chance(0.2),
    base: mostly([10, 16, 2, 8], [0, 7, 2 ** 32 - 1]),
    encoding: encoding(),
    alignBits: mostly([8, 32], [0, 1, 2, 3, 64, 128, 65535]),
  };
}

function type(depth: number): UstFieldType {
  const nested = (): UstFieldType => (random.chance(0.7) || depth > 4 ? integer() : type(depth + 1));
  const alignBytes = mostly([0], [1, 2, 3, 4, 8, 2 ** 29, 2 ** 32 - 1]);
  switch (random.below(10)) {
    case 0:
      return {
        kind: 'float',
        exponentBits: mostly([8, 11], [0, 5]),
        mantissaBits: mostly([24, 53], [0, 11]),
        isReverseByteOrder: random.chance(0.2),
        alignBits: mostly([8, 32], [0, 3, 65535]),
      };
    case 1:
      return { kind: 'string', encoding: encoding() };
    case 2:
      return {
        kind: 'enum',
        form: random.pick(['nestable', 'legacy']),
        name: name(),
        enumId: random.pick(enumIds),
        container: integer(),
      };
    case 3:
    case 4: {
      const length = mostly([1, 3], [0, 2 ** 31, 2 ** 32 - 1]);
      return { kind: 'array', form: 'nestable', length, alignBytes, element: nested() };
    }
    case 5:
    case 6:
      return { kind: 'sequence', form: 'nestable', lengthName: name(), alignBytes, element: nested() };
    case 7:
      return { kind: 'sequence', form: 'legacy', lengthType: integer(), element: integer() };
    case 8:
      return { kind: 'variant', form: 'nestable', tagName: name(), alignBytes, choices: fields(depth + 1) };
    default:
      return random.chance(0.5)
        ? integer()
        : {
            kind: 'struct',
            form: 'nestable',
            alignBytes,
            fields: random.chance(0.8) ? [] : fields(depth + 1),
          };
  }
}

function fields(depth: number): UstField[] {
  const own = Array.from({ length: random.below(4) }, () => ({ name: name(), type: type(depth) }));
  // What lengths and selectors may name.
  return random.chance(0.5) ? [{ name: random.pick(NAMES), type: integer() }, ...own] : own;
}

function entries(): UstEnumEntry[] {
  let last = 0n;
  return Array.from({ length: random.below(6) }, () => {
    const label = mostly(['A', 'B', 'a', 'b'], ['', '"', '\\', 'x\ny', 'ä', 'x'.repeat(255)]);
    if (random.chance(0.3)) return { label, range: null };
    const first = random.chance(0.6) ? last + 1n : BigInt.asIntN(64, random.word());
    last = random.chance(0.7) ? first + BigInt(random.below(3)) : BigInt.asIntN(64, random.word());
    return { label, range: { first, last } };
  });
}

const application = new HandMadeApplication();
await application.commanded('REGISTER_DONE');
// The command CHANNEL is sent to its session, and the next object that is made is the channel.
const sessions = application.commands.flatMap((command) => /^CHANNEL (\d+)/.exec(command)?.[1] ?? []);
let accepted = 0;
for (let index = 0; index < Number(count); index++) {
  const sessionHandle = Number(random.pick(sessions));
  const channelHandle = sessionHandle + 1;
  if (random.chance(0.2)) {
    const reply = await application.register({
      kind: 'enum',
      sessionHandle,
      name: name(),
      entries: entries(),
    });
    if (reply.kind === 'enum' && reply.code === 0) enumIds.push(reply.enumId);
    continue;
  }
  const { code } = await application.register({
    kind: 'event',
    sessionHandle,
    channelHandle,
    name: mostly(['fake:a', 'fake:b', `fake:${index}`], ['', '"', '\\', 'x\ny', 'ä:ö', 'x'.repeat(255)]),
    logLevel: mostly([0, 13], [-1, 99, -(2 ** 31)]),
    signature: mostly(['int, a', ''], ['"', '\\\n']),
    fields: fields(0),
    modelEmfUri: mostly([null], ['http://example.org/', '"', '\\', 'x\ny', '']),
  });
  if (code === 0) accepted++;
}
console.log(`accepted ${accepted} of ${count}`);
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
