/** Details of classes: trace, stream, event, clock and field classes, with the words of Babeltrace 2.1. */
import type {
  ClockClass,
  EventClass,
  EventLogLevel,
  FieldClass,
  FieldLocation,
  IntegerRange,
  Mapping,
  MipVersion,
  StreamClass,
  StructureClass,
  TraceClass,
  ValueMap,
} from '@lttng-ts/graph';
import { toBinary } from '../binary-text.ts';
import { type BlockText, compareBytes, plural } from './block-text.ts';
import { fieldPath, type Roots } from './field-path.ts';
import type { DetailsOptions } from './options.ts';

const LOG_LEVELS: Readonly<Record<EventLogLevel, string>> = {
  emergency: 'Emergency',
  alert: 'Alert',
  critical: 'Critical',
  error: 'Error',
  warning: 'Warning',
  notice: 'Notice',
  info: 'Info',
  'debug-system': 'Debug (system)',
  'debug-program': 'Debug (program)',
  'debug-process': 'Debug (process)',
  'debug-module': 'Debug (module)',
  'debug-unit': 'Debug (unit)',
  'debug-function': 'Debug (function)',
  'debug-line': 'Debug (line)',
  debug: 'Debug',
};

const SCOPES: Readonly<Record<FieldLocation['scope'], string>> = {
  'packet-context': 'Packet context',
  'event-common-context': 'Event common context',
  'event-specific-context': 'Event specific context',
  'event-payload': 'Event payload',
};

const FIELD_CLASSES: Readonly<Record<FieldClass['kind'], string>> = {
  boolean: 'Boolean',
  'bit-array': 'Bit array',
  'unsigned-integer': 'Unsigned integer',
  'signed-integer': 'Signed integer',
  'single-precision-real': 'Single-precision real',
  'double-precision-real': 'Double-precision real',
  string: 'String',
  'static-blob': 'Static BLOB',
  'dynamic-blob': 'Dynamic BLOB',
  'static-array': 'Static array',
  'dynamic-array': 'Dynamic array',
  structure: 'Structure',
  option: 'Option',
  variant: 'Variant',
};

const SELECTORS = {
  boolean: 'boolean selector',
  'unsigned-integer': 'unsigned integer selector',
  'signed-integer': 'signed integer selector',
} as const;

