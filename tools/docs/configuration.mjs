import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { defaults } from '@interlock/contracts';
import ts from 'typescript';

import { plainVariables } from './plain-variables.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const textOf = (path) => readFileSync(`${root}${path}`, 'utf8');

/** Descriptions of variables whose class gives only their name. */
const described = {
  NETCONF_CONNECT_MS: "Deadline of a device's connection: TCP, and SSH or TLS.",
  NETCONF_HELLO_MS: 'Deadline of the NETCONF hello.',
  NETCONF_RPC_MS: 'Deadline of one NETCONF RPC.',
  AGENT_SWEEP_MS: 'How often calls that have not ended are looked at again.',
  NETCONF_SWEEP_MS: 'How often unfinished transactions are looked at again.',
  KILL_SWITCH_LEASE_MS: 'How long one read of the kill switches allows to start work.',
  SAFETY_RAILS_SWEEP_S: 'How often unfinished actions are looked at again.',
};

const members = (file) => {
  const source = ts.createSourceFile(file, textOf(file), ts.ScriptTarget.Latest, true);
  return source.statements.filter(ts.isClassDeclaration).flatMap((one) =>
    one.members.filter(ts.isPropertyDeclaration).map((member) => ({
      name: member.name.getText(),
      initial: member.initializer?.getText() ?? 'undefined',
      rules: (ts.getDecorators(member) ?? []).map((decorator) => decorator.expression.getText()),
      comment: ts
        .getJSDocCommentsAndTags(member)
        .map((doc) => (ts.getTextOfJSDocComment(doc.comment) ?? '').replace(/\s+/g, ' '))
        .join(' '),
    })),
  );
};

const valueOf = (initial) => new Function('defaults', `return ${initial}`)(defaults);
const limitsOf = (rules) => {
  const of = (name) => rules.find((rule) => rule.startsWith(`${name}(`))?.slice(name.length + 1, -1);
  if (of('Min') !== undefined) return `${of('Min')} to ${of('Max')}`.replaceAll('_', '');
  const pattern = of('Matches')?.replace(/, \{ message:.*$/s, '');
  return pattern === undefined ? '' : `\`${pattern}\``;
};
const shown = (value) => (value === undefined ? 'not set' : `\`${value}\``);

/** Services with a config class, by name. */
export const services = () =>
  readdirSync(`${root}apps`)
    .filter((app) => configsOf(app).length > 0)
    .sort();
export const variablesOf = (service) => configsOf(service).flatMap(members);

/** A service's config classes: its own, and those in subfolders. */
const configsOf = (app) => {
  const source = `apps/${app}/src`;
  if (!existsSync(`${root}${source}`)) return [];
  const folders = readdirSync(`${root}${source}`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${source}/${name}`)
    .sort();
  return [source, ...folders]
    .map((folder) => `${folder}/config.ts`)
    .filter((file) => existsSync(`${root}${file}`));
};

const table = (head, rows) => [
  `| ${head.join(' | ')} |`,
  `|${head.map(() => ' --- |').join('')}`,
  ...rows.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`),
];

const flat = (value, path = '') =>
  typeof value === 'object'
    ? Object.entries(value).flatMap(([key, one]) => flat(one, path === '' ? key : `${path}.${key}`))
    : [[path, value]];
const setBy = (name) =>
  services()
    .flatMap((service) =>
      variablesOf(service)
        .filter(({ initial }) => new RegExp(`\\bdefaults\\.${name}\\b`).test(initial))
        .map(({ name: variable }) => `\`${variable}\``),
    )
    .join(', ');

/** `docs/configuration.md`, from the config classes of the apps and the contract's defaults. */
export const renderConfiguration = () =>
  [
    '# Configuration',
    '',
    'Generated from the classes in `config.ts` of the apps and `libs/contracts/src/values/defaults.ts` by `node tools/docs.mjs`; do not edit. A service that finds faults in its environment does not start, and names them all, without their values.',
    '',
    '## Every process',
    '',
    ...table(
      ['variable', 'read by', 'default', 'what'],
      plainVariables.map(([name, ...rest]) => [`\`${name}\``, ...rest]),
    ),
    '',
    'What `docker-compose.yml` lets be set, its other parts included, stands in [deploy/docker/example.env](../deploy/docker/example.env).',
    '',
    ...services().flatMap((service) => [
      `## ${service}`,
      '',
      ...table(
        ['variable', 'default', 'range', 'what'],
        variablesOf(service).map(({ name, initial, rules, comment }) => [
          `\`${name}\``,
          shown(valueOf(initial)),
          limitsOf(rules),
          comment === '' ? (described[name] ?? '') : comment,
        ]),
      ),
      '',
    ]),
    'The other services read nothing but the variables of every process.',
    '',
    '## Defaults',
    '',
    "The numbers that the product promises, in one place. `_s` is seconds, `_ms` milliseconds. Where a policy, a tenant's settings or an action type may say otherwise, the guides say so.",
    '',
    ...table(
      ['name', 'default', 'variable'],
      flat(defaults).map(([name, value]) => [`\`${name}\``, `\`${value}\``, setBy(name)]),
    ),
  ]
    .join('\n')
    .trimEnd() + '\n';

/** Every environment variable that a source of `folder` reads by name. */
export const variablesReadIn = (folder) => {
  const files = readdirSync(`${root}${folder}`, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name.endsWith('.ts'),
  );
  const reads = /(?:\benv|\benvironment)(?:\[['"]([A-Z][A-Z0-9_]+)['"]\]|\.([A-Z][A-Z0-9_]+)\b)/g;
  return new Set(
    files.flatMap((entry) =>
      [...readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8').matchAll(reads)].map(
        (match) => match[1] ?? match[2],
      ),
    ),
  );
};
