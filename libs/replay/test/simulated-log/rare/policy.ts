import { actorKey } from '@interlock/contracts';
import { uuidV5 } from '@interlock/kernel';
import {
  actionTypeDecider,
  bundleDecider,
  bundleHash,
  bundleIdOf,
  emptyCounts,
  exportsDecider,
  exportsStream,
  judgeStage,
  lintSettingsDecider,
  lintStream,
  normalBundle,
  refusalsDecider,
  refusalsStream,
  rolloutDecider,
  rolloutLoosens,
  signingDecider,
  signingStream,
  teamDecider,
  teamLoosens,
  type BundleCommand,
  type GateReport,
  type RolloutCommand,
  type RolloutState,
} from '@interlock/policy';
import { person, service, tenant, type Journal } from '../journal.ts';
import { define, writePolicy } from '../policies.ts';
import { writeSetting } from '../changes.ts';
import { moment } from '../stories/story.ts';

const [anna, ben, otto] = [person('anna'), person('ben'), person('otto')];

const contentOf = (version: string, effect: 'allow' | 'deny' | 'needs_approval') =>
  normalBundle({
    version,
    rules: [
      {
        id: 'north',
        agent: 'north-optimizer',
        action: '*',
        effect,
        priority: 1,
        conditions: [],
        reason: 'A reason to go by',
      },
    ],
  });
type Content = ReturnType<typeof contentOf>;

const tellBundle = (log: Journal, { version }: Content, command: BundleCommand, by = anna): void =>
  log.tell(`bundle-${tenant}:${bundleIdOf(tenant, version)}`, bundleDecider, command, by);
const created = (content: Content, over: object = {}): BundleCommand => ({
  kind: 'CreateBundle',
  bundle_id: bundleIdOf(tenant, content.version),
  content,
  source: 'api',
  ...over,
});

/** Drafts that are changed, deleted, and adopted by a person. */
export const drafts = moment((log) => {
  const draft = contentOf('2.0.0', 'deny');
  tellBundle(log, draft, created(draft));
  tellBundle(log, draft, { kind: 'UpdateBundle', content: contentOf('2.0.0', 'allow') });
  tellBundle(log, draft, { kind: 'DeleteBundle' });
  const ofService = contentOf('2.1.0', 'deny');
  tellBundle(log, ofService, created(ofService), service('ci'));
  tellBundle(log, ofService, { kind: 'AdoptBundle', actor: ben, bundle_hash: bundleHash(ofService) }, ben);
  const content = {
    name: 'spare',
    action_types: ['nothing'],
    conditions: [],
    decision: 'ALLOW',
    max_affected_entities: null,
    min_confidence: null,
    confirmation_window_s: null,
    confirm_above_entities: null,
    on_elapse: 'proceed',
  } as const;
  const policy_id = 'spare';
  writePolicy(log, policy_id, { kind: 'CreatePolicy', policy_id, content, status: 'active' }, anna, otto);
  writePolicy(log, policy_id, { kind: 'ChangePolicy', change: { status: 'disabled' } }, anna, otto);
  const severities = { more_permissive: 'error' } as const;
  const lint = { kind: 'ConfigureLint', settings: { invariants: [], severities } } as const;
  log.tell(lintStream(tenant), lintSettingsDecider, lint, anna);
  const old = {
    action_type: 'shop.old',
    title: 'Is no longer sold',
    parameters_schema: { type: 'object' },
    handler: null,
    impact_fields: [],
    reversible: false,
    read_only: false,
    external_contact: false,
  };
  define(log, old);
  log.tell(`action_type-${tenant}:shop.old`, actionTypeDecider, { kind: 'RetireActionType' }, anna);
});

const gates = (pct: number): GateReport =>
  judgeStage(
    {
      ...emptyCounts,
      decisions: 1000,
      requests: (1000 * 100) / pct,
      executions: 1000,
      split: { ...emptyCounts.split, units: 1000, canary: pct * 10 },
    },
    pct,
    rolloutDecider.initial.settings,
  );

