import { describe, expect, it } from '@jest/globals';
import { startSimulator, type TestSimulator } from './simulator.js';
import { World } from './world.js';

const on = async (
  behaviour: string,
  work: (world: World, simulator: TestSimulator) => Promise<void>,
): Promise<void> => {
  const simulator = await startSimulator(['p'], behaviour);
  const world = new World(simulator);
  try {
    await work(world, simulator);
  } finally {
    await world.stop();
    await simulator.stop();
  }
};

describe('devices of other makers', () => {
  it('that behave as juniper have their old configuration again when the gateway is killed', () =>
    on('juniper', async (world, simulator) => {
      const gateway = await world.gateway();
      await world.register(gateway, { profile: 'juniper' });
      const before = await simulator.running('gnb-p');
      const action = await world.started(gateway, 'p-1', { soak_s: 1, confirm_timeout_s: 20 });
      await world.apply(gateway, action);
      await world.reaches(gateway, action, 'OBSERVED', 'TENTATIVE');
      await world.kill(gateway);
      const next = await world.gateway();
      const ended = await world.reaches(next, action, 'ROLLED_BACK', 'OBSERVED');
      if (ended.state === 'OBSERVED') {
        await next.confirm(await world.decide(action, 'ConfirmRequested'));
        await world.reaches(next, action, 'ROLLED_BACK');
      }
      expect(await simulator.running('gnb-p')).toMatchObject({ config: before.config, tentative: false });
    }));

  it.each([
    ['juniper', 'confirmed-commit:1.1'],
    ['ericsson', 'candidate:1.0'],
  ])(
    'that behave as %s and were registered as something else fail closed by their hello',
    (behaviour, capability) =>
      on(behaviour, async (world, simulator) => {
        const gateway = await world.gateway();
        await world.register(gateway);
        const before = await simulator.running('gnb-p');
        expect((await gateway.connect('demo', 'gnb-p')).missing).toContain(
          `urn:ietf:params:netconf:capability:${capability}`,
        );
        const action = await world.started(gateway, 'p-1');
        await world.apply(gateway, action);
        expect(
          (await world.reaches(gateway, action, 'REFUSED')).reasons.map((reason) => reason.code),
        ).toEqual(['capability-missing']);
        expect((await simulator.running('gnb-p')).config).toBe(before.config);
      }),
  );

  it('are not asked for a judgement where they cannot test an edit without setting it', () =>
    on('ericsson', async (world) => {
      const gateway = await world.gateway();
      await world.register(gateway, { profile: 'ericsson' });
      const answer = await gateway.validate({
        tenant_id: 'demo',
        action_type: 'cell_failover',
        entity_id: 'p-1',
        parameters: {},
      });
      expect(answer.violations.map((one) => one.code)).toEqual(['profile-unsupported']);
      expect(answer.device_validation.verdict).toBe('not-offered');
    }));
});
