// The allowed dependencies, on three axes. Everyone may use `scope:shared`; a context is used only
// by itself and the listed ones.

const types = {
  'type:contract': ['type:contract'],
  'type:domain': ['type:contract', 'type:domain'],
  'type:infra': ['type:contract', 'type:domain', 'type:infra'],
  'type:platform': ['type:contract', 'type:domain', 'type:infra', 'type:platform'],
  'type:app': ['type:contract', 'type:domain', 'type:infra', 'type:platform'],
  // Policy analysis and the auditor's checks run in the browser as well as on a command line.
  'type:ui': ['type:contract', 'type:domain', 'type:ui'],
  'type:testing': ['type:contract', 'type:domain', 'type:infra', 'type:platform', 'type:testing'],
};

const runtimes = {
  'runtime:any': ['runtime:any'],
  'runtime:web': ['runtime:any', 'runtime:web'],
  'runtime:node': ['runtime:any', 'runtime:node'],
};

/** The other contexts that a context may use, besides the shared ones. */
const scopes = {
  'scope:agents': ['scope:rails'],
  'scope:alerting': ['scope:rails'],
  'scope:audit': [
    'scope:agents',
    'scope:alerting',
    'scope:autonomy',
    'scope:network',
    'scope:policy',
    'scope:posture',
    'scope:rails',
    'scope:twin',
  ],
  'scope:autonomy': ['scope:rails'],
  'scope:cli': [
    'scope:alerting',
    'scope:audit',
    'scope:policy',
    'scope:posture',
    'scope:rails',
    'scope:twin',
  ],
  'scope:console': ['scope:audit', 'scope:policy'],
  'scope:edge': [],
  'scope:event-store': [],
  'scope:interlock': ['scope:audit', 'scope:netconf', 'scope:network', 'scope:policy', 'scope:rails'],
  'scope:netconf': [],
  'scope:network': ['scope:netconf', 'scope:rails'],
  'scope:policy': ['scope:autonomy', 'scope:rails'],
  'scope:posture': ['scope:rails'],
  'scope:rails': ['scope:autonomy', 'scope:network', 'scope:policy'],
  'scope:relay': [],
  'scope:twin': ['scope:network', 'scope:rails'],
};

/**
 * A domain lib depends on no other context, except the auditor's, which evaluates every decision
 * again.
 */
const isolatedDomains = Object.keys(scopes).filter((scope) => scope !== 'scope:audit');

const knownTags = new Set([
  ...Object.keys(types),
  ...Object.keys(runtimes),
  ...Object.keys(scopes),
  'scope:shared',
  'scope:e2e',
]);

/**
 * The faults in a project's tags: it needs one known tag of each axis.
 * @param {readonly string[]} tags
 * @returns {string[]}
 */
export function tagFaults(tags) {
  const faults = tags.filter((tag) => !knownTags.has(tag)).map((tag) => `unknown tag \`${tag}\``);
  for (const axis of ['type', 'scope', 'runtime']) {
    const count = tags.filter((tag) => tag.startsWith(`${axis}:`)).length;
    if (count !== 1) faults.push(`${count} tags \`${axis}:…\`, one is needed`);
  }
  return faults;
}

/**
 * Constraints for `@nx/enforce-module-boundaries`.
 * @param {{ tests?: boolean }} [options] test files may also use the testing libraries
 */
export function depConstraints({ tests = false } = {}) {
  const extra = tests ? ['type:testing'] : [];
  return [
    ...Object.entries(types).map(([sourceTag, allowed]) => ({
      sourceTag,
      onlyDependOnLibsWithTags: [...allowed, ...extra],
    })),
    ...Object.entries(runtimes).map(([sourceTag, allowed]) => ({
      sourceTag,
      onlyDependOnLibsWithTags: tests ? ['runtime:any', 'runtime:node'] : allowed,
    })),
    ...Object.entries(scopes).map(([sourceTag, allowed]) => ({
      sourceTag,
      onlyDependOnLibsWithTags: ['scope:shared', sourceTag, ...allowed],
    })),
    ...isolatedDomains.map((scope) => ({
      allSourceTags: ['type:domain', scope],
      onlyDependOnLibsWithTags: ['scope:shared', scope],
    })),
    // INVARIANT: adapters and glue may use only the kernel of the domain, because it is shared.
    ...['type:contract', 'type:domain', 'type:infra', 'type:platform'].map((type) => ({
      allSourceTags: [type, 'scope:shared'],
      onlyDependOnLibsWithTags: ['scope:shared'],
    })),
  ];
}