/** A team whose bundles go every way of a rollout. Nobody of the team acts. */
export const rollouts = moment((log) => {
  const team = { team_id: 'north', name: 'North', agents: ['north-optimizer'], accounts: [] };
  const ofTeam = { stream: `team-${tenant}:north`, decider: teamDecider, loosens: teamLoosens };
  writeSetting(log, ofTeam, { kind: 'DefineTeam', team }, anna, otto);
  const [first, second, third] = [
    contentOf('3.0.0', 'allow'),
    contentOf('3.1.0', 'deny'),
    contentOf('3.2.0', 'needs_approval'),
  ];
  const cloned_from = { bundle_id: bundleIdOf(tenant, '1.0.0'), version: '1.0.0', bundle_hash: 'h' };
  for (const content of [first, second, third]) {
    const approval_id = uuidV5('yes', content.version);
    const bundle_hash = bundleHash(content);
    tellBundle(log, content, created(content, { source: 'clone', team: 'north', cloned_from }));
    tellBundle(log, content, { kind: 'ApproveBundle', actor: ben, approval_id, bundle_hash, note: '' }, ben);
    tellBundle(log, content, { kind: 'ReleaseBundle', approval_id });
  }
  const ofRollout = {
    stream: `rollout-${tenant}:north`,
    decider: rolloutDecider,
    loosens: (before: RolloutState, after: RolloutState) => rolloutLoosens(before.settings, after.settings),
  };
  const roll = (command: RolloutCommand, by = anna): void => {
    log.now += 60_000;
    writeSetting(log, ofRollout, command, by, otto);
  };
  const later = (ms: number): string => new Date(log.now + ms).toISOString();
  const next = (): string => later(60_000);
  const idOf = ({ version }: Content): string => bundleIdOf(tenant, version);
  const activate = (content: Content): void => {
    roll({
      kind: 'ActivateBundle',
      bundle_id: idOf(content),
      bundle_version: content.version,
      bundle_hash: bundleHash(content),
      approval_id: uuidV5('yes', content.version),
    });
  };
  const bundle_id = idOf(second);
  const promote = (pct: number): void => {
    const verdicts = gates(pct);
    roll({ kind: 'PromoteCanary', bundle_id, trigger: 'person', reason: 'clear', verdicts, now: next() });
  };
  const back = (content: Content, trigger: 'person' | 'incident', over: object = {}): void => {
    const why = { trigger, reason: 'errors', verdicts: null, ...over };
    roll({ kind: 'RollBackBundle', bundle_id: idOf(content), ...why });
  };
  activate(first);
  activate(second);
  roll({ kind: 'HoldCanary', bundle_id, reason: 'a look first', until: null, now: next() });
  roll({ kind: 'ReleaseCanary', bundle_id, reason: 'looked' });
  roll({ kind: 'SchedulePromotion', bundle_id, at: later(8 * 86_400_000), now: next() });
  roll({ kind: 'UnschedulePromotion', bundle_id });
  promote(10);
  roll({ kind: 'BypassPolicy', reason: 'no trust', minutes: 30, now: next() });
  roll({ kind: 'EndBypass', reason: 'ended', now: next() });
  promote(50);
  const { settings } = rolloutDecider.initial;
  roll({ kind: 'ConfigureRollout', settings: { ...settings, dwell_h: 1 } });
  activate(third);
  const incident_id = uuidV5('incident', 'of somebody');
  roll({ kind: 'PageForBundle', bundle_id: idOf(third), incident_id, reason: 'an incident' });
  back(third, 'incident', { incident_id });
  back(second, 'person');
});

/** Bundles that leave the tenant, and a file that is not taken in. */
export const exchange = moment((log) => {
  log.tell(signingStream(tenant), signingDecider, { kind: 'ConfigureSigning', demand: ['Ed25519'] }, anna);
  const content = contentOf('3.0.0', 'allow');
  const of = {
    bundle_id: bundleIdOf(tenant, content.version),
    version: content.version,
    export_id: uuidV5('export', actorKey(anna)),
    key_ids: ['ops'],
  };
  const expires_at = new Date(log.now + 86_400_000).toISOString();
  const bundle_hash = bundleHash(content);
  const recorded = { kind: 'record-export', ...of, bundle_hash, expires_at } as const;
  log.tell(exportsStream(tenant, of.bundle_id), exportsDecider, recorded, anna);
  const file_hash = 'ab'.repeat(32);
  const refused = { kind: 'record-refusal', ...of, code: 'bundle-expired', file_hash } as const;
  log.tell(refusalsStream(tenant, log.at.slice(0, 10)), refusalsDecider, refused, anna);
});