const byId = (a: { id: bigint }, b: { id: bigint }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** Writes classes to a block. */
export class ClassText {
  readonly #block: BlockText;
  readonly #options: DetailsOptions;
  #mipVersion: MipVersion = 0;
  /** Where field paths of MIP 0 begin. */
  #roots: Roots = {};

  constructor(block: BlockText, options: DetailsOptions) {
    this.#block = block;
    this.#options = options;
  }

  traceClass(traceClass: TraceClass): void {
    const block = this.#block;
    this.#mipVersion = traceClass.mipVersion;
    block.indent();
    block.objectName('Trace class');
    const { streamClasses, userAttributes } = traceClass;
    block.add(streamClasses.length > 0 || userAttributes.size > 0 ? ':\n' : '\n');
    block.indented(() => {
      this.#userAttributes(userAttributes);
      for (const streamClass of [...streamClasses].sort(byId)) this.streamClass(streamClass);
    });
  }

  streamClass(streamClass: StreamClass): void {
    const block = this.#block;
    this.#mipVersion = streamClass.traceClass.mipVersion;
    block.indent();
    block.objectName('Stream class');
    if (this.#options.withStreamClassName && streamClass.name !== null) {
      block.add(' `');
      block.value(toBinary(streamClass.name));
      block.add('`');
    }
    this.#identity(streamClass);
    block.indented(() => {
      this.#userAttributes(streamClass.userAttributes);
      this.#streamClassFlags(streamClass);
      if (streamClass.defaultClockClass !== null) {
        block.propertyNameLine('Default clock class');
        block.newLine();
        block.indented(() => this.clockClass(streamClass.defaultClockClass!));
      }
      this.#roots = {
        'packet-context': streamClass.packetContext,
        'event-common-context': streamClass.eventCommonContext,
      };
      this.#root('Packet context field class', streamClass.packetContext);
      this.#root('Event common context field class', streamClass.eventCommonContext);
      for (const eventClass of [...streamClass.eventClasses.values()].sort(byId)) this.eventClass(eventClass);
    });
  }

  /** ` (Namespace `…`, UID `…`, ID 3):`, a line's end. */
  #identity({ namespace, uid, id }: { namespace: string | null; uid: string | null; id: bigint }): void {
    const block = this.#block;
    block.add(' (');
    this.#namespaceAndUid(namespace, uid);
    if (namespace !== null || (uid !== null && this.#options.withUid)) block.add(', ');
    block.add('ID ');
    block.number(id);
    block.add('):\n');
  }

  #namespaceAndUid(namespace: string | null, uid: string | null): void {
    const block = this.#block;
    const parts = [
      ['Namespace', namespace],
      ['UID', this.#options.withUid ? uid : null],
    ] as const;
    let isFirst = true;
    for (const [name, value] of parts) {
      if (value === null) continue;
      block.add(`${isFirst ? '' : ', '}${name} \``);
      block.value(toBinary(value));
      block.add('`');
      isFirst = false;
    }
  }

  #streamClassFlags(streamClass: StreamClass): void {
    const block = this.#block;
    block.property('Supports packets', streamClass.supportsPackets);
    if (streamClass.supportsPackets) {
      const { packetsHaveBeginningClockSnapshot, packetsHaveEndClockSnapshot } = streamClass;
      block.property('Packets have beginning default clock snapshot', packetsHaveBeginningClockSnapshot);
      block.property('Packets have end default clock snapshot', packetsHaveEndClockSnapshot);
    }
    block.property('Supports discarded events', streamClass.supportsDiscardedEvents);
    if (streamClass.supportsDiscardedEvents) {
      const { discardedEventsHaveClockSnapshots } = streamClass;
      block.property('Discarded events have default clock snapshots', discardedEventsHaveClockSnapshots);
    }
    block.property('Supports discarded packets', streamClass.supportsDiscardedPackets);
    if (streamClass.supportsDiscardedPackets) {
      const { discardedPacketsHaveClockSnapshots } = streamClass;
      block.property('Discarded packets have default clock snapshots', discardedPacketsHaveClockSnapshots);
    }
  }

  clockClass(clock: ClockClass): void {
    const block = this.#block;
    const { withUuid, withUid } = this.#options;
    if (clock.namespace !== null) block.property('Namespace', clock.namespace);
    if (clock.name !== null) block.property('Name', clock.name);
    if (clock.uid !== null && withUid) block.property('UID', clock.uid);
    this.#userAttributes(clock.userAttributes);
    if (clock.uuid !== null && withUuid) block.property('UUID', clock.uuid);
    if (clock.description !== null) block.property('Description', clock.description);
    block.property('Frequency (Hz)', clock.frequencyHz);
    if (clock.precisionCycles !== null) block.property('Precision (cycles)', clock.precisionCycles);
    if (clock.accuracyCycles !== null) block.property('Accuracy (cycles)', clock.accuracyCycles);
    block.property('Offset from origin (s)', clock.offsetSeconds);
    block.property('Offset from origin (cycles)', clock.offsetCycles);
    switch (clock.origin.kind) {
      case 'unix-epoch':
        block.property('Origin', 'Unix epoch');
        break;
      case 'unknown':
        break;
      case 'custom': {
        const { namespace, name, uid } = clock.origin;
        block.propertyNameLine('Origin');
        block.newLine();
        block.indented(() => {
          if (namespace !== null) block.property('Namespace', namespace);
          block.property('Name', name);
          block.property('UID', uid);
        });
      }
    }
  }

  eventClass(eventClass: EventClass): void {
    const block = this.#block;
    const { name, logLevel, emfUri, specificContext, payload, streamClass } = eventClass;
    this.#mipVersion = streamClass.traceClass.mipVersion;
    this.#roots = {
      'packet-context': streamClass.packetContext,
      'event-common-context': streamClass.eventCommonContext,
      'event-specific-context': specificContext,
      'event-payload': payload,
    };
    block.indent();
    block.objectName('Event class');
    if (name !== null) block.add(` \`${block.palette.green}${toBinary(name)}${block.palette.reset}\``);
    this.#identity(eventClass);
    block.indented(() => {
      this.#userAttributes(eventClass.userAttributes);
      if (logLevel !== null) block.property('Log level', LOG_LEVELS[logLevel]);
      if (emfUri !== null) block.property('EMF URI', emfUri);
      this.#root('Specific context field class', specificContext);
      this.#root('Payload field class', payload);
    });
  }

  #root(name: string, fieldClass: StructureClass | null): void {
    if (fieldClass === null) return;
    this.#block.propertyNameLine(name);
    this.#block.add(' ');
    this.#fieldClass(fieldClass);
    this.#block.newLine();
  }

  #userAttributes(attributes: ValueMap): void {
    if (attributes.size === 0) return;
    this.#block.namedValue('User attributes', attributes);
    this.#block.newLine();
  }

  /** A field class from its kind on; lines below are indented. No newline at the end. */
  #fieldClass(fieldClass: FieldClass): void {
    const block = this.#block;
    block.add(`${block.palette.blue}${kindText(fieldClass)}${block.palette.reset}`);
    this.#fieldClassHead(fieldClass);
    block.indented(() => {
      const { userAttributes } = fieldClass;
      const hasAttributes = userAttributes.size > 0;
      if (hasAttributes) {
        block.add(':\n');
        block.namedValue('User attributes', userAttributes);
      }
      this.#fieldClassBody(fieldClass, hasAttributes);
    });
  }

  #fieldClassHead(fieldClass: FieldClass): void {
    const block = this.#block;
    switch (fieldClass.kind) {
      case 'unsigned-integer':
      case 'signed-integer': {
        const { valueRangeBits, displayBase, mappings } = fieldClass;
        block.add(` (${block.palette.bold}${valueRangeBits}-bit${block.palette.reset}, Base `);
        block.number(displayBase);
        if (fieldClass.expectsSmallValues === true) block.add(', Expect small values');
        if (mappings !== null) {
          block.add(', ');
          block.number(mappings.length);
          block.add(` mapping${plural(mappings.length)}`);
        }
        block.add(')');
        break;
      }
      case 'bit-array':
        // Upstream forgets the opening parenthesis; this text is what people compare.
        block.add(' ');
        block.number(fieldClass.flags.length);
        block.add(` flag${plural(fieldClass.flags.length)})`);
        break;
      case 'structure': {
        const count = fieldClass.members.length;
        block.add(' (');
        block.number(count);
        block.add(` member${plural(count)})`);
        break;
      }
      case 'static-array':
        block.add(' (Length ');
        block.number(fieldClass.length);
        block.add(')');
        break;
      case 'static-blob':
        block.add(' (Length ');
        block.number(fieldClass.lengthBytes);
        this.#mediaType(fieldClass.mediaType, ', ');
        break;
      case 'dynamic-blob':
        block.add(' (');
        if (fieldClass.lengthLocation !== null) this.#location('Length', fieldClass.lengthLocation);
        this.#mediaType(fieldClass.mediaType, fieldClass.lengthLocation === null ? '' : ', ');
        break;
      case 'dynamic-array':
        if (fieldClass.lengthLocation === null) break;
        block.add(' (');
        this.#location('Length', fieldClass.lengthLocation);
        block.add(')');
        break;
      case 'option':
        if (fieldClass.selector === null) break;
        block.add(' (');
        this.#location('Selector', fieldClass.selector.location);
        block.add(')');
        break;
      case 'variant': {
        const count = fieldClass.options.length;
        block.add(' (');
        block.number(count);
        block.add(` option${plural(count)}`);
        if (fieldClass.selector !== null) {
          block.add(', ');
          this.#location('Selector', fieldClass.selector.location);
        }
        block.add(')');
        break;
      }
      default:
        break;
    }
  }

  #mediaType(mediaType: string, separator: string): void {
    this.#block.add(`${separator}Media type \``);
    this.#block.value(toBinary(mediaType));
    this.#block.add('`)');
  }

  /** `Length field path [Event payload: 0]`, in MIP 1 `Length field location [Event payload: len]`. */
  #location(what: string, location: FieldLocation): void {
    const block = this.#block;
    block.add(`${what} field ${this.#mipVersion === 0 ? 'path' : 'location'} [`);
    block.value(SCOPES[location.scope]);
    block.add(': ');
    const items =
      this.#mipVersion === 0
        ? fieldPath(location, this.#roots).map((item) => (item === null ? '<current>' : String(item)))
        : location.path.map(toBinary);
    items.forEach((item, i) => {
      if (i > 0) block.add(', ');
      block.value(item);
    });
    block.add(']');
  }

  #fieldClassBody(fieldClass: FieldClass, hasAttributes: boolean): void {
    const block = this.#block;
    switch (fieldClass.kind) {
      case 'unsigned-integer':
      case 'signed-integer':
        this.#list('Mappings', hasAttributes, fieldClass.mappings ?? [], () =>
          this.#mappings(fieldClass.mappings ?? []),
        );
        break;
      case 'bit-array':
        this.#list('Flags', hasAttributes, fieldClass.flags, () => this.#mappings(fieldClass.flags));
        break;
      case 'structure':
        this.#list('Members', hasAttributes, fieldClass.members, () => {
          for (const member of fieldClass.members) {
            block.newLine();
            block.memberName(member.name);
            this.#attributed(member.fieldClass, member.userAttributes, ' ');
          }
        });
        break;
      case 'static-array':
      case 'dynamic-array':
        block.add(hasAttributes ? '\n' : ':\n');
        block.propertyNameLine('Element');
        block.add(' ');
        this.#fieldClass(fieldClass.element);
        break;
      case 'option':
        block.add(hasAttributes ? '\n' : ':\n');
        this.#optionBody(fieldClass);
        break;
      case 'variant':
        this.#list('Options', hasAttributes, fieldClass.options, () => {
          for (const { name, ranges, fieldClass: option, userAttributes } of fieldClass.options) {
            block.newLine();
            block.memberName(name ?? 'Unnamed');
            this.#ranges(ranges);
            this.#attributed(option, userAttributes, fieldClass.selector === null ? ' ' : ': ');
          }
        });
        break;
      default:
        break;
    }
  }

  #optionBody({ selector, content }: FieldClass & { kind: 'option' }): void {
    const block = this.#block;
    if (selector?.kind === 'boolean') block.property('Selector is reversed', selector.isReversed);
    else if (selector !== null) {
      block.propertyNameLine('Selector ranges');
      this.#ranges(selector.ranges);
      block.newLine();
    }
    block.propertyNameLine('Content');
    block.add(' ');
    this.#fieldClass(content);
  }

  /** Items that begin with a newline each; below a name of their own when attributes came before. */
  #list(name: string, hasAttributes: boolean, items: readonly unknown[], write: () => void): void {
    const block = this.#block;
    if (items.length === 0) return;
    if (!hasAttributes) {
      block.add(':');
      write();
      return;
    }
    block.newLine();
    block.propertyNameLine(name);
    block.indented(write);
  }

  /** A member's or option's field class, with its attributes when there are any. */
  #attributed(fieldClass: FieldClass, attributes: ValueMap, before: string): void {
    const block = this.#block;
    block.add(before);
    if (attributes.size === 0) {
      this.#fieldClass(fieldClass);
      return;
    }
    // The line ends after the name.
    block.trimEnd();
    block.newLine();
    block.indented(() => {
      block.propertyNameLine('Field class');
      block.add(' ');
      this.#fieldClass(fieldClass);
      block.newLine();
      block.namedValue('User attributes', attributes);
    });
  }

  #mappings(mappings: readonly Mapping[]): void {
    for (const { label, ranges } of [...mappings].sort((a, b) => compareBytes(a.label, b.label))) {
      this.#block.newLine();
      this.#block.propertyNameLine(label);
      this.#ranges(ranges);
    }
  }

  #ranges(ranges: readonly IntegerRange[]): void {
    const block = this.#block;
    const sorted = [...ranges].sort((a, b) => compare(a.lower, b.lower) || compare(a.upper, b.upper));
    for (const { lower, upper } of sorted) {
      block.add(' [');
      block.number(lower);
      if (lower !== upper) {
        block.add(', ');
        block.number(upper);
      }
      block.add(']');
    }
  }
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

function kindText(fieldClass: FieldClass): string {
  const { kind } = fieldClass;
  switch (kind) {
    case 'unsigned-integer':
      return fieldClass.mappings === null ? FIELD_CLASSES[kind] : 'Unsigned enumeration';
    case 'signed-integer':
      return fieldClass.mappings === null ? FIELD_CLASSES[kind] : 'Signed enumeration';
    case 'dynamic-array':
    case 'dynamic-blob':
      return `${FIELD_CLASSES[kind]} (${fieldClass.lengthLocation === null ? 'no' : 'with'} length field)`;
    case 'option':
    case 'variant': {
      const { selector } = fieldClass;
      return `${FIELD_CLASSES[kind]} (${selector === null ? 'no selector' : SELECTORS[selector.kind]})`;
    }
    default:
      return FIELD_CLASSES[kind];
  }
}
