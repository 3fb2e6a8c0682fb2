import type { Setting } from './setting.js';
import type { Scene } from './world.js';

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

/** The spaces of the short form: each is small enough to be searched whole. */
export const settings: readonly Setting[] = [
  {
    ...quiet,
    name: 'two actions on one entity, one budget',
    intents: [{}, { intent_id: 'i-2' }],
    people: ['p1'],
    says: ['approve', 'cancel'],
    device: ['worse', 'timer'],
  },
];
