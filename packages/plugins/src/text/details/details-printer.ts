/**
 * Details text: every message as a block of lines, with the classes that it is the first to use before it. Blocks are
 * separated by empty lines, except in the compact form, which has one line for each message.
 */
import {
  type ClockClass,
  cyclesToNs,
  type DiscardedMessage,
  type EventClass,
  type EventMessage,
  type FieldClass,
  type FieldValue,
  type InactivityMessage,
  type Message,
  type NEGATIVE_NAN,
  type OptionValue,
  type PacketBoundaryMessage,
  type Stream,
  type StreamBoundaryMessage,
  type StreamClass,
  type StructureClass,
  type StructureValue,
  type Trace,
  type TraceClass,
  type VariantValue,
} from '@lttng-ts/graph';
import { stringFieldToBinary, toBinary } from '../binary-text.ts';
import type { Palette } from '../palette.ts';
import { BlockText, compareBytes, formatGrouped, INDENT } from './block-text.ts';
import { ClassText } from './class-text.ts';
import { formatF } from './format-real.ts';
import type { DetailsOptions } from './options.ts';

export class DetailsPrinter {
  readonly #options: DetailsOptions;
  readonly #block: BlockText;
  readonly #classes: ClassText;
  readonly #written = new Set<TraceClass | StreamClass | EventClass>();
  readonly #traceNumbers = new Map<Trace, number>();
  #hasPrinted = false;

  constructor(options: DetailsOptions, palette: Palette) {
    this.#options = options;
    this.#block = new BlockText(palette);
    this.#classes = new ClassText(this.#block, options);
  }

  /** Gives the text of a message, a binary string; empty when there is nothing to say of it. */
  message(message: Message): string {
    this.#write(message);
    const text = this.#block.take();
    if (text === '') return '';
    const isSeparated = this.#hasPrinted && !this.#options.isCompact;
    this.#hasPrinted = true;
    return isSeparated ? `\n${text}` : text;
  }

  #write(message: Message): void {
    if (message.kind === 'event') this.#newClasses(message.stream.class, message.eventClass);
    else if (message.kind === 'stream-beginning') this.#newClasses(message.stream.class, null);
    if (!this.#options.withData && message.kind !== 'message-iterator-inactivity') return;
    // Classes and the message are two blocks.
    if (!this.#block.isEmpty) this.#block.newLine();
    switch (message.kind) {
      case 'stream-beginning':
        this.#streamBeginning(message);
        break;
      case 'stream-end':
        this.#streamTime(message);
        this.#streamTag(message.stream);
        this.#block.objectName('Stream end\n');
        break;
      case 'packet-beginning':
        this.#packetBeginning(message);
        break;
      case 'packet-end':
        this.#time(message.stream.class.defaultClockClass, message.cycles);
        this.#streamTag(message.stream);
        this.#block.objectName('Packet end');
        this.#block.newLine();
        break;
      case 'event':
        this.#event(message);
        break;
      case 'discarded-events':
      case 'discarded-packets':
        this.#discarded(message);
        break;
      case 'message-iterator-inactivity':
        this.#inactivity(message);
        break;
    }
  }

  /** Writes the outermost class that is new, which includes those in it. */
  #newClasses(streamClass: StreamClass, eventClass: EventClass | null): void {
    if (!this.#options.withMetadata) return;
    const { traceClass } = streamClass;
    if (this.#isNew(traceClass)) {
      this.#separateClasses();
      this.#classes.traceClass(traceClass);
      for (const one of traceClass.streamClasses) this.#markStreamClass(one);
    } else if (this.#isNew(streamClass)) {
      this.#separateClasses();
      this.#classes.streamClass(streamClass);
      this.#markStreamClass(streamClass);
    } else if (eventClass !== null && this.#isNew(eventClass)) {
      this.#separateClasses();
      this.#classes.eventClass(eventClass);
    }
  }

  #isNew(object: TraceClass | StreamClass | EventClass): boolean {
    if (this.#written.has(object)) return false;
    this.#written.add(object);
    return true;
  }

  #markStreamClass(streamClass: StreamClass): void {
    this.#written.add(streamClass);
    for (const eventClass of streamClass.eventClasses.values()) this.#written.add(eventClass);
  }

