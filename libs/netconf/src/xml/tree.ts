import type { XmlAttribute, XmlElement, XmlNode } from './parse.js';

/**
 * Makes elements of one namespace: `elementBuilder(ns)('cell', child, 'text')`. Numbers and
 * booleans become text.
 */
export type ElementBuilder = (
  name: string,
  ...children: readonly (XmlNode | number | boolean)[]
) => XmlElement;

/** A builder for elements of `namespace`. */
export const elementBuilder =
  (namespace: string): ElementBuilder =>
  (name, ...children) => ({
    name,
    namespace,
    attributes: [],
    children: children
      .map((child) => (typeof child === 'object' ? child : String(child)))
      .filter((child) => child !== ''),
  });

/** The element with one more attribute, which replaces an earlier one of the same name. */
export const withAttribute = (element: XmlElement, attribute: XmlAttribute): XmlElement => ({
  ...element,
  attributes: [
    ...element.attributes.filter((a) => a.name !== attribute.name || a.namespace !== attribute.namespace),
    attribute,
  ],
});

/** The element with other children. */
export const withChildren = (element: XmlElement, children: readonly XmlNode[]): XmlElement => ({
  ...element,
  children,
});

/** True for an element, false for text. */
export const isElement = (node: XmlNode): node is XmlElement => typeof node !== 'string';

/** Child elements, optionally only those of one local name (and namespace). */
export const childElements = (element: XmlElement, name?: string, namespace?: string): XmlElement[] =>
  element.children.filter(
    (child): child is XmlElement =>
      isElement(child) &&
      (name === undefined || child.name === name) &&
      (namespace === undefined || child.namespace === namespace),
  );

/** The first child element of that local name (and namespace). */
export const childElement = (element: XmlElement, name: string, namespace?: string): XmlElement | undefined =>
  childElements(element, name, namespace)[0];

/** All text directly inside the element. */
export const textOf = (element: XmlElement): string =>
  element.children.filter((child) => typeof child === 'string').join('');

/** The trimmed text of the first such child; undefined if there is none. */
export const childText = (element: XmlElement, name: string, namespace?: string): string | undefined => {
  const child = childElement(element, name, namespace);
  return child === undefined ? undefined : textOf(child).trim();
};

/** The value of an attribute, unprefixed unless a namespace is given. */
export const attributeOf = (element: XmlElement, name: string, namespace = ''): string | undefined =>
  element.attributes.find((attribute) => attribute.name === name && attribute.namespace === namespace)?.value;

/** Follows local names downwards, the first match at each step. */
export const elementAt = (element: XmlElement, ...path: readonly string[]): XmlElement | undefined => {
  let current: XmlElement | undefined = element;
  for (const name of path) current = current === undefined ? undefined : childElement(current, name);
  return current;
};
