import type { Setting } from './setting.js';
import type { Scene } from './world.js';

const limits = {
  max_affected_entities: null,
  min_confidence: null,
  confirmation_window_s: null,
  confirm_above_entities: null,
  on_elapse: 'proceed',
  window_policy: null,
};
const named = {
  fine: { name: 'all is well', scene: {}, starts: 'allow' },
  window: {
    name: 'a policy wants a window',
    scene: { evaluation: { decision: 'CONFIRM' } },
    starts: 'window',
  },
  one: { name: 'a person must approve', scene: { auto: 'REQUIRE_APPROVAL' }, starts: 'one' },
  two: {
    name: 'two people must approve',
    scene: { evaluation: { decision: 'NEEDS_APPROVAL', approvals_required: 2 } },
    starts: 'two',
  },
  yellow: { name: 'YELLOW', scene: { posture: 'YELLOW' }, starts: 'one' },
  red: { name: 'RED', scene: { posture: 'RED' }, starts: 'never' },
  fixed: { name: 'it cannot be undone', scene: {}, starts: 'one', irreversible: true },
  riskier: {
    name: 'the risk is higher',
    scene: { auto: 'REQUIRE_APPROVAL', prediction: { risk_score: 60 } },
    starts: 'one',
  },
  expiring: {
    name: 'a policy wants a window that expires',
    scene: { evaluation: { decision: 'CONFIRM', limits: { ...limits, on_elapse: 'expire' } } },
    starts: 'window',
  },
  otherWindow: {
    name: 'another policy wants a window',
    scene: { evaluation: { decision: 'CONFIRM', limits: { ...limits, window_policy: 'q' } } },
    starts: 'window',
  },
  other: { name: 'the plan is another', scene: {}, starts: 'allow', diff: 'other' },
} as const satisfies { readonly [name: string]: Scene };

const quiet: Omit<Setting, 'name'> = {
  intents: [{}],
  scenes: [named.fine],
  budget: 1,
  people: [],
  says: [],
  left: {},
  isSplit: false,
  tell: false,
  device: [],
};

const everyone: Setting['people'] = ['p1', 'p2', 'p9', 'claimed', 'asker'];
const elsewhere = { intent_id: 'i-2', entity_id: 'cell-002-1' };

/**
 * `atLeast`: the minimum size of the space, so that none shrinks unnoticed; `ends`: all reachable
 * outcomes of its actions.
 */
export type CountedSetting = Setting & { readonly atLeast: number; readonly ends: readonly string[] };

