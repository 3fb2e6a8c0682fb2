import type { XmlElement } from '@interlock/netconf';
import { childElements } from '@interlock/netconf';

export const RAN_NS = 'urn:interlock:params:xml:ns:yang:ran';

/** A node of a YANG module, with the properties that editing needs. */
export type SchemaNode =
  | {
      readonly kind: 'container';
      readonly name: string;
      readonly namespace: string;
      readonly children: readonly SchemaNode[];
    }
  | {
      readonly kind: 'list';
      readonly name: string;
      readonly namespace: string;
      readonly keys: readonly string[];
      readonly children: readonly SchemaNode[];
    }
  | {
      readonly kind: 'leaf';
      readonly name: string;
      readonly namespace: string;
      readonly valid: (text: string, element: XmlElement) => boolean;
    }
  | {
      readonly kind: 'leaf-list';
      readonly name: string;
      readonly namespace: string;
      readonly valid: (text: string, element: XmlElement) => boolean;
    };

/** Accepts texts that are one of these words. */
export const oneOf =
  (...values: readonly string[]) =>
  (one: string): boolean =>
    values.includes(one);
/** Accepts texts that are an integer within these bounds. */
export const integer =
  (low: number, high: number) =>
  (one: string): boolean =>
    /^-?(0|[1-9][0-9]*)$/.test(one) && Number(one) >= low && Number(one) <= high;
/** Accepts texts with a number of characters within these bounds. */
export const text =
  (least: number, most: number) =>
  (one: string): boolean =>
    one.length >= least && one.length <= most;
const word = text(1, 256);

const leaf = (name: string, valid: (text: string) => boolean): SchemaNode => ({
  kind: 'leaf',
  name,
  namespace: RAN_NS,
  valid,
});
const container = (name: string, ...children: readonly SchemaNode[]): SchemaNode => ({
  kind: 'container',
  name,
  namespace: RAN_NS,
  children,
});
const list = (name: string, key: string, ...children: readonly SchemaNode[]): SchemaNode => ({
  kind: 'list',
  name,
  namespace: RAN_NS,
  keys: [key],
  children: [leaf(key, word), ...children],
});

const ratio = (name: string): SchemaNode => leaf(name, integer(0, 100));

/** The configuration part of `interlock-ran`. */
export const ranSchema: readonly SchemaNode[] = [
  container(
    'ran',
    list(
      'cell',
      'id',
      container(
        'attributes',
        leaf('administrativeState', oneOf('LOCKED', 'UNLOCKED')),
        leaf('configuredMaxTxPower', integer(0, 600)),
      ),
      list(
        'relation',
        'target',
        container(
          'attributes',
          leaf('isHOAllowed', oneOf('true', 'false')),
          leaf('cellIndividualOffset', integer(-24, 24)),
          leaf('isESCoveredBy', oneOf('FULL', 'PARTIAL', 'NO')),
        ),
      ),
      list(
        'rrmPolicyRatio',
        'id',
        container(
          'attributes',
          leaf('resourceType', oneOf('PRB', 'RRC')),
          leaf('sNSSAI', word),
          ratio('rRMPolicyMaxRatio'),
          ratio('rRMPolicyMinRatio'),
          ratio('rRMPolicyDedicatedRatio'),
        ),
      ),
    ),
  ),
];

/** The list keys by local name, for filters and differences. */
export const ranKeys: Readonly<Record<string, readonly string[]>> = {
  cell: ['id'],
  relation: ['target'],
  rrmPolicyRatio: ['id'],
};

/**
 * Returns the schema node for an element among siblings; undefined if no module defines the
 * element.
 */
export const schemaFor = (siblings: readonly SchemaNode[], element: XmlElement): SchemaNode | undefined =>
  siblings.find((node) => node.name === element.name && node.namespace === element.namespace);

/** Returns the key values of a list entry; undefined if one is missing. */
export const keyOf = (keys: readonly string[], element: XmlElement): string | undefined => {
  const values: string[] = [];
  for (const key of keys) {
    const found = childElements(element, key)[0];
    if (found === undefined) return undefined;
    values.push(
      found.children
        .filter((child) => typeof child === 'string')
        .join('')
        .trim(),
    );
  }
  return JSON.stringify(values);
};
