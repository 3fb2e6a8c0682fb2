import { stepsOf, type Binding, type BindingFile } from './bindings/binding.js';
import type { BoundModel } from './bindings/fit.js';
import type { NetworkHandler } from './handlers/handler.js';
import type { DeviceProfile } from './profiles.js';

/** A rule that permits something (RFC 8341, 3.4.5). */
export type NacmRule = {
  readonly name: string;
  /** The module of an operation or of all its data; absent for a path. */
  readonly module?: string;
  readonly rpc?: string;
  /** The nodes by their path, and the namespaces of its prefixes. */
  readonly path?: string;
  readonly prefixes?: { readonly [prefix: string]: string };
  readonly operations: string;
};

/** An action with the model that it changes on a device. */
export type NacmAction = { readonly handler: NetworkHandler; readonly model: BoundModel };

/** The operations of the safe change. None of them ends the session of another user. */
const operations = ['get', 'get-config', 'edit-config', 'lock', 'unlock', 'validate'] as const;
const candidateOperations = ['commit', 'cancel-commit', 'discard-changes'] as const;

/** The rollback to a commit, and the ids of commits. */
const commitIdRules: readonly NacmRule[] = [
  { name: 'rollback', module: 'huawei-cfg', rpc: 'rollback-by-commit-id', operations: 'exec' },
  { name: 'commit-ids', module: 'huawei-cfg', operations: 'read' },
];

/** The modules that tell what a device has, and of its changes. */
const informing: readonly (readonly [string, string])[] = [
  ['ietf-netconf-monitoring', 'read exec'],
  ['ietf-yang-library', 'read'],
  ['ietf-netconf-notifications', 'read'],
  ['notifications', 'read exec'],
  ['nc-notifications', 'read'],
  ['ietf-subscribed-notifications', 'exec'],
  ['ietf-yang-push', 'read'],
];

const pathRule = (
  name: string,
  { modules }: BindingFile,
  path: string,
  access: string,
): NacmRule & { readonly path: string } => {
  const steps = stepsOf(path);
  const known = [...new Set(steps.map(({ module }) => module))];
  const prefixOf = (module: string): string => `m${known.indexOf(module)}`;
  return {
    name,
    path: steps.map((step) => `/${prefixOf(step.module)}:${step.name}`).join(''),
    prefixes: Object.fromEntries(known.map((module) => [prefixOf(module), modules[module]!.namespace])),
    operations: access,
  };
};

/** The leaf that an entry's own key is, so that writing it makes or removes the entry. */
const isKeyOf = (entry: string, leaf: string): boolean => {
  const last = stepsOf(entry).at(-1)!;
  return leaf.startsWith(`${entry}/`) && last.keys.includes(`[${leaf.slice(entry.length + 1)}=`);
};

/** Returns what an action edits: its leaves, or the whole entry if it makes entries. */
const edited = ({ handler, model }: NacmAction): readonly NacmRule[] => {
  const { file } = model.binding;
  const paths = handler.changes.flatMap((name) => {
    const [entity, leaf] = name.split('.') as [keyof BindingFile['classes'], string];
    const known = file.classes[entity];
    const at = known?.leaves[leaf];
    if (known === undefined || at === undefined || model.leaves.get(name)?.access !== 'change') return [];
    return [isKeyOf(known.entry, at.path) ? known.entry : at.path];
  });
  const whole = [...new Set(paths)];
  return whole
    .filter((path) => !whole.some((other) => path.startsWith(`${other}/`)))
    .map((path) =>
      pathRule(
        `edit-${handler.action_type}-${stepsOf(path).at(-1)!.name}`,
        file,
        path,
        'create update delete',
      ),
    );
};

/** Returns the subtrees that a plan reads. */
const read = ({ file }: Binding): readonly NacmRule[] => {
  const roots = [
    ...Object.values(file.classes).flatMap(({ leaves }) => Object.values(leaves)),
    ...Object.values(file.kpis),
  ].map(({ path }) => {
    const [{ module, name }] = stepsOf(path) as [ReturnType<typeof stepsOf>[number]];
    return `/${module}:${name}`;
  });
  return [...new Set(roots)].map((root) =>
    pathRule(`read-${root.slice(root.indexOf(':') + 1)}`, file, root, 'read'),
  );
};

/** Returns rules without those that permit what an earlier one does. */
const distinct = (rules: readonly NacmRule[]): readonly NacmRule[] => {
  const known = new Map<string, NacmRule>();
  for (const rule of rules) {
    const { name: _, ...permits } = rule;
    const id = JSON.stringify(permits);
    if (!known.has(id)) known.set(id, rule);
  }
  return [...known.values()].map((rule, i) => ({ ...rule, name: `${i + 1}-${rule.name}` }));
};

/**
 * Returns what Interlock's account needs on a device: the operations of the safe change, the
 * subtrees that the plans of these actions read, and the leaves that they edit.
 */
export const nacmRules = (profile: DeviceProfile, actions: readonly NacmAction[]): readonly NacmRule[] => {
  const hasCandidate = profile.requires.includes('candidate');
  const rpcs = [...operations, ...(hasCandidate ? candidateOperations : ['copy-config'])];
  const returning = profile.rollback === 'commit-id' ? commitIdRules : [];
  return distinct([
    ...rpcs.map((rpc) => ({ name: rpc, module: 'ietf-netconf', rpc, operations: 'exec' })),
    ...returning,
    ...informing.map(([module, access]) => ({ name: module, module, operations: access })),
    ...actions.flatMap(({ model }) => read(model.binding)),
    ...actions.flatMap(edited),
  ]);
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const element = (name: string, text: string, attributes = ''): string =>
  `<${name}${attributes}>${escaped(text)}</${name}>`;

const ruleXml = ({ name, module, rpc, path, prefixes = {}, operations: access }: NacmRule): string =>
  [
    '    <rule>',
    `      ${element('name', name)}`,
    ...(module === undefined ? [] : [`      ${element('module-name', module)}`]),
    ...(rpc === undefined ? [] : [`      ${element('rpc-name', rpc)}`]),
    ...(path === undefined
      ? []
      : [
          `      ${element(
            'path',
            path,
            Object.entries(prefixes)
              .map(([prefix, namespace]) => ` xmlns:${prefix}="${escaped(namespace)}"`)
              .join(''),
          )}`,
        ]),
    `      ${element('access-operations', access)}`,
    '      <action>permit</action>',
    '    </rule>',
  ].join('\n');

/** Returns the configuration with these rules for one account. Everything else is denied to it. */
export const nacmXml = (username: string, rules: readonly NacmRule[]): string =>
  [
    '<nacm xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-acm">',
    '  <groups>',
    '    <group>',
    '      <name>interlock</name>',
    `      ${element('user-name', username)}`,
    '    </group>',
    '  </groups>',
    '  <rule-list>',
    '    <name>interlock</name>',
    '    <group>interlock</group>',
    ...rules.map(ruleXml),
    '    <rule>',
    '      <name>nothing-else</name>',
    '      <module-name>*</module-name>',
    '      <access-operations>*</access-operations>',
    '      <action>deny</action>',
    '    </rule>',
    '  </rule-list>',
    '</nacm>',
    '',
  ].join('\n');
