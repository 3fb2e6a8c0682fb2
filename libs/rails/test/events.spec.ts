import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { changeDecider, requiredPeopleDecider, retentionDecider } from '@interlock/kernel';
import {
  actionDecider,
  executorDecider,
  feedbackDecider,
  killSwitchDecider,
  leaseDecider,
  planDecider,
  tenantDecider,
} from '../src/index.js';
import { exampleEvents } from './golden.js';

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
      ...changeDecider.types,
      ...requiredPeopleDecider.types,
      ...retentionDecider.types,
    ];
    expect([...new Set(Object.keys(examples).map((key) => key.split(' ')[0]))].sort()).toEqual(
      [...types].sort(),
    );
  });

  it.each(Object.keys(examples))(
    '%s is written as its example: another shape needs another schema version and an upcaster',
    (type) => expect(plain(exampleEvents()[type])).toEqual(examples[type]),
  );
});
