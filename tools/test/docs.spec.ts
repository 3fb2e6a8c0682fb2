import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { rules as alertRules } from '@interlock/alerting';
import { describe, expect, it } from '@jest/globals';
import { metricFamilies, ownCategories, sealedMembers, streamOwners } from '@interlock/contracts';
import { actionDecider } from '@interlock/rails';

import { services, variablesOf, variablesReadIn } from '../docs/configuration.mjs';
import { plainVariables } from '../docs/plain-variables.mjs';
import { documents } from '../docs/documents.mjs';
import { catalogue, examplesOf } from '../docs/events.mjs';
import { coveredCommands, coveredEvents, coveredStates } from '../docs/states.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const events = catalogue();

describe('generated documents', () => {
  it.each(documents.map((one) => [one.name, one] as const))(
    'docs/%s is what `node tools/docs.mjs` writes',
    (_, { file, render }) => expect(readFileSync(file, 'utf8')).toBe(render()),
  );
});

describe('docs/states.md', () => {
  it('reaches every state', () => {
    expect(coveredStates().sort()).toEqual([
      'AWAITING_APPROVAL',
      'AWAITING_CONFIRMATION',
      'BLOCKED',
      'CANCELLED',
      'COMPLETED',
      'DENIED',
      'EXECUTING',
      'EXPIRED',
      'NONE',
      'PENDING',
      'PROPOSED',
      'REJECTED',
      'ROLLBACK_FAILED',
      'ROLLED_BACK',
      'ROLLING_BACK',
      'VALIDATING',
    ]);
  });

  it('tries every command', () => {
    const kinds = [
      ...readFileSync(join(root, 'libs/rails/src/action/commands.ts'), 'utf8').matchAll(
        /readonly kind: '(\w+)'/g,
      ),
    ].map((match) => match[1]!);
    expect(coveredCommands().sort()).toEqual(kinds.sort());
  });

  it('writes every event of an action', () =>
    expect(coveredEvents().sort()).toEqual([...actionDecider.types].sort()));
});

describe('docs/events.md', () => {
  it.each(events.map((one) => [one.category, one] as const))(
    '%s has an example of each event, by a service that owns it',
    (_, { context, owner, types }) => {
      const examples = examplesOf(context);
      for (const { type } of types) expect(examples).toHaveProperty(type);
      if (owner !== null) expect(existsSync(join(root, 'apps', owner))).toBe(true);
    },
  );
});

describe('the categories of events', () => {
  it('are exactly those that have an owner', () => {
    expect(events.map(({ category }) => category).sort()).toEqual(
      [...Object.keys(streamOwners), ...ownCategories].sort(),
    );
  });
});

describe('docs/privacy.md', () => {
  const text = readFileSync(join(root, 'docs/privacy.md'), 'utf8');
  const table = text.slice(text.indexOf('| sealed'), text.indexOf('Notes are part of'));
  const listed = [...table.matchAll(/`([A-Z][A-Za-z]+)`/g)].map(([, type]) => type!);
  const types = new Set(events.flatMap(({ types: of }) => of.map(({ type }) => type)));

  it('lists every event that holds a sealed text, and no other', () => {
    expect([...new Set(listed)].sort()).toEqual(Object.keys(sealedMembers).sort());
    expect(listed.filter((type) => !types.has(type))).toEqual([]);
  });

  it('omits no event with a member that people write, unless only a machine writes it', () => {
    const byMachine = [
      'BudgetRefused',
      'CheckpointPublished',
      'DeviceQuarantined',
      'DeviceRemoved',
      'LinkRefused',
      'PolicyBypassEnded',
      'RolloutPaged',
    ];
    const written = events.flatMap(({ context, types: of }) => {
      const examples = examplesOf(context) as { readonly [type: string]: object };
      return of.flatMap(({ type }) =>
        ['comment', 'note', 'notes', 'reason'].some((member) => Object.hasOwn(examples[type]!, member))
          ? [type]
          : [],
      );
    });
    expect(written.filter((type) => !Object.hasOwn(sealedMembers, type)).sort()).toEqual(byMachine);
  });
});

