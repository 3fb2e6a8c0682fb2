import type { XmlElement } from './parse.js';
import { textOf } from './tree.js';

/** Writes an element whose text names an identity, given the identity's namespace and name. */
type WriteIdentity = (element: XmlElement, namespace: string, name: string) => XmlElement;

/** The local name in the namespace of the element, else `{namespace}name`. */
const plainly: WriteIdentity = (element, namespace, name) => ({
  ...element,
  children: [namespace === element.namespace ? name : `{${namespace}}${name}`],
});

/**
 * Resolves the prefixes in the text of the elements `{namespace}name` that name an identity, for
 * prefixes are the sender's choice. A text whose prefix nobody declares stays as it is.
 */
export const resolveIdentities = (
  element: XmlElement,
  identities: ReadonlySet<string>,
  write: WriteIdentity = plainly,
  around: Readonly<Record<string, string>> = {},
): XmlElement => {
  if (identities.size === 0) return element;
  const prefixes = { ...around, ...element.prefixes };
  if (!identities.has(`{${element.namespace}}${element.name}`))
    return {
      ...element,
      children: element.children.map((child) =>
        typeof child === 'string' ? child : resolveIdentities(child, identities, write, prefixes),
      ),
    };
  const text = textOf(element).trim();
  const [prefix, name] = text.includes(':') ? (text.split(':', 2) as [string, string]) : [undefined, text];
  const namespace = prefix === undefined ? element.namespace : prefixes[prefix];
  return namespace === undefined ? element : write(element, namespace, name);
};
