import { SaxesParser } from 'saxes';
import { XMLNS_NS } from '../names.js';
import { defaultLimits, type NetconfLimits } from '../limits.js';

/**
 * An attribute; `namespace` is empty for an unprefixed one. Namespace declarations are never listed
 * here.
 */
export type XmlAttribute = { readonly name: string; readonly namespace: string; readonly value: string };

/**
 * An element or a piece of text. Comments and processing instructions are dropped by the parser.
 */
export type XmlNode = XmlElement | string;

/** An element by local name and namespace; the sender's prefixes do not matter. */
export type XmlElement = {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlNode[];
  /**
   * Prefixes declared on this element, kept because QNames in text (identities, XPath) depend on
   * them.
   */
  readonly prefixes?: Readonly<Record<string, string>>;
};

/** The reason why a document was refused. */
export type XmlErrorCode = 'malformed' | 'doctype' | 'too_deep' | 'too_large';

/**
 * The text is not an accepted document: it is not well-formed, has a DOCTYPE, or exceeds a limit.
 */
export class XmlError extends Error {
  override readonly name = 'XmlError';
  constructor(
    readonly code: XmlErrorCode,
    message: string,
  ) {
    super(message);
  }
}

type OpenElement = {
  name: string;
  namespace: string;
  attributes: XmlAttribute[];
  prefixes: Record<string, string> | undefined;
  children: XmlNode[];
  hasElements: boolean;
};

const close = (open: OpenElement): XmlElement => ({
  name: open.name,
  namespace: open.namespace,
  attributes: open.attributes,
  children: open.hasElements
    ? open.children.filter((child) => typeof child !== 'string' || child.trim() !== '')
    : open.children,
  ...(open.prefixes === undefined ? {} : { prefixes: open.prefixes }),
});

const appendText = (open: OpenElement | undefined, text: string): void => {
  if (open === undefined) return;
  const last = open.children.length - 1;
  const previous = open.children[last];
  if (typeof previous === 'string') open.children[last] = previous + text;
  else open.children.push(text);
};

/**
 * Parses one document into a tree. White space between elements is dropped, adjacent texts are
 * joined, and CDATA is text.
 * @throws XmlError for malformed input, any DOCTYPE, or anything beyond `limits`.
 */
export const parseXml = (text: string, limits: Partial<NetconfLimits> = {}): XmlElement => {
  const caps = { ...defaultLimits, ...limits };
  if (text.length > caps.maxMessageBytes)
    throw new XmlError('too_large', `document is longer than ${caps.maxMessageBytes} characters`);
  const stack: OpenElement[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  let attributes = 0;
  const parser = new SaxesParser<{ xmlns: true; position: false }>({ xmlns: true, position: false });
  parser.on('error', (error) => {
    throw new XmlError('malformed', `malformed XML: ${error.message}`);
  });
  parser.on('doctype', () => {
    throw new XmlError('doctype', 'a document type declaration is refused');
  });
  parser.on('xmldecl', (declaration) => {
    if (declaration.version !== '1.0')
      throw new XmlError('malformed', `XML version \`${declaration.version ?? ''}\` is refused`);
  });
  parser.on('opentagstart', () => {
    attributes = 0;
    elements += 1;
    if (elements > caps.maxElements)
      throw new XmlError('too_large', `more than ${caps.maxElements} elements`);
    if (stack.length >= caps.maxDepth)
      throw new XmlError('too_deep', `elements nested deeper than ${caps.maxDepth}`);
  });
  parser.on('attribute', () => {
    attributes += 1;
    if (attributes > caps.maxAttributes)
      throw new XmlError('too_large', `more than ${caps.maxAttributes} attributes on one element`);
  });
  parser.on('opentag', (tag) => {
    const own: XmlAttribute[] = [];
    let prefixes: Record<string, string> | undefined;
    for (const attribute of Object.values(tag.attributes)) {
      if (attribute.uri === XMLNS_NS) {
        if (attribute.prefix !== '') (prefixes ??= {})[attribute.local] = attribute.value;
      } else own.push({ name: attribute.local, namespace: attribute.uri, value: attribute.value });
    }
    stack.push({
      name: tag.local,
      namespace: tag.uri,
      attributes: own,
      prefixes,
      children: [],
      hasElements: false,
    });
  });
  parser.on('text', (piece) => appendText(stack.at(-1), piece));
  parser.on('cdata', (piece) => appendText(stack.at(-1), piece));
  parser.on('closetag', () => {
    const open = stack.pop();
    if (open === undefined) return;
    const done = close(open);
    const parent = stack.at(-1);
    if (parent === undefined) root = done;
    else {
      parent.children.push(done);
      parent.hasElements = true;
    }
  });
  parser.write(text).close();
  if (root === undefined) throw new XmlError('malformed', 'malformed XML: no document element');
  return root;
};
