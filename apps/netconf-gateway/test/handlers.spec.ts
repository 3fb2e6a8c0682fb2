import { describe, expect, it } from '@jest/globals';
import { networkActionTypes, networkHandlerOf } from '@interlock/network';
import { builtInActionTypes } from '@interlock/rails';
import { handlerOf } from '../src/handlers.js';

describe('the handlers of the gateway', () => {
  it('are the ones that the catalogue names, each by the name of its action type', () => {
    const named = builtInActionTypes.filter(({ handler }) => handler?.service === 'netconf-gateway');
    expect(named.map(({ handler }) => handler!.name)).toEqual(named.map((type) => type.action_type));
    expect(named.map((type) => type.action_type).sort()).toEqual([...networkActionTypes].sort());
  });

  it('are found by their action type, and by nothing else', () => {
    for (const actionType of networkActionTypes)
      expect(handlerOf(networkHandlerOf, actionType).action_type).toBe(actionType);
    expect(() => handlerOf(networkHandlerOf, 'planner.deploy')).toThrow(
      'the gateway has no handler for `planner.deploy`',
    );
    expect(() => handlerOf(networkHandlerOf, 'constructor')).toThrow(
      'the gateway has no handler for `constructor`',
    );
  });
});
