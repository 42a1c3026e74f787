/** XML as values: elements, their text, and their serialised form on one line, as upstream's writer gives it. */

export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** Text instead of children; `null`: there is none. */
  readonly text: string | null;
  readonly attributes: Readonly<Record<string, string>>;
}

/** An element with children; `null` children are left out. */
export function element(name: string, children: readonly (XmlElement | null)[] = []): XmlElement {
  return { name, children: children.filter((child) => child !== null), text: null, attributes: {} };
}

/** An element with text. */
export function leaf(name: string, value: string | number | boolean): XmlElement {
  return { name, children: [], text: String(value), attributes: {} };
}

/** Writes an element; an element without children and text is `<name/>`, one with empty text `<name></name>`. */
export function serialiseXml({ name, children, text, attributes }: XmlElement): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
  const opening = `<${name}${pairs.join('')}`;
  if (text === null && children.length === 0) return `${opening}/>`;
  return `${opening}>${text === null ? children.map(serialiseXml).join('') : escapeXml(text)}</${name}>`;
}

/** Writes an element on lines of its own, with a tab for each level: the form of files. */
export function serialiseXmlLines(root: XmlElement, level = 0): string {
  const margin = '\t'.repeat(level);
  if (root.text !== null || root.children.length === 0) return `${margin}${serialiseXml(root)}`;
  const children = root.children.map((child) => serialiseXmlLines(child, level + 1));
  return [`${margin}<${root.name}>`, ...children, `${margin}</${root.name}>`].join('\n');
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Escapes markup, and leaves out the control characters that XML 1.0 cannot hold. */
function escapeXml(text: string): string {
  return [...text]
    .filter((character) => character >= ' ' || '\t\n\r'.includes(character))
    .map((character) => ESCAPES[character] ?? character)
    .join('');
}
