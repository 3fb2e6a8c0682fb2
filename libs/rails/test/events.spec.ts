import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fold } from '@interlock/kernel';
import {
  actionDecider,
  executorDecider,
  feedbackDecider,
  killSwitchDecider,
  leaseDecider,
  planDecider,
  tenantDecider,
  type ActionEvent,
} from '../src/index.js';
import { exampleEvents } from './golden.js';
import { Life } from './life.js';
import { now, tx } from './looks.js';

/** What stands in the stream of an action before an event of a type. */
const eventsBefore = (type: string): readonly ActionEvent[] => {
  if (type !== 'UndoRequested' && type !== 'OutcomeValidated') return new Life().accept().events;
  const life = Life.executing();
  life.tell({ kind: 'record_transaction', status: tx('TENTATIVE'), now });
  return life.events;
};

describe('the events of the rails', () => {
  const examples = JSON.parse(
    readFileSync(new URL('../../../fixtures/rails/events.json', import.meta.url), 'utf8'),
  ) as { readonly [type: string]: object };
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  it('each have an example that is checked in', () => {
    const types = [
      ...actionDecider.types,
      ...executorDecider.types,
      ...killSwitchDecider.types,
      ...leaseDecider.types,
      ...planDecider.types,
      ...tenantDecider.types,
      ...feedbackDecider.types,
    ];
    expect(Object.keys(examples).sort()).toEqual([...types].sort());
  });

  it.each(
    [1, 2].flatMap((version) =>
      Object.entries(
        JSON.parse(
          readFileSync(new URL(`../../../fixtures/rails/events.v${version}.json`, import.meta.url), 'utf8'),
        ) as { readonly [type: string]: object },
      ).map(([type, data]) => [type, version, data] as const),
    ),
  )('%s is read as version %i wrote it', (type, version, data) => {
    expect(actionDecider.schemaVersions?.[type]).toBeGreaterThan(version);
    const state = fold(actionDecider, [...eventsBefore(type), { type, data } as ActionEvent]);
    expect(state.comments).toEqual([]);
    if ('reasons' in data) expect([state.reasons, state.undo?.reasons]).toContainEqual(data.reasons);
  });

  it.each(Object.keys(examples))(
    '%s is written as its example: another shape needs another schema version and an upcaster',
    (type) => {
      expect(plain(exampleEvents()[type])).toEqual(examples[type]);
    },
  );
});