const unsorted: readonly CountedSetting[] = [
  {
    ...quiet,
    name: 'two actions want one entity and one budget',
    intents: [{}, { intent_id: 'i-2' }],
    people: ['p1'],
    says: ['approve', 'cancel'],
    device: ['worse', 'timer'],
    atLeast: 27_000,
    ends: [
      'ActionCancelled',
      'ActionCancelledByRefusal',
      'ActionCompleted',
      'ActionExpired',
      'ActionRolledBack',
    ],
  },
  {
    ...quiet,
    name: 'people answer a window',
    scenes: [named.window],
    people: everyone,
    says: ['approve', 'confirm', 'extend', 'reject'],
    left: { extend: 2, slow: 2 },
    atLeast: 1_800,
    ends: ['ActionCompleted', 'ActionExpired', 'ActionRejected'],
  },
  {
    ...quiet,
    name: 'the services change their minds about a window',
    scenes: [named.window, named.fine, named.one, named.yellow, named.red, named.otherWindow],
    people: ['p1'],
    says: ['approve', 'confirm'],
    left: { scene: 1, slow: 1 },
    atLeast: 10_000,
    ends: ['ActionCompleted', 'ActionDenied', 'ActionExpired'],
  },
  {
    ...quiet,
    name: 'two people approve',
    scenes: [named.two, named.one, named.fine],
    people: everyone,
    says: ['approve', 'reject', 'cancel'],
    left: { scene: 1 },
    atLeast: 6_000,
    ends: [
      'ActionCancelled',
      'ActionCancelledByRefusal',
      'ActionCompleted',
      'ActionExpired',
      'ActionRejected',
      'ActionRolledBack',
    ],
  },
  {
    ...quiet,
    name: 'the services change their minds about an approval',
    scenes: [named.one, named.fine, named.other, named.fixed, named.riskier, named.two],
    people: ['p1', 'p2'],
    says: ['approve'],
    left: { scene: 1, slow: 1 },
    atLeast: 31_000,
    ends: ['ActionCompleted', 'ActionExpired'],
  },
  {
    ...quiet,
    name: 'somebody must be told of a window',
    scenes: [named.window, named.yellow],
    people: ['p1', 'claimed'],
    says: ['approve', 'confirm', 'extend'],
    left: { scene: 1, extend: 1, slow: 1 },
    tell: true,
    atLeast: 17_000,
    ends: ['ActionCompleted', 'ActionExpired'],
  },
  {
    ...quiet,
    name: 'a window that expires',
    scenes: [named.expiring, named.fine],
    people: ['p1'],
    says: ['confirm', 'extend'],
    left: { scene: 1, extend: 1, slow: 1 },
    atLeast: 600,
    ends: ['ActionCompleted', 'ActionExpired'],
  },
  {
    ...quiet,
    name: 'a kill switch stops two actions and is released',
    intents: [{}, elsewhere],
    budget: 2,
    left: { engage: 1, release: 2 },
    atLeast: 100_000,
    ends: ['ActionCancelledByRefusal', 'ActionCompleted', 'ActionDenied', 'ActionRolledBack'],
  },
  {
    ...quiet,
    name: 'a runner is late and repeats itself while an action is stopped or cancelled',
    people: ['p1'],
    says: ['cancel', 'rollback'],
    left: { repeat: 1, engage: 1 },
    isSplit: true,
    device: ['stale', 'worse'],
    atLeast: 10_000,
    ends: [
      'ActionCancelled',
      'ActionCancelledByRefusal',
      'ActionCompleted',
      'ActionDenied',
      'ActionRolledBack',
    ],
  },
  {
    ...quiet,
    name: 'what cannot be undone, and a device that is stuck',
    scenes: [named.fixed, named.fine],
    people: ['p1', 'claimed'],
    says: ['approve', 'rollback'],
    left: { scene: 1 },
    device: ['stuck', 'refuses', 'worse'],
    atLeast: 1_200,
    ends: [
      'ActionCancelledByRefusal',
      'ActionCompleted',
      'ActionExpired',
      'ActionRollbackFailed',
      'ActionRolledBack',
    ],
  },
  {
    ...quiet,
    name: 'the hour has no room for both',
    intents: [{}, elsewhere],
    budget: 2,
    hour: 5,
    people: ['p1'],
    says: ['cancel'],
    atLeast: 4_900,
    ends: [
      'ActionCancelled',
      'ActionCancelledByRefusal',
      'ActionCompleted',
      'ActionExpired',
      'ActionRolledBack',
    ],
  },
  {
    ...quiet,
    name: 'services are away, and the intent has an end',
    intents: [{ not_after: '2026-11-20T10:06:00.000Z' }],
    left: { away: 2, slow: 2 },
    device: ['refuses', 'stale'],
    atLeast: 3_800,
    ends: ['ActionCancelledByRefusal', 'ActionCompleted', 'ActionExpired'],
  },
  {
    ...quiet,
    name: 'a dry run',
    intents: [{ dry_run: true }],
    left: { slow: 1, engage: 1 },
    atLeast: 60,
    ends: ['ActionDenied', 'DryRunCompleted'],
  },
];

/** The spaces of the short form, the smallest first; each can be searched completely. */
export const settings: readonly CountedSetting[] = unsorted.toSorted((a, b) => a.atLeast - b.atLeast);

/** The additional spaces of the long form (`npm run test:chaos`). */
export const longSettings: readonly CountedSetting[] = [
  {
    ...quiet,
    name: 'a kill switch stops twice, is released, and a device fails',
    left: { engage: 2, release: 4, slow: 1 },
    device: ['stale', 'fails', 'timer'],
    atLeast: 68_000,
    ends: ['ActionCancelledByRefusal', 'ActionCompleted', 'ActionDenied', 'ActionRolledBack'],
  },
  {
    ...quiet,
    name: 'a runner is late, repeats itself and dies while an action is stopped or cancelled',
    people: ['p1'],
    says: ['cancel', 'rollback'],
    left: { repeat: 1, crash: 1, engage: 1, slow: 1 },
    isSplit: true,
    device: ['stale', 'timer', 'worse'],
    atLeast: 300_000,
    ends: [
      'ActionCancelled',
      'ActionCancelledByRefusal',
      'ActionCompleted',
      'ActionDenied',
      'ActionRolledBack',
    ],
  },
  {
    ...quiet,
    name: 'two people approve, and the services change their minds twice',
    scenes: [named.two, named.one, named.fine],
    people: ['p1', 'p2', 'p9'],
    says: ['approve', 'reject'],
    left: { scene: 2 },
    atLeast: 18_000,
    ends: ['ActionCompleted', 'ActionExpired', 'ActionRejected'],
  },
];