  #separateClasses(): void {
    if (this.#options.isCompact && this.#hasPrinted) this.#block.newLine();
  }

  get palette(): Palette {
    return this.#block.palette;
  }

  get printsTime(): boolean {
    return this.#options.withTime;
  }

  /** What stands around the two times of a block: in cycles, in nanoseconds. */
  get timeFrame(): { readonly before: string; readonly between: string; readonly after: string } {
    const { isCompact } = this.#options;
    const { bold, brightBlue, reset } = this.#block.palette;
    const colour = `${bold}${brightBlue}`;
    return {
      before: `[${colour}`,
      between: `${reset}${isCompact ? ' ' : ' cycles, '}${colour}`,
      after: `${reset}${isCompact ? '] ' : ' ns from origin]\n'}`,
    };
  }

  #time(clock: ClockClass | null, cycles: bigint | null): void {
    if (!this.#options.withTime || clock === null || cycles === null) return;
    const { before, between, after } = this.timeFrame;
    const ns = cyclesToNs(clock, cycles);
    this.#block.add(before + formatGrouped(cycles) + between + formatGrouped(ns) + after);
  }

  #streamTime({ stream, cycles }: StreamBoundaryMessage): void {
    const clock = stream.class.defaultClockClass;
    if (clock === null || !this.#options.withTime) return;
    if (cycles !== null) {
      this.#time(clock, cycles);
      return;
    }
    const { bold, brightBlue, reset } = this.#block.palette;
    this.#block.add(`[${bold}${brightBlue}Unknown${reset}]${this.#options.isCompact ? ' ' : '\n'}`);
  }

  /** `{Trace 0, Stream class ID 0, Stream ID 3}` */
  #streamTag(stream: Stream): void {
    const { cyan, bold, brightCyan, reset } = this.#block.palette;
    const ids = [BigInt(this.#traceNumber(stream.trace)), stream.class.id, stream.id];
    if (this.#options.isCompact) {
      this.#block.add(`${cyan}{${bold}${brightCyan}${ids.join(' ')}${reset}${cyan}}${reset} `);
      return;
    }
    const named = ['Trace', 'Stream class ID', 'Stream ID'].map(
      (name, i) => `${name} ${bold}${brightCyan}${ids[i]}${reset}${cyan}`,
    );
    this.#block.add(`${cyan}{${named.join(', ')}}${reset}\n`);
  }

  #traceNumber(trace: Trace): number {
    let number = this.#traceNumbers.get(trace);
    if (number === undefined) {
      number = this.#traceNumbers.size;
      this.#traceNumbers.set(trace, number);
    }
    return number;
  }

