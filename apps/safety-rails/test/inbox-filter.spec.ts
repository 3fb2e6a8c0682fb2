import { describe, expect, it } from '@jest/globals';
import type { InboxItem } from '@interlock/rails';
import { matchesInbox, type InboxFilter } from '../src/approvals/inbox.js';

const item: InboxItem = {
  kind: 'approval',
  id: 'a-1',
  title: 'cell_failover',
  subject: 'cell-1',
  agent: 'optimizer',
  account_id: 'ran',
  gates: ['policy', 'confidence'],
  asks: 'approve or reject it',
  why: null,
  then: null,
  requested_at: '2026-11-20T10:00:00.000Z',
  expires_at: null,
  approvals: 0,
  approvals_required: 1,
};
const stepUp: InboxItem = {
  ...item,
  kind: 'step_up',
  title: 'ran',
  subject: 'cell_failover',
  agent: null,
  gates: [],
};
const switchOfCell: InboxItem = { ...item, kind: 'kill_switch', title: 'site', agent: null, gates: [] };

describe('a filter of what waits', () => {
  it.each<[InboxFilter, InboxFilter]>([
    [{ kind: 'approval' }, { kind: 'plan' }],
    [{ action_type: 'cell_failover' }, { action_type: 'cell' }],
    [{ entity_id: 'cell-1' }, { entity_id: 'cell-' }],
    [{ entity_prefix: 'cell-' }, { entity_prefix: 'ell-' }],
    [{ agent: 'optimizer' }, { agent: 'opt' }],
    [{ account_id: 'ran' }, { account_id: 'core' }],
    [{ gate: 'confidence' }, { gate: 'budget' }],
    [{ since: '2026-11-20T11:00:00+01:00' }, { since: '2026-11-20T10:00:00.001Z' }],
    [{ until: '2026-11-20T10:00:00.001Z' }, { until: '2026-11-20T10:00:00Z' }],
    [
      { agent: 'optimizer', gate: 'policy' },
      { agent: 'optimizer', gate: 'budget' },
    ],
  ])('%j fits, and %j does not', (fits, not) =>
    expect([matchesInbox(fits)(item), matchesInbox(not)(item)]).toEqual([true, false]),
  );

  it('takes everything where it says nothing', () =>
    expect([item, stepUp, switchOfCell].every(matchesInbox({}))).toBe(true));

  it('knows the type of a step up, which is about no entity', () => {
    expect(matchesInbox({ action_type: 'cell_failover', account_id: 'ran' })(stepUp)).toBe(true);
    expect(matchesInbox({ entity_id: 'cell_failover' })(stepUp)).toBe(false);
  });

  it('takes the subject of a switch for no entity of an action', () => {
    expect(matchesInbox({ entity_id: 'cell-1' })(switchOfCell)).toBe(false);
    expect(matchesInbox({ action_type: 'site' })(switchOfCell)).toBe(false);
  });
});
