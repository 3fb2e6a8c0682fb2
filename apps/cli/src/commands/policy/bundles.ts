import type { Schema } from '@interlock/api-types';
import { digestOfRead } from '../../asked.js';
import { findIn } from '../../find-action.js';
import { recordShape, type Shape } from '../../output/output.js';
import { tableText } from '../../output/table.js';
import { timeText } from '../../output/times.js';
import { answerOf, CliError, type Session } from '../../connection/session.js';
import { ask, answer, all } from '../../program/declare.js';
import { list } from '../../lists.js';
import { whole } from '../../readers.js';

type Bundle = Schema<'BundleDto'>;
type FlipList = Schema<'FlipListDto'>;

/** The option that names the content of a bundle which the caller has read. */
export const bundleDigest = {
  '--digest <hash>': 'digest of the bundle that you have read; without it, the terminal asks you',
} as const;
const period = {
  '--from <time>': 'at or after this time, such as 2026-01-31T08:00:00Z',
  '--to <time>': 'before this time',
} as const;
const team = { '--team <team>': "bundles of this team instead of the tenant's" } as const;
const reason = { '--reason <text>': { about: 'why, for the record', required: true } } as const;

/**
 * Returns the id of the bundle that a text names: a version, an id or its prefix, `active` or
 * `canary`.
 */
const findBundle = async (session: Session, text: string): Promise<string> => {
  if (text === 'active' || text === 'canary') {
    const deciding = await session.ask('GET /api/v1/policy/bundles/active');
    const bundle = deciding[text];
    return bundle === null ? text : bundle.id;
  }
  if (/^\d+\.\d+\.\d+/.test(text))
    return (await session.ask('GET /api/v1/policy/bundles/version/{version}', [text])).id;
  return findIn('bundles', 'GET /api/v1/policy/bundles', ({ id }) => id)(session, text);
};

/** A bundle in one line. */
export const bundleLine = ({ version, status, canary_pct, id, bundle_hash, revision }: Bundle): string =>
  `${version}  ${status}${status === 'canary' ? ` ${canary_pct} %` : ''}  ${id}  revision ${revision}  hash ${bundle_hash}`;
const bundleShape = { ...recordShape<Bundle>(({ id }) => id), text: bundleLine };

/** Returns what a person sees of a bundle before a decision: its rules and its approvals. */
export const bundleLines = (bundle: Bundle): readonly string[] => [
  bundleLine(bundle),
  'rules',
  ...bundle.rules.map((rule) => `  ${JSON.stringify(rule)}`),
  'approvals',
  ...bundle.approvals.map((one) => `  ${JSON.stringify(one)}`),
];

/**
 * A list of changed decisions for readers: their number by kind, the decisions, and the hash for an
 * approval.
 */
const flipsShape: Shape<FlipList> = {
  text: (list, screen) => {
    const counts = Object.entries(list.counts);
    const changed = counts.reduce((sum, [, n]) => sum + n, 0);
    return [
      `${changed} of ${list.evaluations} recorded decisions would change under ${list.version}, from ${timeText(list.from, screen.now)} to ${timeText(list.to, screen.now)}${list.capped ? '; older ones were not looked at' : ''}`,
      ...counts.map(([change, n]) => `  ${change}: ${n}`),
      ...(list.flips.length === 0
        ? []
        : [
            tableText(
              list.flips,
              [
                { head: 'EVALUATION', of: ({ evaluation_id }) => evaluation_id },
                { head: 'WAS', of: ({ from }) => from, toned: true },
                { head: 'WOULD BE', of: ({ to }) => to, toned: true },
                { head: 'BY RULE', of: ({ rule_id }) => rule_id ?? '(none)', fit: 12 },
              ],
              screen,
            ),
            ...(list.truncated ? [`and ${changed - list.flips.length} more`] : []),
          ]),
      `list ${list.flip_list_hash}, which \`interlock --as NAME policy approve ${list.version} --flips\` names`,
    ].join('\n');
  },
  names: ({ flip_list_hash: hash }) => [hash],
};