describe('recorded streams', () => {
  const streams = readdirSync(join(root, 'fixtures/streams')).filter((name) => name.endsWith('.ndjson'));
  it.each(streams)('%s holds events of the catalogue, in a version that was written', (name) => {
    type Line = {
      readonly stream: string;
      readonly type: string;
      readonly metadata: { readonly schema_version: number };
    };
    const lines = readFileSync(join(root, 'fixtures/streams', name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
    expect(lines.length).toBeGreaterThan(0);
    const versions = new Map<string, number>(
      events.flatMap(({ category, types }) =>
        types.map(({ type, version }) => [`${category} ${type}`, version] as const),
      ),
    );
    const strange = lines.filter(
      ({ stream, type, metadata }) =>
        !(metadata.schema_version <= (versions.get(`${stream.split('-')[0]} ${type}`) ?? 0)),
    );
    expect(strange.map(({ stream, type }) => `${stream} ${type}`)).toEqual([]);
  });
});

describe('docs/configuration.md', () => {
  it('names every variable that a source reads', () => {
    const known = new Set([
      ...plainVariables.map(([name]) => name),
      ...services().flatMap((service) => variablesOf(service).map(({ name }) => name)),
      'PATH',
      'INIT_CWD',
      'NODE_COMPILE_CACHE',
    ]);
    expect(
      [...variablesReadIn('apps'), ...variablesReadIn('libs')].filter((name) => !known.has(name)),
    ).toEqual([]);
  });

  it('says what each variable is for', () => {
    const rows = readFileSync(join(root, 'docs/configuration.md'), 'utf8')
      .split('\n')
      .filter((line) => /^\| `[A-Z_]+`/.test(line));
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter((row) => / \| +\|$/.test(row))).toEqual([]);
  });
});

/** The text of every source of the apps and libs. */
const sources = ['apps', 'libs'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .map(String)
    .filter((name) => /^[\w-]+\/src\/.*\.ts$/.test(name))
    .map((name) => readFileSync(join(root, folder, name), 'utf8')),
);
const found = (pattern: RegExp): readonly string[] =>
  [...new Set(sources.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1]!)))].sort();
const named = (file: string, pattern: RegExp): readonly string[] =>
  [
    ...new Set([...readFileSync(join(root, file), 'utf8').matchAll(pattern)].map((match) => match[1]!)),
  ].sort();

