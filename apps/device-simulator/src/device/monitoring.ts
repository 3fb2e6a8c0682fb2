import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { elementBuilder, MONITORING_NS, rpcFault, type XmlElement } from '@interlock/netconf';
import { profileCapabilities, type DeviceProfile } from './profiles.js';
import { RAN_NS } from './schema.js';

type Module = { readonly name: string; readonly revision: string; readonly namespace: string };

/** The modules that every simulated device has; their texts are under `yang/`. */
const modules: readonly Module[] = [{ name: 'interlock-ran', revision: '2026-11-01', namespace: RAN_NS }];

const mon = elementBuilder(MONITORING_NS);
const LIBRARY_NS = 'urn:ietf:params:xml:ns:yang:ietf-yang-library';
const DATASTORES_NS = 'urn:ietf:params:xml:ns:yang:ietf-datastores';
const lib = elementBuilder(LIBRARY_NS);
/** What an update of a device's software adds to its modules. */
const added: Module = {
  name: 'interlock-update',
  revision: '2026-11-27',
  namespace: 'urn:interlock:params:xml:ns:yang:update',
};
const modulesOf = (isUpdated: boolean): readonly Module[] => (isUpdated ? [...modules, added] : modules);
/** Changes with the modules. */
const contentIdOf = (isUpdated: boolean): string =>
  createHash('sha256')
    .update(JSON.stringify(modulesOf(isUpdated)))
    .digest('hex')
    .slice(0, 16);

const yangText = (module: Module): string =>
  readFileSync(new URL(`../../yang/${module.name}.yang`, import.meta.url), 'utf8');

/** The capabilities in a device's hello. `isUpdated`: its software was updated. */
export const deviceCapabilities = (profile: DeviceProfile, isUpdated: boolean): readonly string[] => [
  ...profileCapabilities(profile),
  `${MONITORING_NS}?module=ietf-netconf-monitoring&revision=2010-10-04`,
  `urn:ietf:params:netconf:capability:yang-library:1.1?revision=2019-01-04&content-id=${contentIdOf(isUpdated)}`,
  ...modulesOf(isUpdated).map(
    (module) => `${module.namespace}?module=${module.name}&revision=${module.revision}`,
  ),
];

/** `netconf-state` of RFC 6022: the schemas and the sessions. */
export const netconfState = (
  sessions: readonly { readonly id: number; readonly username: string }[],
): XmlElement =>
  mon(
    'netconf-state',
    mon(
      'schemas',
      ...modules.map((module) =>
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

/** `yang-library` of RFC 8525: one module set, which every datastore of the device has. */
export const yangLibrary = (datastores: readonly string[], isUpdated: boolean): XmlElement =>
  lib(
    'yang-library',
    lib(
      'module-set',
      lib('name', 'all'),
      ...modulesOf(isUpdated).map(({ name, revision, namespace }) =>
        lib('module', lib('name', name), lib('revision', revision), lib('namespace', namespace)),
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
    lib('content-id', contentIdOf(isUpdated)),
  );

/**
 * The text of a module. @throws NetconfRpcError `invalid-value` when there is no such module,
 * version or format
 */
export const schemaText = (
  identifier: string,
  version: string | undefined,
  format: string | undefined,
): string => {
  const module = modules.find(
    (one) => one.name === identifier && (version === undefined || version === '' || version === one.revision),
  );
  const known = format === undefined || format === 'yang' || format.endsWith(':yang');
  if (module === undefined || !known)
    throw rpcFault('invalid-value', `no schema \`${identifier}\``, { type: 'application' });
  return yangText(module);
};