const approve = answer({
  command: 'approve <bundle>',
  about: 'show a bundle and what it changes, and approve exactly that content, as a person',
  routes: [
    'GET /api/v1/policy/bundles/{id}',
    'GET /api/v1/policy/bundles/{id}/flip-list',
    'POST /api/v1/policy/bundles/{id}/approvals',
  ],
  options: {
    ...bundleDigest,
    '--flips <hash>': 'digest of the flip list that you have read; together with --digest',
    '--note <text>': 'a note, for the record',
  },
  personal: true,
  run: async ({ session, options }, text) => {
    const id = await findBundle(session, text);
    const bundle = await session.ask('GET /api/v1/policy/bundles/{id}', [id]);
    const made = await session.send('GET /api/v1/policy/bundles/{id}/flip-list', [id]);
    const flips = made.status === 404 ? undefined : await answerOf<FlipList>(made);
    if (options.digest !== undefined && flips !== undefined && options.flips === undefined)
      throw new CliError('a list of what it changes was made: name its --flips hash beside --digest', 2);
    const counts = Object.entries(flips?.counts ?? {}).map(([change, n]) => `  ${change}: ${String(n)}`);
    const digest = await digestOfRead(
      {
        lines: [
          ...bundleLines(bundle),
          ...(flips === undefined
            ? ['no list of decisions that it changes was made: `interlock policy flips` makes one']
            : [
                `changes of ${flips.evaluations} recorded decisions, list ${flips.flip_list_hash}`,
                ...counts,
                ...flips.flips.map((flip) => `  ${JSON.stringify(flip)}`),
              ]),
        ],
        digest: bundle.bundle_hash,
      },
      'approve',
      options.digest,
    );
    const body = {
      bundle_hash: digest,
      flip_list_hash: flips === undefined ? undefined : (options.flips ?? flips.flip_list_hash),
      note: options.note,
    };
    return session.ask('POST /api/v1/policy/bundles/{id}/approvals', [id], { body });
  },
  shape: recordShape<Schema<'GivenApprovalDto'>>(({ approval_id }) => approval_id),
});

