import { createHash } from 'node:crypto';
import process from 'node:process';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { plants } from './simulated/plants.js';
import { brokenRules } from './simulated/rules.js';
import { loadParts, type Planted } from './simulated/services.js';
import { SimulatedWorld, traceOf } from './simulated/world.js';

const isLong = process.env['INTERLOCK_LONG_TESTS'] === 'true';
/** `SEED=n` plays one seed alone, and prints its log where a rule is broken. */
const only = process.env['SEED'];
const first = only === undefined ? 1 : Number(only);
const seeds = only === undefined ? (isLong ? 4000 : 120) : 1;

beforeAll(loadParts);

const played = async (seed: number, planted: Planted = {}): Promise<SimulatedWorld> => {
  const world = new SimulatedWorld(seed, planted);
  await world.play();
  return world;
};

describe('the services of an action, simulated as processes on one machine', () => {
  const types = new Set<string>();
  const killedAt = new Set<string>();

  it(`keep the six rules over the seeds ${first} to ${first + seeds - 1}`, async () => {
    for (let seed = first; seed < first + seeds; seed += 1) {
      const world = await played(seed);
      const faults = brokenRules(world);
      for (const { type } of world.events) types.add(type);
      for (const point of world.killedAt) killedAt.add(point);
      if (only !== undefined && faults.length > 0)
        process.stderr.write(`${traceOf(world.events).join('\n')}\n`);
      expect({ seed, faults }).toEqual({ seed, faults: [] });
    }
  });

  it('were about something: every way was gone', () => {
    if (only !== undefined) return;
    expect([...types]).toEqual(
      expect.arrayContaining([
        'ActionApproved',
        'ActionCancelledByKillSwitch',
        'ActionCancelledByRefusal',
        'ActionCompleted',
        'ActionRollbackFailed',
        'ActionRolledBack',
        'ApplyRefused',
        'BudgetGivenBack',
        'BudgetRefused',
        'CallUndone',
        'ConfirmationWindowElapsed',
        'ExecutorAnswered',
        'ExecutorLeft',
        'KillSwitchAcknowledged',
        'KillSwitchReleased',
        'LeaseQueued',
        'OutcomeUnknown',
        'ServiceAwaited',
        'TurnLapsed',
        'UndoFailed',
      ]),
    );
  });

  it('do the same again for the same seed, and something else for another', async () => {
    const hashOf = async (seed: number): Promise<string> =>
      createHash('sha256')
        .update(traceOf((await played(seed)).events).join('\n'))
        .digest('hex');
    const [once, again, other] = [await hashOf(first), await hashOf(first), await hashOf(first + 1)];
    expect(again).toBe(once);
    expect(other).not.toBe(once);
  });
});

describe('the simulation finds', () => {
  it.each(plants)('$name', async ({ planted, finds }) => {
    const found: string[] = [];
    const most = Math.min(seeds, 120);
    for (let seed = 1; seed <= most && found.length === 0; seed += 1) {
      const world = await played(seed, planted());
      found.push(...brokenRules(world).filter((fault) => finds.test(fault)));
    }
    expect(found).not.toEqual([]);
  });
});