describe('docs/architecture.md', () => {
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');

  it.each([
    ['read model', /defineProjection<[\w\s,|]+>\(\{\s*name: '([\w-]+)'/g],
    ['consumer', /@EventPattern\(\{[^}]*durable: '([\w-]+)'/g],
  ])('names every %s', (_, pattern) => {
    const names = found(pattern);
    expect(names.length).toBeGreaterThan(4);
    expect(names.filter((name) => !text.includes(`\`${name}`))).toEqual([]);
  });

  it('names every prefix that the edge routes to a service', () => {
    const manifest = readFileSync(join(root, 'apps/interlock/src/manifest.ts'), 'utf8');
    const prefixes = [...manifest.matchAll(/'(\/api\/v1\/[^']+)'/g)].map((match) =>
      match[1]!.replace(':tenant', '{tenant}'),
    );
    expect(prefixes.length).toBeGreaterThan(9);
    expect(prefixes.filter((prefix) => !text.includes(`\`${prefix}\``))).toEqual([]);
  });

  it('knows a prefix at the edge of each controller', () => {
    const manifest = readFileSync(join(root, 'apps/interlock/src/manifest.ts'), 'utf8');
    const prefixes = [...manifest.matchAll(/'\/(api\/v1\/[^':]+)/g)].map(([, prefix]) => prefix!);
    const controllers = found(/@Controller\('(api\/v1\/[^']+)'/g);
    expect(controllers.length).toBeGreaterThan(30);
    expect(
      controllers.filter(
        (path) => !prefixes.some((prefix) => `${path}/`.startsWith(prefix.replace(/\/?$/, '/'))),
      ),
    ).toEqual([]);
  });

  it('gives each category of streams that has events to its owner', () => {
    for (const { category, owner } of events) {
      if (owner === null) continue;
      const row = text.split('\n').find((line) => line.startsWith(`| \`${owner}\` `));
      expect(row).toContain(`\`${category}\``);
    }
  });

  it('knows an owner of each category that a source follows or names', () => {
    const categories = [...found(/'([a-z_]+)-'/g), ...found(/streamName\(\s*'([a-z_]+)'/g)];
    expect(categories.length).toBeGreaterThan(30);
    const known: readonly string[] = [...Object.keys(streamOwners), ...ownCategories];
    expect(categories.filter((category) => !known.includes(category))).toEqual([]);
  });
});

describe('docs/operating.md', () => {
  it('names only existing metrics and alerts', () => {
    const known = [...Object.keys(metricFamilies), ...alertRules.map(({ name }) => name)];
    const said = named('docs/operating.md', /`((?:interlock|projection|netconf|bus|rpc|http)_[a-z_]+)`/g);
    expect(said.length).toBeGreaterThan(2);
    expect(said.filter((name) => !known.includes(name))).toEqual([]);
  });
});

/** The headings of a document at a level. */
const headings = (file: string, level: number): readonly string[] =>
  [
    ...readFileSync(join(root, file), 'utf8')
      .replaceAll(/^```[\s\S]*?^```$/gm, '')
      .matchAll(new RegExp(`^#{${level}} (.*)$`, 'gm')),
  ].map((match) => match[1]!);

describe('acceptance: documents', () => {
  type Case = {
    readonly id: string;
    readonly input: { readonly file: string };
    readonly expect: { readonly sections: readonly string[] };
  };
  const { cases } = JSON.parse(readFileSync(join(root, 'fixtures/acceptance/documents.json'), 'utf8')) as {
    readonly cases: readonly Case[];
  };
  const of = (file: string): readonly string[] =>
    cases.find(({ input }) => input.file === file)!.expect.sections;

  it('doc.RUNBOOK_POLICY.md has its sections with their required content', () => {
    const sections = of('RUNBOOK_POLICY.md');
    expect(headings('docs/RUNBOOK_POLICY.md', 2)).toEqual(
      sections.map((section) => section.replace(/ \(.*/, '')),
    );
    expect(headings('docs/RUNBOOK_POLICY.md', 3).slice(0, 4)).toEqual([
      'EMERGENCY: Policy causing production impact',
      'EMERGENCY: Rollback not working',
      'Standard rollback',
      'Automatic rollback',
    ]);
    expect(readFileSync(join(root, 'docs/RUNBOOK_POLICY.md'), 'utf8')).toContain('within 5 minutes');
  });

  it('doc.POLICY_RECIPES.md has its recipes and categories', () => {
    expect(of('POLICY_RECIPES.md')).toEqual(['17 recipes in 8 categories']);
    expect(headings('docs/POLICY_RECIPES.md', 3)).toHaveLength(17);
    expect(
      headings('docs/POLICY_RECIPES.md', 2).filter((heading) => heading !== 'How to use one'),
    ).toHaveLength(8);
  });

  it('the runbook of policy automation has its twelve sections', () => {
    expect(headings('docs/RUNBOOK_POLICY_AUTOMATION.md', 2)).toEqual([
      '1. Manual workflow triggers',
      '2. Dry-run mode usage',
      '3. Apply mode with safety gates',
      '4. Rollback procedures',
      '5. Reset safety mechanisms',
      '6. Policy actions by level',
      '7. Monitoring & alerts',
      '8. Troubleshooting',
      '9. Emergency procedures',
      '10. Quick command reference',
      '11. Operational metrics',
      '12. Contact & escalation',
    ]);
  });

  it('the policy studio has its eleven sections', () => {
    expect(headings('docs/POLICY_STUDIO.md', 2)).toEqual([
      '1. Overview',
      '2. Getting started',
      '3. Creating rules',
      '4. Linting and validation',
      '5. Simulation and testing',
      '6. Version management',
      '7. Activation and deployment',
      '8. Rollback procedures',
      '9. Best practices',
      '10. Troubleshooting',
      '11. API reference',
    ]);
  });
});

/** Rules are named in the recipes' document. */
const recipeIds = new Set(
  readdirSync(join(root, 'docs/recipes')).flatMap((name) =>
    [...readFileSync(join(root, 'docs/recipes', name), 'utf8').matchAll(/"id": "([\w-]+)"/g)].map(
      (match) => match[1]!,
    ),
  ),
);

describe('the references of the policy documents', () => {
  const anchor = (heading: string): string =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-');
  const policyDocuments = ['POLICY_STUDIO.md', 'POLICY_RECIPES.md', 'RUNBOOK_POLICY.md'];

  it.each(policyDocuments)('%s: names only existing problem codes', (name) => {
    const others = new Set(['check-gates', 'canary-status', 'flip-list', 'event-store', 'policy-evaluator']);
    const said = [
      ...readFileSync(join(root, 'docs', name), 'utf8')
        .replaceAll(/^```[\s\S]*?^```$/gm, '')
        .matchAll(/`([a-z]+(?:-[a-z]+)+)`/g),
    ].map((match) => match[1]!);
    expect(
      said.filter(
        (code) =>
          !others.has(code) && !recipeIds.has(code) && !existsSync(join(root, 'docs/problems', `${code}.md`)),
      ),
    ).toEqual([]);
  });

  it.each(policyDocuments)('%s: each leads to an existing heading', (name) => {
    const links = [
      ...readFileSync(join(root, 'docs', name), 'utf8').matchAll(/\]\(([\w./]*)#([^)\s]+)\)/g),
    ].map((match) => [match[1] === '' ? name : match[1]!, match[2]!] as const);
    expect(
      links.filter(
        ([file, target]) =>
          ![2, 3]
            .flatMap((level) => headings(`docs/${file}`, level))
            .map(anchor)
            .includes(target),
      ),
    ).toEqual([]);
  });
});

/** Every link of a document to a file of the repository: text, target, place. */
const linksOf = (file: string): readonly string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)].map(
    (match) => match[1]!,
  );
const written = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

describe('documents', () => {
  it.each(written)('%s links to existing files', (file) =>
    expect(linksOf(file).filter((target) => !existsSync(join(root, dirname(file), target)))).toEqual([]),
  );

  it.each(written)('%s names only existing sources', (file) => {
    const named = [
      ...readFileSync(join(root, file), 'utf8').matchAll(
        /`((?:apps|bench|deploy|fixtures|libs)\/[\w./-]+|tools\/[\w/-]+\.[\w.]+)`/g,
      ),
    ].map((match) => match[1]!);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('the README is no longer than 150 lines and names existing tests', () => {
    const text = readFileSync(join(root, 'README.md'), 'utf8');
    expect(text.split('\n').length).toBeLessThanOrEqual(151);
    const tests = [...text.matchAll(/`([a-z][\w./-]*\.spec\.ts)`/g)].map((match) => match[1]!);
    expect(tests.length).toBeGreaterThan(8);
    expect(tests.filter((test) => !existsSync(join(root, test)))).toEqual([]);
  });
});
