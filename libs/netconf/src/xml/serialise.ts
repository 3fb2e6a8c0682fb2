import type { XmlAttribute, XmlElement } from './parse.js';

// A name that needs no escaping and cannot break out of a tag. YANG identifiers match it.
const NAME = /^[A-Za-z_][A-Za-z0-9._-]*$/;
// XML 1.0 cannot contain these characters. The escapes satisfy eslint's no-control-regex.
const FORBIDDEN =
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
  '\n': '&#xA;',
  '\t': '&#x9;',
};

const checked = (value: string): string => {
  if (FORBIDDEN.test(value)) throw new RangeError('text holds a character that XML cannot carry');
  return value;
};

// INVARIANT: `>` is always written as an entity, so the end-of-message mark `]]>]]>` cannot appear
// inside a message.
const escapeText = (value: string): string => checked(value).replace(/[&<>\r]/g, (c) => ENTITIES[c] ?? c);
const escapeAttribute = (value: string): string =>
  checked(value).replace(/[&<>"\r\n\t]/g, (c) => ENTITIES[c] ?? c);

const checkName = (name: string): string => {
  if (!NAME.test(name)) throw new RangeError(`\`${name}\` is not a usable XML name`);
  return name;
};

type Scope = { readonly namespace: string; readonly prefixes: ReadonlyMap<string, string> };

const attributeText = (attribute: XmlAttribute, prefixOf: (uri: string) => string): string => {
  const name = checkName(attribute.name);
  if (name === 'xmlns' && attribute.namespace === '')
    throw new RangeError('`xmlns` is not an attribute name; give the element a namespace');
  const qualified = attribute.namespace === '' ? name : `${prefixOf(attribute.namespace)}:${name}`;
  return ` ${qualified}="${escapeAttribute(attribute.value)}"`;
};

const write = (element: XmlElement, scope: Scope, out: string[]): void => {
  const name = checkName(element.name);
  out.push('<', name);
  if (element.namespace !== scope.namespace) out.push(' xmlns="', escapeAttribute(element.namespace), '"');
  let prefixes = scope.prefixes;
  let own: Map<string, string> | undefined;
  const declare = (prefix: string, uri: string): void => {
    if (prefixes.get(prefix) === uri) return;
    own ??= new Map(prefixes);
    own.set(prefix, uri);
    prefixes = own;
    out.push(' xmlns:', checkName(prefix), '="', escapeAttribute(uri), '"');
  };
  for (const [prefix, uri] of Object.entries(element.prefixes ?? {}))
    if (prefix !== 'xml') declare(prefix, uri);
  const prefixOf = (uri: string): string => {
    if (uri === 'http://www.w3.org/XML/1998/namespace') return 'xml';
    for (const [prefix, known] of prefixes) if (known === uri) return prefix;
    let n = prefixes.size;
    while (prefixes.has(`a${n}`)) n += 1;
    declare(`a${n}`, uri);
    return `a${n}`;
  };
  const attributes = element.attributes.map((attribute) => attributeText(attribute, prefixOf));
  out.push(...attributes);
  if (element.children.length === 0) {
    out.push('/>');
    return;
  }
  out.push('>');
  const inner: Scope = { namespace: element.namespace, prefixes };
  for (const child of element.children) {
    if (typeof child === 'string') out.push(escapeText(child));
    else write(child, inner, out);
  }
  out.push('</', name, '>');
};

/**
 * Writes a tree as text: no CDATA, no comments, `>` always as `&gt;`, and a default namespace
 * declaration wherever it changes.
 * @throws RangeError for a name or a character that XML 1.0 cannot contain.
 */
export const serialiseXml = (element: XmlElement): string => {
  const out: string[] = [];
  write(element, { namespace: '', prefixes: new Map() }, out);
  return out.join('');
};
