/**
 * The groups of the site by the reader's task. Each page of `docs/` is in one group. A long list
 * has a sidebar of its own, below its `path`; the common sidebar has only its first page.
 */
const groups = [
  { text: 'Tutorials', pages: ['getting-started.md', /^tutorials\//] },
  { text: 'Agents', pages: ['integrating.md', 'agents.md', 'python.md', 'plans.md', 'states.md'] },
  { text: 'People', pages: ['console.md', 'cli.md', 'channels.md', 'privacy.md'] },
  {
    text: 'Policies',
    pages: ['POLICY_STUDIO.md', 'POLICY_RECIPES.md', /^recipes\//, /^RUNBOOK_POLICY/],
  },
  {
    text: 'Operating',
    pages: [
      'operating.md',
      'configuration.md',
      'metrics.md',
      'kubernetes.md',
      'scaling.md',
      'drift.md',
      'kpi-sources.md',
      'bindings.md',
      'qualification.md',
      'twin.md',
      'DEPLOYMENT_CHECKLIST.md',
      'external-parts.md',
    ],
  },
  {
    text: 'Auditing',
    pages: [
      'auditing.md',
      'witness.md',
      'AUDITOR_MAPPING.md',
      'safety-case.md',
      'security-model.md',
      'AUTONOMOUS_SAFETY_WHITEPAPER.md',
      'AUTONOMY_STATUS_REPORT.md',
      'OFCOM_PRE_NOTIFICATION.md',
      'ICO_DPIA.md',
    ],
  },
  { text: 'Interlock itself', pages: ['architecture.md', 'mutation-testing.md', 'releasing.md'] },
  { text: 'Events', pages: ['events.md'] },
  { text: 'API reference', path: '/api/', pages: [/^api\//] },
  { text: 'Problems', path: '/problems/', pages: [/^problems\//] },
  { text: 'Runbooks', path: '/runbooks/', pages: [/^runbooks\//] },
  { text: 'Decisions', path: '/adr/', pages: [/^adr\//] },
];

const isIn = (pattern, place) => (typeof pattern === 'string' ? pattern === place : pattern.test(place));

/**
 * The sidebar in the form of VitePress. Throws if a page is in no group.
 * @param {ReadonlyMap<string, string>} titles the pages of `docs/` by place
 * @param {ReadonlyMap<string, string>} generated the generated pages by place
 */
export function sidebarOf(titles, generated) {
  const all = new Map([...titles]);
  for (const [place, text] of generated) all.set(place, /^# (.+)$/m.exec(text)?.[1] ?? place);
  all.delete('index.md');
  const left = new Set(all.keys());
  const found = groups.map(({ text, path, pages }) => {
    const places = pages.flatMap((pattern) =>
      [...all.keys()]
        .filter((place) => isIn(pattern, place))
        .sort((a, b) => Number(b.endsWith('index.md')) - Number(a.endsWith('index.md')) || (a < b ? -1 : 1)),
    );
    for (const place of places) left.delete(place);
    const items = places.map((place) => ({
      text: all.get(place),
      link: `/${place.replace(/\.md$/, '').replace(/(^|\/)index$/, '$1')}`,
    }));
    return { text, path, items };
  });
  if (left.size > 0) throw new Error(`no group of the site has ${[...left].join(', ')}`);
  const common = found.filter(({ path }) => path === undefined);
  const own = found.filter(({ path }) => path !== undefined);
  const lists = { text: 'Lists', items: own.map(({ text, path }) => ({ text, link: path })) };
  return {
    '/': [...common, lists],
    ...Object.fromEntries(own.map(({ text, path, items }) => [path, [{ text, items }, lists]])),
  };
}