  #streamBeginning(message: StreamBoundaryMessage): void {
    const block = this.#block;
    const { stream } = message;
    this.#streamTime(message);
    this.#streamTag(stream);
    block.objectName('Stream beginning');
    if (this.#options.isCompact) {
      block.newLine();
      return;
    }
    block.add(':\n');
    block.indented(() => {
      const { withStreamName, withStreamClassName } = this.#options;
      if (withStreamName && stream.name !== null) block.property('Name', stream.name);
      if (withStreamClassName && stream.class.name !== null) block.property('Class name', stream.class.name);
      this.#trace(stream.trace);
    });
  }

  #trace(trace: Trace): void {
    const block = this.#block;
    const { withTraceName, withUuid, withUid } = this.#options;
    block.indent();
    block.objectName('Trace');
    if (withTraceName && trace.name !== null) {
      block.add(' `');
      block.value(toBinary(trace.name));
      block.add('`');
    }
    const identity = [
      ['Namespace', trace.namespace],
      ['UID', withUid ? trace.uid : null],
    ].flatMap(([name, value]) => (value === null ? [] : [{ name, value: value! }]));
    if (identity.length > 0) {
      block.add(' (');
      identity.forEach(({ name, value }, i) => {
        block.add(`${i === 0 ? '' : ', '}${name} \``);
        block.value(toBinary(value));
        block.add('`');
      });
      block.add(')');
    }
    const uuid = withUuid ? trace.uuid : null;
    const isOneLine =
      uuid === null &&
      trace.environment.size === 0 &&
      trace.streams.length === 0 &&
      trace.userAttributes.size === 0;
    block.add(isOneLine ? '\n' : ':\n');
    block.indented(() => {
      if (uuid !== null) block.property('UUID', uuid);
      if (trace.userAttributes.size > 0) {
        block.namedValue('User attributes', trace.userAttributes);
        block.newLine();
      }
      if (trace.environment.size > 0) this.#environment(trace.environment);
      this.#streams(trace);
    });
  }

  #environment(environment: ReadonlyMap<string, string | bigint>): void {
    const block = this.#block;
    block.indent();
    block.propertyName('Environment');
    block.add(' (');
    block.number(environment.size);
    block.add(` entr${environment.size === 1 ? 'y' : 'ies'}):`);
    block.newLine();
    block.indented(() => {
      for (const name of [...environment.keys()].sort(compareBytes)) {
        const value = environment.get(name)!;
        block.memberName(name);
        // No space before an empty text.
        if (value !== '') block.add(' ');
        if (typeof value === 'bigint') block.number(value);
        else block.value(toBinary(value));
        block.newLine();
      }
    });
  }

  #streams({ streams }: Trace): void {
    const block = this.#block;
    const sorted = [...streams].sort((a, b) => compare(a.id, b.id) || compare(a.class.id, b.class.id));
    for (const stream of sorted) {
      block.indent();
      block.objectName('Stream');
      block.add(' (ID ');
      block.number(stream.id);
      block.add(', Class ID ');
      block.number(stream.class.id);
      block.add(')\n');
    }
  }

  #packetBeginning({ stream, packet, cycles }: PacketBoundaryMessage): void {
    const block = this.#block;
    this.#time(stream.class.defaultClockClass, cycles);
    this.#streamTag(stream);
    block.objectName('Packet beginning');
    const { packetContext } = stream.class;
    if (this.#options.isCompact || packetContext === null || packet.context === null) {
      block.newLine();
      return;
    }
    block.add(':\n');
    block.indented(() => this.#root('Context', packetContext, packet.context));
  }

  /** What stands between the times and the fields of an event. No block may be open. */
  eventHead(stream: Stream, eventClass: EventClass): string {
    this.#eventHead(stream, eventClass);
    return this.#block.take();
  }

  /** What stands before the structure of a root, and how far its name is indented. No block may be open. */
  rootHead(name: string): { readonly text: string; readonly indent: number } {
    this.#block.indented(() => this.#block.propertyNameLine(name));
    return { text: this.#block.take(), indent: INDENT };
  }

  /** The text of a scalar. No block may be open. */
  scalar(fieldClass: FieldClass, value: FieldValue): string {
    this.#scalar(fieldClass, value);
    return this.#block.take();
  }

  #event(message: EventMessage): void {
    const block = this.#block;
    const { stream, eventClass } = message;
    this.#time(stream.class.defaultClockClass, message.cycles);
    this.#eventHead(stream, eventClass);
    if (this.#options.isCompact) return;
    block.indented(() => {
      this.#root('Common context', stream.class.eventCommonContext, message.commonContext);
      this.#root('Specific context', eventClass.specificContext, message.specificContext);
      this.#root('Payload', eventClass.payload, message.payload);
    });
  }

  #eventHead(stream: Stream, eventClass: EventClass): void {
    const block = this.#block;
    this.#streamTag(stream);
    block.objectName('Event');
    const { name } = eventClass;
    if (name !== null) block.add(` \`${block.palette.green}${toBinary(name)}${block.palette.reset}\``);
    block.add(this.#options.isCompact ? ' (' : ' (Class ID ');
    block.number(eventClass.id);
    block.add(')');
    if (this.#options.isCompact) {
      block.newLine();
      return;
    }
    block.add(':\n');
  }

  #discarded(message: DiscardedMessage): void {
    const block = this.#block;
    const { stream, count, beginCycles, endCycles } = message;
    const what = message.kind === 'discarded-events' ? 'events' : 'packets';
    this.#time(stream.class.defaultClockClass, beginCycles);
    this.#time(stream.class.defaultClockClass, endCycles);
    this.#streamTag(stream);
    block.objectName('Discarded ');
    block.objectName(what);
    if (count !== null) {
      block.add(' (');
      block.number(count);
      block.add(` ${what})`);
    }
    block.newLine();
  }

  #inactivity({ clockClass, cycles }: InactivityMessage): void {
    const block = this.#block;
    this.#time(clockClass, cycles);
    block.objectName('Message iterator inactivity');
    if (this.#options.isCompact) {
      block.newLine();
      return;
    }
    block.add(':\n');
    block.indented(() => {
      block.propertyNameLine('Clock class');
      block.newLine();
      block.indented(() => this.#classes.clockClass(clockClass));
    });
  }

  #root(name: string, fieldClass: StructureClass | null, value: StructureValue | null): void {
    if (fieldClass === null || value === null) return;
    this.#block.propertyNameLine(name);
    this.#field(fieldClass, value);
    this.#block.newLine();
  }

  /** A value behind its name and colon. No newline at the end. */
  #field(fieldClass: FieldClass, value: FieldValue): void {
    const block = this.#block;
    switch (fieldClass.kind) {
      case 'structure':
        this.#structure(fieldClass, value as StructureValue);
        break;
      case 'static-array':
      case 'dynamic-array': {
        const elements = value as StructureValue;
        block.arrayHead(elements.length);
        block.indented(() => {
          elements.forEach((element, i) => {
            block.newLine();
            block.arrayIndex(i, block.palette.cyan);
            this.#field(fieldClass.element, element);
          });
        });
        break;
      }
      case 'option': {
        const { content } = value as OptionValue;
        if (content !== null) {
          this.#field(fieldClass.content, content);
          break;
        }
        block.add(' ');
        block.none('None');
        break;
      }
      case 'variant': {
        const { option, value: chosen } = value as VariantValue;
        this.#field(fieldClass.options[option]!.fieldClass, chosen);
        break;
      }
      case 'static-blob':
      case 'dynamic-blob':
        this.#blob(value as Uint8Array);
        break;
      default:
        block.add(' ');
        this.#scalar(fieldClass, value);
    }
  }

  #scalar(fieldClass: FieldClass, value: FieldValue): void {
    const block = this.#block;
    switch (fieldClass.kind) {
      case 'boolean':
        block.boolean(value === true);
        break;
      case 'bit-array':
        block.value(formatGrouped(BigInt(value as bigint), 16));
        break;
      case 'unsigned-integer':
      case 'signed-integer':
        block.value(formatGrouped(BigInt(value as bigint), fieldClass.displayBase));
        break;
      case 'single-precision-real':
      case 'double-precision-real':
        block.value(formatF(value as number | typeof NEGATIVE_NAN));
        break;
      default:
        block.value(stringFieldToBinary(value));
    }
  }

  #structure({ members }: StructureClass, values: StructureValue): void {
    const block = this.#block;
    if (members.length === 0) {
      block.add(' ');
      block.none('Empty');
      return;
    }
    block.indented(() => {
      members.forEach(({ name, fieldClass }, i) => {
        block.newLine();
        block.memberName(name);
        this.#field(fieldClass, values[i]!);
      });
    });
  }

  #blob(bytes: Uint8Array): void {
    const block = this.#block;
    block.arrayHead(bytes.length);
    if (bytes.length === 0) return;
    block.indented(() => {
      for (let at = 0; at < bytes.length; at += BLOB_LINE_BYTES) {
        block.newLine();
        block.indent();
        const line = Array.from(bytes.subarray(at, at + BLOB_LINE_BYTES), (byte) =>
          byte.toString(16).padStart(2, '0'),
        );
        block.add(line.join(' '));
      }
    });
  }
}

const BLOB_LINE_BYTES = 16;

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
