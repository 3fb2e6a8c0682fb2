import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import {
  autoApprovalDecider,
  budgetDayDecider,
  budgetDecider,
  earnedDecider,
  modeDecider,
  thresholdDecider,
} from '../src/index.js';
import { exampleEvents } from './golden.js';

describe('the events of autonomy', () => {
  const examples = JSON.parse(
    readFileSync(new URL('../../../fixtures/autonomy/events.json', import.meta.url), 'utf8'),
  ) as { readonly [type: string]: object };

  it('each have a checked-in example', () => {
    const types = [
      ...modeDecider.types,
      ...autoApprovalDecider.types,
      ...budgetDecider.types,
      ...budgetDayDecider.types,
      ...earnedDecider.types,
      ...thresholdDecider.types,
    ];
    expect(Object.keys(examples).sort()).toEqual([...types].sort());
  });

  it.each(Object.keys(examples))(
    '%s is written like its example; a changed shape needs a new schema version and an upcaster',
    (type) => expect(exampleEvents()[type]).toEqual(examples[type]),
  );
});
