import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import { postureStreams } from '../src/index.js';
import { exampleEvents } from './golden.js';

describe('the events of posture', () => {
  const examples = JSON.parse(
    readFileSync(new URL('../../../fixtures/posture/events.json', import.meta.url), 'utf8'),
  ) as { readonly [type: string]: object };

  it('each have an example that is checked in', () => {
    expect(Object.keys(examples).sort()).toEqual(
      postureStreams.flatMap(({ decider }) => decider.types).sort(),
    );
  });

  it.each(Object.keys(examples))(
    '%s is written as its example: another shape needs another schema version and an upcaster',
    (type) => {
      expect(exampleEvents()[type]).toEqual(examples[type]);
    },
  );
});
