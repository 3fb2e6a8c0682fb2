import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startSimulator, type TestSimulator } from './simulator.js';
import { World } from './gateway-fixture.js';

let simulator: TestSimulator;
let world: World;
beforeAll(async () => { simulator = await startSimulator(['a', 'full']); });
afterAll(async () => { await simulator.stop(); });
beforeEach(() => { world = new World(simulator); });
afterEach(async () => { await world.stop(); });

describe('the safe change on a real device', () => {
  it('applies, observes, and confirms what the action asks to confirm', async () => {
    const gateway = await world.gateway();
    await world.register(gateway);
    const action = await world.started(gateway, 'a-1');
    expect(await gateway.apply(action)).toEqual({ status: 'accepted', tx_id: action.action_id });
    const observed = await world.reaches(gateway, action, 'OBSERVED');
    expect(observed.observation?.breaches).toEqual([]);
    expect(observed.diff).toHaveLength(5);
    expect(await world.locked('a-1')).toBe(true);
    expect((await simulator.running('gnb-a')).tentative).toBe(true);
    await gateway.confirm(await world.decide(action, 'ConfirmRequested'));
    await world.reaches(gateway, action, 'CONFIRMED');
    expect((await simulator.running('gnb-a')).tentative).toBe(false);
    expect(await world.locked('a-1')).toBe(true);
    expect(await world.journal(action)).toEqual(['ApplyAccepted', 'ChangePrepared', 'TentativeCommitRequested', 'TentativeCommitApplied', 'KpisObserved', 'ConfirmRequested', 'ChangeConfirmed']);
    await gateway.undo(await world.decide(action, 'UndoRequested'));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect(await world.locked('a-1')).toBe(false);
  });
});
