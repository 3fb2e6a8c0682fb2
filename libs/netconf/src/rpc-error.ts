import { NETCONF_NS } from './names.js';
import type { XmlElement } from './xml/parse.js';
import { childElement, childText, elementBuilder, type ElementBuilder } from './xml/tree.js';

/**
 * One `rpc-error` of RFC 6241 section 4.3. Warnings have the same type, with another `severity`.
 */
export type RpcError = {
  /** `transport`, `rpc`, `protocol` or `application`. */
  readonly type: string;
  /** Such as `lock-denied`, `in-use`, `operation-failed` (RFC 6241 appendix A). */
  readonly tag: string;
  readonly severity: 'error' | 'warning';
  readonly appTag?: string;
  readonly path?: string;
  readonly message?: string;
  /** The `error-info` element, unchanged. */
  readonly info?: XmlElement;
};

const nc: ElementBuilder = elementBuilder(NETCONF_NS);

/** Reads an `rpc-error` element. Missing parts become an application `operation-failed`. */
export const parseRpcError = (element: XmlElement): RpcError => {
  const optional = {
    appTag: childText(element, 'error-app-tag'),
    path: childText(element, 'error-path'),
    message: childText(element, 'error-message'),
  };
  const info = childElement(element, 'error-info');
  return {
    type: childText(element, 'error-type') ?? 'application',
    tag: childText(element, 'error-tag') ?? 'operation-failed',
    severity: childText(element, 'error-severity') === 'warning' ? 'warning' : 'error',
    ...(optional.appTag === undefined ? {} : { appTag: optional.appTag }),
    ...(optional.path === undefined ? {} : { path: optional.path }),
    ...(optional.message === undefined ? {} : { message: optional.message }),
    ...(info === undefined ? {} : { info }),
  };
};

/** The `rpc-error` element for a reply. */
export const rpcErrorElement = (error: RpcError): XmlElement =>
  nc(
    'rpc-error',
    nc('error-type', error.type),
    nc('error-tag', error.tag),
    nc('error-severity', error.severity),
    ...(error.appTag === undefined ? [] : [nc('error-app-tag', error.appTag)]),
    ...(error.path === undefined ? [] : [nc('error-path', error.path)]),
    ...(error.message === undefined ? [] : [nc('error-message', error.message)]),
    ...(error.info === undefined ? [] : [error.info]),
  );

/**
 * The session id of the lock's holder, from a `lock-denied` error; `0` is an entity outside
 * NETCONF.
 */
export const lockHolder = (error: RpcError): string | undefined =>
  error.info === undefined ? undefined : childText(error.info, 'session-id');
