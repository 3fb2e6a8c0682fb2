import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  archiveDecider,
  checkpointDecider,
  cutDecider,
  cutNoteDecider,
  logKeyDecider,
} from '../src/index.js';
import { exampleEvents } from './golden.js';

describe('the events of the ledger', () => {
  const examples = JSON.parse(
    readFileSync(new URL('../../../fixtures/ledger/events.json', import.meta.url), 'utf8'),
  ) as { readonly [type: string]: object };
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  it('each have an example that is checked in', () => {
    expect(Object.keys(examples).sort()).toEqual(
      [checkpointDecider, logKeyDecider, archiveDecider, cutDecider, cutNoteDecider]
        .flatMap(({ types }): readonly string[] => types)
        .sort(),
    );
  });

  it.each(Object.keys(exampleEvents()))(
    '%s is written as its example: another shape needs another schema version and an upcaster',
    (type) => expect(plain(exampleEvents()[type])).toEqual(examples[type]),
  );
});
