/**
 * XML text into elements. Well-formedness is the parser's (saxes), which knows no entities of a document's own:
 * there is nothing to expand. Pure.
 */
import { SaxesParser } from 'saxes';
import type { XmlElement } from '../lttng/render/xml.ts';

export type ParsedXml =
  | { readonly kind: 'document'; readonly root: XmlElement }
  | { readonly kind: 'malformed'; readonly line: number; readonly reason: string };

/** Nothing that is saved nests deeper by far; deeper documents are refused before they are walked. */
const MAX_DEPTH = 64;

interface OpenElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

/** Reads one document. */
export function parseXml(text: string): ParsedXml {
  const parser = new SaxesParser();
  const open: OpenElement[] = [];
  let root: XmlElement | null = null;
  let malformed: ParsedXml | null = null;
  const refuse = (reason: string): void => {
    malformed ??= { kind: 'malformed', line: parser.line, reason };
  };
  const addText = (piece: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += piece;
  };
  parser.on('error', ({ message }) => refuse(message.replace(/^\d+:\d+: /, '')));
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length === MAX_DEPTH) refuse('elements are nested too deeply');
    else open.push({ name, attributes: { ...attributes }, children: [], text: '' });
  });
  parser.on('closetag', () => {
    const closed = open.pop();
    if (closed === undefined || malformed !== null) return;
    const { text: content, ...element } = closed;
    const parent = open.at(-1);
    const made: XmlElement = { ...element, text: content === '' ? null : content };
    if (parent === undefined) root = made;
    else parent.children.push(made);
  });
  // A byte order mark is no text.
  parser.write(text.replace(/^\ufeff/, '')).close();
  if (malformed !== null) return malformed;
  if (root === null) return { kind: 'malformed', line: 1, reason: 'document is empty' };
  return { kind: 'document', root };
}
