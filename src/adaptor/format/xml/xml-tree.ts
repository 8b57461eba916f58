import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { documentText } from '../document-text.js';
import { MAX_DEPTH } from '../json-value.js';
import { FormatError } from '../payload-format.js';
import { checkCharacters, resolvedText } from './xml-text.js';

/** An element with its references resolved. */
export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All text directly within it. */
  readonly text: string;
  readonly isNil: boolean;
}

type Node = Readonly<Record<string, unknown>>;

const PARSER = new XMLParser({
  preserveOrder: true,
  trimValues: false,
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  cdataPropName: '#cdata',
  maxNestedTags: MAX_DEPTH,
  onDangerousProperty: (name: string) => name,
});

const ENCODING = /^<\?xml[^>]*?\bencoding\s*=\s*["']([^"']*)["']/;
const KNOWN_ENCODINGS = /^(?:utf-?8|us-ascii|ascii)$/i;

/**
 * The root of a document. A document type, with which entities and external documents come, is refused, as is what is nested deeper than 64.
 * @throws FormatError
 */
export function xmlTree(document: unknown): XmlElement {
  const text = documentText(document, 'an XML document');
  const encoding = ENCODING.exec(text)?.[1];
  if (encoding !== undefined && !KNOWN_ENCODINGS.test(encoding))
    throw new FormatError(`the document says that it is in ${encoding}: send UTF-8`, '');
  if (/<!DOCTYPE|<!ENTITY/i.test(text))
    throw new FormatError('a document type is refused: entities are not expanded, external documents not read', '');
  checkCharacters(text);
  if (!text.trimEnd().endsWith('>')) throw new FormatError('something follows the root element', '');
  const found = parsed(text).filter((node) => Object.keys(node).some((key) => key !== '#text' && key !== ':@'));
  const [root] = found;
  if (root === undefined || found.length > 1) throw new FormatError(`one root element expected, ${found.length} found`, '');
  return elementOf(root);
}

function parsed(text: string): readonly Node[] {
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the parser alone lets crossed elements pass; what is to replace the validator, fast-xml-validator, is not installed
    const validity = XMLValidator.validate(text);
    if (validity !== true) throw new FormatError(`not XML: ${validity.err.msg} (line ${validity.err.line})`, '');
    return PARSER.parse(text) as readonly Node[];
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(`not XML: ${(error as Error).message}`, '');
  }
}

function elementOf(node: Node): XmlElement {
  const tag = Object.keys(node).find((key) => key !== ':@') ?? '';
  const attributes = new Map<string, string>();
  let isNil = false;
  for (const [name, value] of Object.entries((node[':@'] ?? {}) as Readonly<Record<string, string>>)) {
    if (name === 'xsi:nil') isNil = value === 'true' || value === '1';
    else if (name !== 'xmlns' && !/^(?:xmlns|xsi|xml):/.test(name)) attributes.set(withoutPrefix(name), resolvedText(value));
  }
  const children: XmlElement[] = [];
  let text = '';
  for (const child of node[tag] as readonly Node[]) {
    if (typeof child['#text'] === 'string') text += resolvedText(child['#text']);
    else if (child['#cdata'] !== undefined) text += (child['#cdata'] as readonly Node[]).map((part) => part['#text'] as string).join('');
    else children.push(elementOf(child));
  }
  return { name: withoutPrefix(tag), attributes, children, text, isNil };
}

const withoutPrefix = (name: string): string => name.slice(name.indexOf(':') + 1);
