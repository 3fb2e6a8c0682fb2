import {
  childElements,
  elementBuilder,
  NETCONF_NS,
  rpcFault,
  textOf,
  type NetconfRpcError,
  type XmlElement,
} from '@interlock/netconf';

/**
 * The allowed content of an operation's parameter: `text`, `nothing`, `one` empty element (a
 * datastore), or `any`. `attributes` are the allowed attributes without a namespace or in that of
 * NETCONF. `namespace`: the parameter's own, if it is not that of the operation.
 */
type Parameter = {
  readonly holds: 'text' | 'nothing' | 'one' | 'any';
  readonly attributes?: readonly string[];
  readonly namespace?: string;
};
export type Parameters = Readonly<Record<string, Parameter>>;

const nc = elementBuilder(NETCONF_NS);

const fault = (tag: string, message: string, element: string, attribute?: string): NetconfRpcError =>
  rpcFault(tag, message, {
    type: 'protocol',
    info: nc(
      'error-info',
      ...(attribute === undefined ? [] : [nc('bad-attribute', attribute)]),
      nc('bad-element', element),
    ),
  });

/** Returns the refusal of an operation that lacks a required parameter. */
export const missing = (name: string): NetconfRpcError =>
  fault('missing-element', `\`${name}\` is missing`, name);

/** Returns the refusal of a parameter whose content is not allowed. */
export const bad = (name: string, message: string): NetconfRpcError => fault('bad-element', message, name);

const refuseText = (element: XmlElement): void => {
  if (textOf(element).trim() !== '') throw bad(element.name, `\`${element.name}\` holds no text`);
};

const refuseAttributes = (element: XmlElement, known: readonly string[]): void => {
  for (const { name, namespace } of element.attributes) {
    if (!known.includes(name) || (namespace !== '' && namespace !== NETCONF_NS))
      throw fault(
        'unknown-attribute',
        `\`${element.name}\` has no attribute \`${name}\``,
        element.name,
        name,
      );
  }
};

const checkContent = (element: XmlElement, { holds }: Parameter): void => {
  const inner = childElements(element);
  if (holds === 'any') return refuseText(element);
  if (holds === 'text') {
    if (inner.length > 0) throw bad(element.name, `\`${element.name}\` holds no elements`);
    return undefined;
  }
  refuseText(element);
  if (holds === 'nothing' && inner.length > 0) throw bad(element.name, `\`${element.name}\` is empty`);
  if (holds !== 'one') return undefined;
  if (inner[0] === undefined)
    throw fault('missing-element', `\`${element.name}\` names nothing`, element.name);
  if (inner.length > 1)
    throw bad(element.name, `\`${element.name}\` names ${inner.length}, only one is possible`);
  return undefined;
};

/**
 * Refuses text, attributes, unknown parameters, duplicates and invalid content. Parameters without
 * a namespace are accepted, because ncclient sends `<config>` in that form and real devices accept
 * it.
 * @throws NetconfRpcError
 */
export const checkParameters = (rpc: XmlElement, known: Parameters): void => {
  refuseText(rpc);
  refuseAttributes(rpc, []);
  const seen = new Set<string>();
  for (const element of childElements(rpc)) {
    const parameter = Object.hasOwn(known, element.name) ? known[element.name] : undefined;
    if (parameter === undefined)
      throw fault('unknown-element', `\`${rpc.name}\` has no parameter \`${element.name}\``, element.name);
    if (element.namespace !== '' && element.namespace !== (parameter.namespace ?? rpc.namespace))
      throw fault('unknown-namespace', `\`${element.name}\` is of another namespace`, element.name);
    if (seen.has(element.name)) throw bad(element.name, `\`${element.name}\` stands twice`);
    seen.add(element.name);
    refuseAttributes(element, parameter.attributes ?? []);
    checkContent(element, parameter);
  }
};
