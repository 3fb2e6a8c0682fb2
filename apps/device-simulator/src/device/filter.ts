import { attributeOf, childElements, textOf, type XmlElement } from '@interlock/netconf';

/** Returns the key children of a list entry, which a selection always includes. */
export type KeysOf = (name: string) => readonly string[];

/**
 * Matches by name, and by namespace and attributes if the filter has any (RFC 6241 section 6.2.2).
 */
const matches = (data: XmlElement, filter: XmlElement): boolean =>
  filter.name === data.name &&
  (filter.namespace === '' || filter.namespace === data.namespace) &&
  filter.attributes.every(({ name, namespace, value }) => attributeOf(data, name, namespace) === value);

const isContentMatch = (filter: XmlElement): boolean =>
  childElements(filter).length === 0 && textOf(filter).trim() !== '';

const holds = (data: XmlElement, condition: XmlElement): boolean =>
  childElements(data).some(
    (child) => matches(child, condition) && textOf(child).trim() === textOf(condition).trim(),
  );

/** Returns the part of `data` that the filters together select; undefined for nothing. */
const select = (data: XmlElement, filters: readonly XmlElement[], keysOf: KeysOf): XmlElement | undefined => {
  const below: XmlElement[] = [];
  let any = false;
  for (const filter of filters) {
    const inner = childElements(filter);
    const conditions = inner.filter(isContentMatch);
    if (!conditions.every((condition) => holds(data, condition))) continue;
    const rest = inner.filter((one) => !isContentMatch(one));
    if (rest.length === 0) return data;
    any ||= conditions.length > 0;
    below.push(...rest, ...conditions);
  }
  const picked: XmlElement[] = [];
  let selected = any;
  for (const child of childElements(data)) {
    const hits = below.filter((filter) => matches(child, filter));
    const part =
      hits.length === 0
        ? undefined
        : select(
            child,
            hits.map((hit) => (isContentMatch(hit) ? { ...hit, children: [] } : hit)),
            keysOf,
          );
    if (part !== undefined) {
      picked.push(part);
      selected = true;
    } else if (keysOf(data.name).includes(child.name)) picked.push(child);
  }
  return selected ? { ...data, children: picked } : undefined;
};

/** Returns the number of elements in all filters. */
export const filterSize = (filters: readonly XmlElement[]): number =>
  filters.reduce((sum, filter) => sum + 1 + filterSize(childElements(filter)), 0);

/**
 * Filters top-level elements by subtree filters (RFC 6241, section 6). A filter without a namespace
 * matches any.
 */
export const filterSubtree = (
  data: readonly XmlElement[],
  filters: readonly XmlElement[],
  keysOf: KeysOf,
): XmlElement[] => {
  const result: XmlElement[] = [];
  for (const top of data) {
    const hits = filters.filter((filter) => matches(top, filter));
    const part = hits.length === 0 ? undefined : select(top, hits, keysOf);
    if (part !== undefined) result.push(part);
  }
  return result;
};
