import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import type { PredictionV1 } from '@interlock/contracts';
import { recompute, traceEventTypes } from '../src/index.js';
import { exampleEvents, goldenPredictions } from './golden.js';

const fixture = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/twin/${name}.json`, import.meta.url), 'utf8')) as T;

describe('the events of the twin', () => {
  const examples = fixture<{ readonly [type: string]: object }>('events');

  it('each have a checked-in example', () =>
    expect(Object.keys(examples).sort()).toEqual([...traceEventTypes].sort()));

  it.each(Object.keys(examples))(
    '%s is written like its example; a changed shape needs a new schema version and an upcaster',
    (type) => expect(exampleEvents()[type]).toEqual(examples[type]),
  );
});

describe('predictions of an earlier release', () => {
  const golden = fixture<readonly PredictionV1[]>('predictions');

  it.each(golden.map((prediction) => [prediction.traces.length, prediction] as const))(
    'of %i traces have the same result now',
    (_traces, prediction) => expect(recompute(prediction)).toEqual(prediction),
  );

  it('cover every method', () => {
    expect(golden.map(({ basis, traces }) => [basis, traces.length])).toEqual(
      goldenPredictions().map(({ basis, traces }) => [basis, traces.length]),
    );
    expect(golden.map(({ traces }) => traces.length)).toEqual([0, 3, 25]);
  });
});
