import { capability, NETCONF_NS, XMLNS_NS } from '../names.js';
import { NetconfFramingError } from '../errors.js';
import { parseRpcError, type RpcError } from '../rpc-error.js';
import type { NetconfLimits } from '../limits.js';
import { parseXml, type XmlAttribute, type XmlElement } from '../xml/parse.js';
import {
  attributeOf,
  childElement,
  childElements,
  childText,
  elementBuilder,
  textOf,
  type ElementBuilder,
} from '../xml/tree.js';
import { serialiseXml } from '../xml/serialise.js';

const nc: ElementBuilder = elementBuilder(NETCONF_NS);

/** The content of a hello. Only a server's has a `sessionId`. */
export type Hello = { readonly capabilities: readonly string[]; readonly sessionId?: string };

/** The answer to one RPC without errors. */
export type RpcReply = {
  /** True if the reply holds `<ok/>`. */
  readonly ok: boolean;
  /** The content of the reply besides `<ok/>` and warnings, such as `data`. */
  readonly content: readonly XmlElement[];
  /** Errors of severity warning; they may accompany `<ok/>` or data. */
  readonly warnings: readonly RpcError[];
};

/**
 * A parsed reply, errors included. `messageId` is missing if the server could not tell which
 * request it answers.
 */
export type ParsedReply = RpcReply & {
  readonly messageId: string | undefined;
  readonly errors: readonly RpcError[];
};

/** A request as a server receives it. `attributes` must be echoed in the reply. */
export type ParsedRpc = {
  readonly messageId: string | undefined;
  readonly attributes: readonly XmlAttribute[];
  readonly operation: XmlElement | undefined;
};

/** Parses one message. Leading white space is allowed; all other rules are those of `parseXml`. */
export const parseMessage = (text: string, limits: Partial<NetconfLimits>): XmlElement =>
  parseXml(text.trimStart(), limits);

/** A hello as text. */
export const helloText = (hello: Hello): string =>
  serialiseXml(
    nc(
      'hello',
      nc('capabilities', ...hello.capabilities.map((uri) => nc('capability', uri))),
      ...(hello.sessionId === undefined ? [] : [nc('session-id', hello.sessionId)]),
    ),
  );

/** @throws NetconfFramingError if the element is not a hello. */
export const parseHello = (root: XmlElement): Hello => {
  if (root.name !== 'hello' || root.namespace !== NETCONF_NS)
    throw new NetconfFramingError(
      `\`${root.name}\` of the namespace \`${root.namespace}\` came instead of a hello of NETCONF`,
    );
  const list = childElement(root, 'capabilities', NETCONF_NS);
  const capabilities =
    list === undefined ? [] : childElements(list, 'capability', NETCONF_NS).map((c) => textOf(c).trim());
  const sessionId = childText(root, 'session-id', NETCONF_NS);
  return { capabilities, ...(sessionId === undefined ? {} : { sessionId }) };
};

/** The newest version that both sides offer; undefined if there is none. */
export const commonVersion = (
  ours: readonly string[],
  theirs: readonly string[],
): '1.0' | '1.1' | undefined => {
  const both = (uri: string): boolean => ours.includes(uri) && theirs.includes(uri);
  if (both(capability.base11)) return '1.1';
  return both(capability.base10) ? '1.0' : undefined;
};

/**
 * A request as text. `<rpc>` has only a `message-id`, because some servers refuse other attributes
 * or echo them wrongly.
 */
export const rpcText = (messageId: string, operation: XmlElement): string =>
  serialiseXml({
    name: 'rpc',
    namespace: NETCONF_NS,
    attributes: [{ name: 'message-id', namespace: '', value: messageId }],
    children: [operation],
  });

/** Reads a request. @throws NetconfFramingError if the element is not an rpc. */
export const parseRpc = (root: XmlElement): ParsedRpc => {
  if (root.name !== 'rpc' || root.namespace !== NETCONF_NS)
    throw new NetconfFramingError(`\`${root.name}\` came instead of an rpc`);
  const operations = childElements(root);
  return {
    messageId: attributeOf(root, 'message-id'),
    attributes: root.attributes.filter((a) => a.namespace !== XMLNS_NS),
    operation: operations.length === 1 ? operations[0] : undefined,
  };
};

/** A reply as text, with the request's attributes echoed. */
export const rpcReplyText = (attributes: readonly XmlAttribute[], content: readonly XmlElement[]): string =>
  serialiseXml({ name: 'rpc-reply', namespace: NETCONF_NS, attributes, children: content });

/** Returns the errors within an element, such as those in the results of a commit on Junos. */
const errorsWithin = (element: XmlElement): readonly XmlElement[] =>
  childElements(element).flatMap((child) => (child.name === 'rpc-error' ? [child] : errorsWithin(child)));

/** Reads a reply; the caller has already checked the root's name. */
export const parseRpcReply = (root: XmlElement): ParsedReply => {
  const errors: RpcError[] = [];
  const warnings: RpcError[] = [];
  const content: XmlElement[] = [];
  let ok = false;
  const take = (element: XmlElement): void => {
    const error = parseRpcError(element);
    (error.severity === 'warning' ? warnings : errors).push(error);
  };
  for (const child of childElements(root)) {
    if (child.namespace === NETCONF_NS && child.name === 'ok') ok = true;
    // An error counts in any namespace, so that no refusal is taken for content.
    else if (child.name === 'rpc-error') take(child);
    else {
      content.push(child);
      // What was read is never an error.
      if (child.name !== 'data') errorsWithin(child).forEach(take);
    }
  }
  return { messageId: attributeOf(root, 'message-id'), ok, content, warnings, errors };
};
