import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
/** Debian's modules of the IETF, from `libyuma-base`. */
const debian = '/usr/share/yuma/modules/ietf';
const reduced = (...names: readonly string[]) => ({
  dir: root('fixtures/yang'),
  files: names.map((name) => `${name}.yang`),
});
/** Where each binding's modules are: ours, the reduced ones, and those of Debian. */
export const bindingModules: {
  readonly [binding: string]: { readonly dir: string; readonly files: readonly string[] };
} = {
  'interlock-ran@2026-11-01': { dir: root('apps/device-simulator/yang'), files: ['interlock-ran.yang'] },
  'ietf-interfaces@2014-05-08': {
    dir: debian,
    files: ['ietf-interfaces@2014-05-08.yang', 'ietf-ip@2014-06-16.yang', 'iana-if-type@2014-05-08.yang'],
  },
  'ietf-alarms@2019-09-11': {
    dir: debian,
    // yanglint reads `nc:operation` with the module of NETCONF alone.
    files: [
      'ietf-alarms@2019-09-11.yang',
      root('fixtures/yang/acme-alarms.yang'),
      'ietf-netconf@2011-06-01.yang',
    ],
  },
  'openconfig-interfaces@2021-04-06': {
    dir: root('fixtures/yang'),
    files: ['openconfig-interfaces@2021-04-06.yang'],
  },
  '_3gpp-common-managed-element@2026-11-28': reduced(
    ...['managed-element'].map((one) => `_3gpp-common-${one}`),
    ...['gnbdufunction', 'nrcelldu', 'nrsectorcarrier', 'gnbcucpfunction', 'nrcellcu', 'nrcellrelation'].map(
      (one) => `_3gpp-nr-nrm-${one}`,
    ),
  ),
  'ietf-routing@2016-11-04': {
    dir: debian,
    files: [
      'ietf-routing@2016-11-04.yang',
      'ietf-ipv4-unicast-routing@2016-11-04.yang',
      'ietf-ipv6-unicast-routing@2016-11-04.yang',
    ],
  },
  'openconfig-qos@2026-11-28': reduced('openconfig-qos'),
  'openconfig-network-instance@2026-11-28': reduced(
    'openconfig-network-instance',
    'openconfig-network-instance-types',
  ),
  'o-ran-fm@2026-11-28': reduced('o-ran-fm'),
  'o-ran-performance-management@2026-11-28': reduced('o-ran-performance-management'),
};

let isThere: boolean | undefined;
/** Looks for yanglint at the first call: few suites need it, and a large process forks slowly. */
const hasYanglint = (): boolean => (isThere ??= spawnSync('yanglint', ['--version']).error === undefined);

/** True where yanglint and the modules of this binding are installed. */
export const hasBindingModules = (name: string): boolean =>
  existsSync(bindingModules[name]?.dir ?? '') && hasYanglint();

/** Runs yanglint with the modules of a binding; `more` are further modules, then files of data. */
export const lintWithBinding = (
  name: string,
  options: readonly string[],
  ...more: readonly string[]
): SpawnSyncReturns<string> => {
  const { dir, files } = bindingModules[name]!;
  const all = [...files, ...more].map((file) => resolve(dir, file));
  return spawnSync('yanglint', ['-p', dir, ...options, ...all], { encoding: 'utf8' });
};
