import { describe, expect, it } from '@jest/globals';
import { given } from '@interlock/kernel';
import { actionTypeDecider } from '../src/index.js';
import { actionTypes } from './samples.js';
import { codeOf } from './failures.js';

describe('an action type', () => {
  const [entry] = actionTypes;
  const registered = given(actionTypeDecider, []).when({ kind: 'RegisterActionType', entry: entry! }).events;

  it('is registered once; a repeat writes nothing, a new edition is written', () => {
    expect(registered).toHaveLength(1);
    expect(
      given(actionTypeDecider, registered).when({
        kind: 'RegisterActionType',
        entry: structuredClone(entry!),
      }).events,
    ).toEqual([]);
    expect(
      given(actionTypeDecider, registered).when({
        kind: 'RegisterActionType',
        entry: { ...entry!, min_confidence: 0.9 },
      }).state.entry?.min_confidence,
    ).toBe(0.9);
  });

  it('a stream belongs to one name', () => {
    expect(
      codeOf(
        given(actionTypeDecider, registered).when({ kind: 'RegisterActionType', entry: actionTypes[1]! })
          .error,
      ),
    ).toBe('wrong-state');
  });
});
