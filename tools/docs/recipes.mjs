import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../docs/recipes/', import.meta.url));

/** The recipes in `docs/recipes`, by number, each with its file. */
export const recipes = () =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((file) => ({ file, ...JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) }));

const width = 150;
const spaced = (value) => {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}: ${spaced(member)}`)
    .join(', ')} }`;
};

/** Formats JSON with short values on one line. */
const json = (value, indent = 0) => {
  const line = spaced(value);
  if (typeof value !== 'object' || value === null || line.length + indent <= width) return line;
  const pad = ' '.repeat(indent + 2);
  const [open, close, items] = Array.isArray(value)
    ? ['[', ']', value.map((item) => json(item, indent + 2))]
    : [
        '{',
        '}',
        Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}: ${json(member, indent + 2)}`),
      ];
  return `${open}\n${items.map((item) => pad + item).join(',\n')}\n${' '.repeat(indent)}${close}`;
};

const flat = (value, prefix = '') =>
  Object.entries(value).flatMap(([name, member]) =>
    typeof member === 'object' && member !== null
      ? flat(member, `${prefix}${name}.`)
      : [[`${prefix}${name}`, member]],
  );

const asked = ({ agent: _agent, action, ...rest }) =>
  [
    `\`${action}\``,
    ...flat(rest).map(
      ([name, value]) => `\`${name}\` ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ),
  ].join(', ');

const answer = ({ decision, rule, approvals_required: approvals, retry_after_s: retry, unknown }) =>
  [
    rule === null ? `not governed (${decision})` : decision,
    ...(approvals === 2 ? ['by two people'] : []),
    ...(retry === undefined ? [] : [`again after ${retry} s`]),
    ...(unknown === undefined ? [] : [`unknown: ${unknown.map((field) => `\`${field}\``).join(', ')}`]),
  ].join('; ');

const recipeText = ({ file, number, title, problem, notes, bundles, cases }) => [
  `### ${number}. ${title}`,
  '',
  problem,
  '',
  ...bundles.flatMap(({ version, rules }) => [
    ...(bundles.length > 1 ? [`Version ${version}:`, ''] : []),
    '```json',
    json(rules),
    '```',
    '',
  ]),
  ...notes.map((note) => `- ${note}`),
  '',
  `| case | request${bundles.length > 1 ? ' to version' : ''} | decision | rule |`,
  '| --- | --- | --- | --- |',
  ...cases.map(
    ({ name, version, context, expect }) =>
      `| ${name} | ${bundles.length > 1 ? `${version}: ` : ''}${asked(context)} | ${answer(expect)} | ${expect.rule === null ? '' : `\`${expect.rule}\``} |`,
  ),
  '',
  `File: [recipes/${file}](recipes/${file})`,
  '',
];

/** `docs/POLICY_RECIPES.md`: the tested files, for people. */
export const renderRecipes = () => {
  const all = recipes();
  const categories = [...new Set(all.map(({ category }) => category))];
  const within = (category) => all.filter((recipe) => recipe.category === category);
  return (
    [
      '# Policy recipes',
      '',
      `Generated from [docs/recipes](recipes) by \`node tools/docs.mjs\`; do not edit. ${all.length} recipes in ${categories.length} categories. Every case below is run by a test against the code that decides (\`tools/test/recipes.spec.ts\`), each file is free of lint errors and warnings, and all fit into one bundle.`,
      '',
      '| category | recipes |',
      '| --- | --- |',
      ...categories.map(
        (category) =>
          `| ${category} | ${within(category)
            .map(({ number, title }) => `${number}. ${title}`)
            .join('; ')} |`,
      ),
      '',
      '## How to use one',
      '',
      '1. Take the rules into a draft of yours (`POST /api/v1/policy/bundles`), change agents, figures and names, and lint it. [Policy studio](POLICY_STUDIO.md) has every step.',
      '2. Keep the priorities in their order: a rule that forbids stands above those that allow what it forbids.',
      '3. Simulate, above all at the limits: the tables below have both sides of each.',
      '',
      '**Not governed** means that no rule of the recipe matches: another rule of your bundle decides, and where none does, a person is asked (`NEEDS_APPROVAL`). Guardrail policies hold beside all of it; the stricter answer wins. **Unknown** is a declared field that the request lacks: an allow does not match then, and a rule that denies or asks counts as asking. Nothing is let through for want of a value.',
      '',
      "`parameters.*` is what the agent states about the action; `estimated_cost`, `estimated_compute` and `risk_level` are the intent's own; `time.*` is in the tenant's time zone; `system.*` and `history.*` are measured by Interlock.",
      '',
      ...categories.flatMap((category) => [`## ${category}`, '', ...within(category).flatMap(recipeText)]),
    ]
      .join('\n')
      .trimEnd() + '\n'
  );
};
