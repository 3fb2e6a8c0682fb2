import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { faultsOf } from '@interlock/platform';
import { ListActionsQuery } from '../src/actions/actions.dto.js';
import { InboxQuery } from '../src/approvals/inbox.controller.js';

/** The names that a filter can have in both lists, and a mistyped value of each. */
const mistyped = {
  agent: 'Night Shift',
  account_id: 'RAN',
  action_type: 'cell failover',
  entity_id: 'cell\u202e1',
  entity_prefix: '',
};
const pointersOf = (query: object): readonly string[] =>
  faultsOf(query, { strict: true }).map(({ pointer }) => pointer);

describe.each([
  ['actions', ListActionsQuery],
  ['the inbox', InboxQuery],
] as const)('a filter of the list of %s', (_, Query) => {
  it.each(Object.entries(mistyped))('is refused where %s cannot be a name: %j', (name, value) =>
    expect(pointersOf(Object.assign(new Query(), { [name]: value }))).toEqual([`/${name}`]),
  );

  it('is accepted where every name is one', () => {
    const names = { agent: 'night-shift', account_id: 'ran.north', action_type: 'cell_failover' };
    expect(pointersOf(Object.assign(new Query(), names, { entity_id: 'Zelle 1' }))).toEqual([]);
  });
});

describe('the filter of an intent', () => {
  it('is refused where it cannot be the id of one', () =>
    expect(pointersOf(Object.assign(new ListActionsQuery(), { intent_id: '' }))).toEqual(['/intent_id']));
});
