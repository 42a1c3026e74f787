/**
 * Checks a document against the table of `schema.ts`, and says what is wrong in the words of libxml2, which
 * upstream shows. Only the first fault is told.
 */
import type { XmlElement } from '../lttng/render/xml.ts';
import { type ElementType, type Member, rootName, rootType, type SimpleType } from './schema.ts';

/** How many names and values libxml2 lists. */
const MAX_LISTED = 10;

type Members = Readonly<Record<string, Member>>;

/** What is wrong with a document, or null. */
export function faultOf(root: XmlElement): string | null {
  if (root.name !== rootName) {
    return faultAt(root, 'No matching global declaration available for the validation root.');
  }
  return faultIn(root, rootType, false);
}

const faultAt = ({ name }: XmlElement, text: string): string => `Element '${name}': ${text}`;

function faultIn(element: XmlElement, type: ElementType, mayBeEmpty: boolean): string | null {
  const [attribute] = Object.keys(element.attributes);
  if (attribute !== undefined) {
    return `Element '${element.name}', attribute '${attribute}': The attribute '${attribute}' is not allowed.`;
  }
  if (type.kind !== 'all' && type.kind !== 'one' && type.kind !== 'many') {
    if (element.children.length > 0) {
      return faultAt(element, 'Element content is not allowed, because the type definition is simple.');
    }
    const value = element.text ?? '';
    const fault = mayBeEmpty && value === '' ? null : faultOfText(value, type);
    return fault === null ? null : faultAt(element, fault);
  }
  if ((element.text ?? '').trim() !== '') {
    return faultAt(
      element,
      `Character content other than whitespace is not allowed because the content type is 'element-only'.`,
    );
  }
  return faultOfChildren(element, type);
}

function faultOfChildren(
  parent: XmlElement,
  type: Extract<ElementType, { readonly members: Members }>,
): string | null {
  const seen = new Set<string>();
  for (const child of parent.children) {
    const member = Object.hasOwn(type.members, child.name) ? type.members[child.name] : undefined;
    const isTooMany = type.kind === 'all' ? seen.has(child.name) : type.kind === 'one' && seen.size > 0;
    if (member === undefined || isTooMany) {
      const isListed = type.kind === 'many' || seen.size === 0;
      return faultAt(child, `This element is not expected.${isListed ? expected(type.members) : ''}`);
    }
    seen.add(child.name);
    const fault = faultIn(child, member.type(), member.mayBeEmpty === true);
    if (fault !== null) return fault;
  }
  const rest = Object.entries(type.members).filter(([name]) => !seen.has(name));
  const isMissing =
    type.kind === 'all'
      ? rest.some(([, { isOptional }]) => isOptional !== true)
      : parent.children.length < (type.kind === 'one' ? 1 : type.min);
  if (!isMissing) return null;
  return faultAt(parent, `Missing child element(s).${expected(Object.fromEntries(rest))}`);
}

function expected(members: Members): string {
  const names = Object.keys(members);
  const list = names.slice(0, MAX_LISTED).join(', ');
  return ` Expected is ${names.length === 1 ? '' : 'one of '}( ${list} ).`;
}

function faultOfText(raw: string, type: SimpleType): string | null {
  if (type.kind === 'text') {
    const { maxLength } = type;
    const { length } = [...raw];
    if (maxLength === undefined || length <= maxLength) return null;
    return `[facet 'maxLength'] The value has a length of '${length}'; this exceeds the allowed maximum length of '${maxLength}'.`;
  }
  if (type.kind === 'word') {
    if (type.words.includes(raw)) return null;
    const words = type.words.map((word) => `'${word}'`).join(', ');
    return `[facet 'enumeration'] The value '${raw}' is not an element of the set {${words}}.`;
  }
  const value = raw.trim();
  const isRight = type.kind === 'boolean' ? /^(true|false|0|1)$/ : /^[+-]?\d+$/;
  const typeName = type.kind === 'boolean' ? 'xs:boolean' : type.name;
  if (!isRight.test(value)) return `'${raw}' is not a valid value of the atomic type '${typeName}'.`;
  return type.kind === 'boolean' ? null : faultOfNumber(value, type);
}

function faultOfNumber(
  value: string,
  { min, max }: Extract<SimpleType, { readonly kind: 'integer' }>,
): string | null {
  const number = BigInt(value.replace(/^\+/, ''));
  if (min !== undefined && number < min) {
    return `[facet 'minInclusive'] The value '${value}' is less than the minimum value allowed ('${min}').`;
  }
  if (max !== undefined && number > max) {
    return `[facet 'maxInclusive'] The value '${value}' is greater than the maximum value allowed ('${max}').`;
  }
  return null;
}
