import { cell, planStory } from '../stories/plan.ts';
import { stories } from '../stories/stories.ts';
import { moment, type Story } from '../stories/story.ts';
import { courses } from './actions.ts';
import { attended, notified } from './notices.ts';
import { drafts, exchange, rollouts } from './policy.ts';
import { changes, records, removals } from './settings.ts';
import {
  agentStopped,
  bindingAdded,
  fleet,
  forgotten,
  heldTool,
  judged,
  otherTenant,
  posture,
} from './system.ts';

const steady = moment((log) => {
  log.isSteady = true;
});
const denied = { ...cell(4), parameters: { power_raise_db: 6, cell_individual_offset: 3 } };
const one = (intent = cell(4)) => [{ node_id: 'one', depends_on: [], intent, compensation: null }];

/**
 * Every kind of event that the simulation's own actions do not leave. What changes the tenant's
 * settings for good, or takes days, comes last.
 */
export const rareStories: readonly Story[] = [
  ...stories,
  steady,
  ...courses,
  forgotten,
  planStory('rejected', { answer: 'reject' }),
  planStory('cancelled', { answer: 'cancel' }),
  planStory('expired', { answer: 'wait' }),
  planStory('killed', { killed: true }),
  planStory('too-wide', { of: { max_affected_entities: 1 } }),
  planStory('denied', { of: { nodes: one(denied) } }),
  planStory('dry', { of: { nodes: one(), dry_run: true } }),
  planStory('stopped', { of: { failure_rule: 'stop' }, refused: 0 }),
  planStory('in-part', { of: { failure_rule: 'continue' }, refused: 0 }),
  planStory('rolled-back', { refused: 1 }),
  judged,
  attended,
  notified,
  drafts,
  rollouts,
  exchange,
  fleet,
  agentStopped,
  bindingAdded,
  otherTenant,
  heldTool,
  posture,
  removals,
  records,
  changes,
];
