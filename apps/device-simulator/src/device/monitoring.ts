import { createHash } from 'node:crypto';
import { elementBuilder, MONITORING_NS, rpcFault, type XmlElement } from '@interlock/netconf';
import type { Module } from '../models/model.js';
import { profileCapabilities, type DeviceProfile } from './profiles.js';

const mon = elementBuilder(MONITORING_NS);
const LIBRARY_NS = 'urn:ietf:params:xml:ns:yang:ietf-yang-library';
const DATASTORES_NS = 'urn:ietf:params:xml:ns:yang:ietf-datastores';
const lib = elementBuilder(LIBRARY_NS);

/** The module that a software update adds to the device's other modules. */
export const updateModule: Module = {
  name: 'interlock-update',
  revision: '2026-11-27',
  namespace: 'urn:interlock:params:xml:ns:yang:update',
};

/** Returns the content id, which changes with the modules. */
const contentIdOf = (modules: readonly Module[]): string =>
  createHash('sha256')
    .update(JSON.stringify(modules.map(({ name, revision, namespace }) => ({ name, revision, namespace }))))
    .digest('hex')
    .slice(0, 16);

/** Returns the capabilities in the hello of a device with these modules. */
export const deviceCapabilities = (profile: DeviceProfile, modules: readonly Module[]): readonly string[] => [
  ...profileCapabilities(profile),
  `${MONITORING_NS}?module=ietf-netconf-monitoring&revision=2010-10-04`,
  `urn:ietf:params:netconf:capability:yang-library:1.1?revision=2019-01-04&content-id=${contentIdOf(modules)}`,
  ...modules.map((module) => `${module.namespace}?module=${module.name}&revision=${module.revision}`),
];

/**
 * Returns `netconf-state` (RFC 6022): the schemas whose texts the device serves, and the sessions.
 */
export const netconfState = (
  modules: readonly Module[],
  sessions: readonly { readonly id: number; readonly username: string }[],
): XmlElement =>
  mon(
    'netconf-state',
    mon(
      'schemas',
      ...modules
        .filter((module) => module.text !== undefined)
        .map((module) =>
          mon(
            'schema',
            mon('identifier', module.name),
            mon('version', module.revision),
            mon('format', 'yang'),
            mon('namespace', module.namespace),
            mon('location', 'NETCONF'),
          ),
        ),
    ),
    mon(
      'sessions',
      ...sessions.map((session) =>
        mon(
          'session',
          mon('session-id', session.id),
          mon('transport', 'netconf-ssh'),
          mon('username', session.username),
        ),
      ),
    ),
  );

/** Returns `yang-library` (RFC 8525): one module set, which every datastore of the device uses. */
export const yangLibrary = (datastores: readonly string[], modules: readonly Module[]): XmlElement =>
  lib(
    'yang-library',
    lib(
      'module-set',
      lib('name', 'all'),
      ...modules.map(({ name, revision, namespace, features = [] }) =>
        lib(
          'module',
          lib('name', name),
          lib('revision', revision),
          lib('namespace', namespace),
          ...features.map((feature) => lib('feature', feature)),
        ),
      ),
    ),
    lib('schema', lib('name', 'all'), lib('module-set', 'all')),
    ...datastores.map((datastore) =>
      lib(
        'datastore',
        { ...lib('name', `ds:${datastore}`), prefixes: { ds: DATASTORES_NS } },
        lib('schema', 'all'),
      ),
    ),
    lib('content-id', contentIdOf(modules)),
  );

/**
 * Returns the text of a module.
 * @throws NetconfRpcError `invalid-value` if there is no such module, version or format
 */
export const schemaText = (
  modules: readonly Module[],
  identifier: string,
  version: string | undefined,
  format: string | undefined,
): string => {
  const module = modules.find(
    (one) => one.name === identifier && (version === undefined || version === '' || version === one.revision),
  );
  const known = format === undefined || format === 'yang' || format.endsWith(':yang');
  if (module?.text === undefined || !known)
    throw rpcFault('invalid-value', `no schema \`${identifier}\``, { type: 'application' });
  return module.text();
};