/** `interlock policy list|show|approve|promote|hold|…`: bundles of the running system. */
export const addPolicyBundles = all(
  list({
    command: 'list',
    about: 'bundles, newest first',
    route: 'GET /api/v1/policy/bundles',
    what: 'bundles',
    query: {
      '--status <status>': 'such as draft, active, canary',
      '--active': { about: 'only bundles that decide now', as: 'active_only' },
      ...team,
    },
    limit: 50,
    topics: ['policies'],
    columns: [
      { head: 'VERSION', of: ({ version }) => version },
      {
        head: 'STATUS',
        of: ({ status, canary_pct }) => (status === 'canary' ? `canary ${canary_pct} %` : status),
        toned: true,
      },
      { head: 'BUNDLE', of: ({ id }) => id, fit: 13 },
      { head: 'RULES', of: ({ rules }) => rules.length, right: true },
      { head: 'APPROVALS', of: ({ approvals }) => approvals.length, right: true },
      { head: 'MADE (UTC)', time: ({ created_at }) => created_at },
      { head: 'BY', of: ({ created_by }) => created_by, wide: true },
      { head: 'TEAM', of: ({ team: of }) => of, wide: true },
      { head: 'NOTES', of: ({ notes }) => notes, fit: 12 },
    ],
    id: ({ id }) => id,
  }),
  list({
    command: 'history <bundle>',
    about: 'show the history of a bundle, newest first',
    route: 'GET /api/v1/policy/bundles/{id}/history',
    what: 'events',
    limit: 50,
    find: findBundle,
    columns: [
      { head: 'REV', of: ({ revision }) => revision, right: true },
      { head: 'AT (UTC)', time: ({ at }) => at },
      { head: 'EVENT', of: ({ type }) => type },
      { head: 'BY', of: ({ actor }) => (actor.kind === 'person' ? actor.person_id : actor.service), fit: 13 },
    ],
    id: ({ position }) => position,
  }),
  ask({
    command: 'suggestions',
    about: 'list rules that recorded decisions suggest',
    route: 'GET /api/v1/policy/suggestions',
    query: period,
  }),
  approve,
  ask({
    command: 'show <bundle>',
    about: 'show one with its rules, by version, id, `active` or `canary`',
    route: 'GET /api/v1/policy/bundles/{id}',
    find: findBundle,
  }),
  ask({
    command: 'promote <bundle>',
    about: 'give a canary its next share',
    route: 'POST /api/v1/policy/bundles/{id}/promote',
    body: {
      '--to <pct>': { about: '50 or 100; default: the next one', as: 'to_pct', read: whole(50, 100) },
      '--reason <text>': 'why; required before its time is over',
    },
    shape: bundleShape,
    find: findBundle,
  }),
  ask({
    command: 'hold <bundle>',
    about: 'keep a canary at its share',
    route: 'POST /api/v1/policy/bundles/{id}/holds',
    body: { ...reason, '--until <time>': 'until this time, such as 2026-01-31T08:00:00Z' },
    find: findBundle,
  }),
  ask({
    command: 'unhold <bundle>',
    about: 'release a held canary',
    route: 'DELETE /api/v1/policy/bundles/{id}/holds',
    body: reason,
    find: findBundle,
  }),
  ask({
    command: 'schedule <bundle>',
    about: 'promote a canary at a time',
    route: 'POST /api/v1/policy/bundles/{id}/schedule',
    body: { '--at <time>': { about: 'when, such as 2026-01-31T08:00:00Z', required: true } },
    find: findBundle,
  }),
  ask({
    command: 'unschedule <bundle>',
    about: 'cancel a scheduled promotion',
    route: 'DELETE /api/v1/policy/bundles/{id}/schedule',
    find: findBundle,
  }),
  ask({
    command: 'canary <bundle>',
    about: 'show a canary: its gates, its evidence, and when it is promoted',
    route: 'GET /api/v1/policy/bundles/{id}/canary-status',
    find: findBundle,
  }),
  ask({
    command: 'check-gates <bundle>',
    about: "read a canary's gates now",
    route: 'POST /api/v1/policy/bundles/{id}/check-gates',
    find: findBundle,
  }),
  ask({
    command: 'flips <bundle>',
    about: 'make the list of recorded decisions that a bundle would change',
    route: 'POST /api/v1/policy/bundles/{id}/flip-list',
    body: {
      ...period,
      '--max <n>': { about: 'at most this many, the newest', as: 'max_evaluations', read: whole(1) },
    },
    shape: flipsShape,
    find: findBundle,
  }),
  ask({
    command: 'clone <bundle>',
    about: 'create a draft of the same content',
    route: 'POST /api/v1/policy/bundles/{id}/clone',
    body: {
      '--to <version>': { about: 'the version of the draft', as: 'version' },
      '--bump <part>': { about: 'which part of the version is raised', choices: ['major', 'minor', 'patch'] },
      '--notes <text>': 'notes about what is new',
      ...team,
    },
    find: findBundle,
  }),
  ask({
    command: 'delete <bundle>',
    about: 'delete a draft',
    route: 'DELETE /api/v1/policy/bundles/{id}',
    ifMatch: 'read',
    find: findBundle,
  }),
  ask({
    command: 'export <bundle>',
    about: 'write a bundle as a signed file to the standard output',
    route: 'GET /api/v1/policy/bundles/{id}/export',
    query: { '--expires-in-h <hours>': 'how many hours the signature is valid' },
    find: findBundle,
    piped: 'json',
  }),
  ask({
    command: 'changes <bundle> <other>',
    about: 'show what another bundle of the running system decides differently, by id',
    route: 'GET /api/v1/policy/bundles/{id}/diff/{other_id}',
    find: findBundle,
  }),
  ask({
    command: 'lint-report <bundle>',
    about: "show the linter's findings in a bundle of the running system",
    route: 'GET /api/v1/policy/bundles/{id}/lint',
    find: findBundle,
  }),
  ask({
    command: 'analytics',
    about: 'show rollbacks, canaries, turnaround, coverage and hits of rules',
    route: 'GET /api/v1/policy/analytics',
    query: period,
  }),
  ask({
    command: 'draft-suggestion <id>',
    about: 'create a draft from a suggested rule',
    route: 'POST /api/v1/policy/suggestions/{id}/draft',
  }),
  ask({
    command: 'analyse <file>',
    about: 'answer questions about a bundle for every possible request, as JSON',
    route: 'POST /api/v1/policy/analyse',
  }),
);
