import {
  attributeOf,
  childElements,
  elementBuilder,
  NETCONF_NS,
  rpcFault,
  textOf,
  type NetconfRpcError,
  type XmlElement,
} from '@interlock/netconf';
import { keyOf, schemaFor, type SchemaNode } from './schema.js';

type Operation = 'merge' | 'replace' | 'create' | 'delete' | 'remove' | 'none';

const OPERATIONS: readonly string[] = ['merge', 'replace', 'create', 'delete', 'remove'];
const nc = elementBuilder(NETCONF_NS);

const fault = (tag: string, path: string, message: string, ...info: readonly XmlElement[]): NetconfRpcError =>
  rpcFault(tag, message, { path, ...(info.length === 0 ? {} : { info: nc('error-info', ...info) }) });

const badElement = (name: string): XmlElement => nc('bad-element', name);
const badAttribute = (name: string, element: string): readonly XmlElement[] => [
  nc('bad-attribute', name),
  badElement(element),
];

const operationOf = (element: XmlElement, inherited: Operation, path: string): Operation => {
  const other = element.attributes.find(
    ({ name, namespace }) => name !== 'operation' || namespace !== NETCONF_NS,
  );
  if (other !== undefined)
    throw fault(
      'unknown-attribute',
      path,
      `the attribute \`${other.name}\` is not known here`,
      ...badAttribute(other.name, element.name),
    );
  const said = attributeOf(element, 'operation', NETCONF_NS);
  if (said === undefined) return inherited;
  if (!OPERATIONS.includes(said))
    throw fault(
      'bad-attribute',
      path,
      `\`${said}\` is not an operation`,
      ...badAttribute('operation', element.name),
    );
  return said as Operation;
};

const stripped = (element: XmlElement, children: XmlElement['children']): XmlElement => ({
  name: element.name,
  namespace: element.namespace,
  attributes: [],
  children,
});

/**
 * Applies one element of an edit to the current element. Returns undefined if no element remains.
 */
const applyNode = (
  current: XmlElement | undefined,
  edit: XmlElement,
  node: SchemaNode,
  inherited: Operation,
  isKey: boolean,
  path: string,
): XmlElement | undefined => {
  const operation = operationOf(edit, inherited, path);
  if (operation === 'remove' || operation === 'delete') {
    if (isKey)
      throw fault(
        'bad-attribute',
        path,
        'a key goes with its entry only',
        ...badAttribute('operation', edit.name),
      );
    if (operation === 'delete' && current === undefined)
      throw fault('data-missing', path, 'nothing to delete', badElement(edit.name));
    return undefined;
  }
  if (operation === 'create' && current !== undefined)
    throw fault('data-exists', path, 'it exists already', badElement(edit.name));
  if (node.kind === 'leaf' || node.kind === 'leaf-list') {
    if (operation === 'none') return current;
    const value = textOf(edit).trim();
    if (childElements(edit).length > 0 || !node.valid(value, edit))
      throw fault(
        'invalid-value',
        path,
        `\`${value}\` is not a value of \`${node.name}\``,
        badElement(node.name),
      );
    // Prefixes declared on a leaf are kept, because they define the names in its text.
    const { prefixes } = edit;
    return {
      ...stripped(edit, value === '' ? [] : [value]),
      ...(prefixes === undefined ? {} : { prefixes }),
    };
  }
  if (textOf(edit).trim() !== '')
    throw fault('bad-element', path, `\`${node.name}\` holds elements, not text`, badElement(node.name));
  if (operation === 'none' && current === undefined)
    throw fault('data-missing', path, 'it does not exist', badElement(edit.name));
  const base = operation === 'merge' || operation === 'none' ? (current?.children ?? []) : [];
  const below = operation === 'create' || operation === 'replace' ? 'merge' : operation;
  return stripped(
    edit,
    applyChildren(
      base.filter((child) => typeof child !== 'string'),
      childElements(edit),
      node.children,
      node.kind === 'list' ? node.keys : [],
      below,
      path,
    ),
  );
};

/**
 * What tells an element from its siblings of the same schema; undefined for a list entry without
 * its key. Each entry of a list that has no keys differs from all others.
 */
const identityOf = (node: SchemaNode, element: XmlElement): string | symbol | undefined => {
  if (node.kind === 'leaf-list') return `${node.name} ${textOf(element).trim()}`;
  if (node.kind !== 'list') return node.name;
  if (node.keys.length === 0) return Symbol(node.name);
  const key = keyOf(node.keys, element);
  return key === undefined ? undefined : `${node.name} ${key}`;
};

/** Returns siblings by their identity, in order. */
export const byIdentity = (
  siblings: readonly XmlElement[],
  schema: readonly SchemaNode[],
): Map<string | symbol, XmlElement> => {
  const found = new Map<string | symbol, XmlElement>();
  for (const one of siblings) {
    const node = schemaFor(schema, one);
    const identity = node === undefined ? undefined : identityOf(node, one);
    if (identity !== undefined) found.set(identity, one);
  }
  return found;
};

/** Applies an edit's elements to their siblings, in time linear in both. */
const applyChildren = (
  current: readonly XmlElement[],
  edits: readonly XmlElement[],
  schema: readonly SchemaNode[],
  ownKeys: readonly string[],
  operation: Operation,
  path: string,
): XmlElement[] => {
  const result = byIdentity(current, schema);
  const named = new Set<string | symbol>();
  for (const edit of edits) {
    const here = `${path}/${edit.name}`;
    const node = schemaFor(schema, edit);
    if (node === undefined) {
      const elsewhere = schema.some((one) => one.name === edit.name);
      throw fault(
        elsewhere ? 'unknown-namespace' : 'unknown-element',
        here,
        `\`${edit.name}\` is not known here`,
        badElement(edit.name),
      );
    }
    const identity = identityOf(node, edit);
    if (identity === undefined)
      throw fault(
        'missing-element',
        here,
        `a \`${node.name}\` needs its key`,
        badElement(node.kind === 'list' ? (node.keys[0] ?? '') : node.name),
      );
    if (named.has(identity))
      throw fault('bad-element', here, `\`${edit.name}\` stands twice in the edit`, badElement(edit.name));
    named.add(identity);
    const isKey = ownKeys.includes(edit.name);
    const next = applyNode(result.get(identity), edit, node, isKey ? 'merge' : operation, isKey, here);
    if (next === undefined) result.delete(identity);
    else result.set(identity, next);
  }
  return [...result.values()];
};

/**
 * Returns the configuration after an edit. The old one is not changed, so a thrown fault has no
 * effect.
 * @throws NetconfRpcError
 */
export const applyEdit = (
  config: readonly XmlElement[],
  edits: readonly XmlElement[],
  schema: readonly SchemaNode[],
  defaultOperation: 'merge' | 'replace' | 'none',
): XmlElement[] => applyChildren(config, edits, schema, [], defaultOperation, '');

/**
 * Checks that a configuration is valid, for example that each list entry has its key.
 * @throws NetconfRpcError
 */
export const assertValid = (config: readonly XmlElement[], schema: readonly SchemaNode[]): void => {
  applyEdit([], config, schema, 'merge');
};
