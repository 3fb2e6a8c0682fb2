import { readFileSync } from 'node:fs';
import { elementBuilder, MONITORING_NS, rpcFault, type XmlElement } from '@interlock/netconf';
import { profileCapabilities, type DeviceProfile } from './profiles.js';
import { RAN_NS } from './schema.js';

type Module = { readonly name: string; readonly revision: string; readonly namespace: string };

/** The modules that every simulated device has; their texts are under `yang/`. */
const modules: readonly Module[] = [{ name: 'interlock-ran', revision: '2026-11-01', namespace: RAN_NS }];

const mon = elementBuilder(MONITORING_NS);

const yangText = (module: Module): string =>
  readFileSync(new URL(`../../yang/${module.name}.yang`, import.meta.url), 'utf8');

/** The capabilities in a device's hello. */
export const deviceCapabilities = (profile: DeviceProfile): readonly string[] => [
  ...profileCapabilities(profile),
  `${MONITORING_NS}?module=ietf-netconf-monitoring&revision=2010-10-04`,
  ...modules.map((module) => `${module.namespace}?module=${module.name}&revision=${module.revision}`),
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
