import { attributeOf, childElements, elementBuilder, NETCONF_NS, rpcFault, textOf, type NetconfRpcError, type XmlElement } from '@interlock/netconf';
import { keyOf, schemaFor, type SchemaNode } from './schema.js';

type Operation = 'merge' | 'replace' | 'create' | 'delete' | 'remove' | 'none';

const OPERATIONS: readonly string[] = ['merge', 'replace', 'create', 'delete', 'remove'];
const nc = elementBuilder(NETCONF_NS);

const fault = (tag: string, path: string, message: string, element?: string): NetconfRpcError =>
  rpcFault(tag, message, { path, ...(element === undefined ? {} : { info: nc('error-info', nc('bad-element', element)) }) });

const operationOf = (element: XmlElement, inherited: Operation, path: string): Operation => {
  const said = attributeOf(element, 'operation', NETCONF_NS);
  if (said === undefined) return inherited;
  if (!OPERATIONS.includes(said)) throw fault('bad-attribute', path, `\`${said}\` is no operation`, element.name);
  return said as Operation;
};

const stripped = (element: XmlElement, children: XmlElement['children']): XmlElement => ({
  name: element.name,
  namespace: element.namespace,
  attributes: [],
  children,
});

/** Applies one element of an edit to what stands in its place; undefined means that nothing stands there afterwards. */
const applyNode = (current: XmlElement | undefined, edit: XmlElement, node: SchemaNode, inherited: Operation, path: string): XmlElement | undefined => {
  const operation = operationOf(edit, inherited, path);
  if (operation === 'remove') return undefined;
  if (operation === 'delete') {
    if (current === undefined) throw fault('data-missing', path, 'nothing to delete', edit.name);
    return undefined;
  }
  if (operation === 'create' && current !== undefined) throw fault('data-exists', path, 'it exists already', edit.name);
  if (node.kind === 'leaf') {
    if (operation === 'none') return current;
    const value = textOf(edit).trim();
    if (childElements(edit).length > 0 || !node.valid(value)) throw fault('invalid-value', path, `\`${value}\` is not a value of \`${node.name}\``, node.name);
    return stripped(edit, value === '' ? [] : [value]);
  }
  if (operation === 'none' && current === undefined) throw fault('data-missing', path, 'it does not exist', edit.name);
  const base = operation === 'merge' || operation === 'none' ? (current?.children ?? []) : [];
  const below = operation === 'create' || operation === 'replace' ? 'merge' : operation;
  return stripped(edit, applyChildren(base.filter((child) => typeof child !== 'string'), childElements(edit), node.children, node.kind === 'list' ? node.keys : [], below, path));
};

/** Applies an edit's elements to their siblings. */
const applyChildren = (
  current: readonly XmlElement[],
  edits: readonly XmlElement[],
  schema: readonly SchemaNode[],
  ownKeys: readonly string[],
  operation: Operation,
  path: string,
): XmlElement[] => {
  const result = [...current];
  for (const edit of edits) {
    const here = `${path}/${edit.name}`;
    const node = schemaFor(schema, edit);
    if (node === undefined) {
      const elsewhere = schema.some((one) => one.name === edit.name);
      throw fault(elsewhere ? 'unknown-namespace' : 'unknown-element', here, `\`${edit.name}\` is not known here`, edit.name);
    }
    const key = node.kind === 'list' ? keyOf(node.keys, edit) : undefined;
    if (node.kind === 'list' && key === undefined) throw fault('missing-element', here, `a \`${node.name}\` needs its key`, node.keys[0]);
    const at = result.findIndex((one) => schemaFor([node], one) !== undefined && (node.kind !== 'list' || keyOf(node.keys, one) === key));
    const isKey = ownKeys.includes(edit.name);
    const next = applyNode(result[at], edit, node, isKey ? 'merge' : operation, here);
    if (next === undefined && at >= 0) result.splice(at, 1);
    else if (next !== undefined && at >= 0) result[at] = next;
    else if (next !== undefined) result.push(next);
  }
  return result;
};

/**
 * The configuration after an edit; the old one is untouched, so a thrown fault leaves everything as it was.
 * @throws NetconfRpcError
 */
export const applyEdit = (
  config: readonly XmlElement[],
  edits: readonly XmlElement[],
  schema: readonly SchemaNode[],
  defaultOperation: 'merge' | 'replace' | 'none',
): XmlElement[] => applyChildren(config, edits, schema, [], defaultOperation, '');
