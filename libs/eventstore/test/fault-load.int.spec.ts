import { describe, expect, it } from '@jest/globals';
import { longSuite, until } from '@interlock/testing';
import { faults, FaultWorld, type Fault } from './fault-world.js';

/**
 * `INTERLOCK_FAULT_SEED` repeats one mixture, `INTERLOCK_FAULT_ROUNDS` asks for so many of them,
 * each longer.
 */
const seed = Number(process.env['INTERLOCK_FAULT_SEED'] ?? 1);
const rounds = Number(process.env['INTERLOCK_FAULT_ROUNDS'] ?? 0);
const names = Object.keys(faults);

const active = (of: string): number => process.getActiveResourcesInfo().filter((kind) => kind === of).length;

const run = async (of: number, steps: (world: FaultWorld) => AsyncIterable<Fault>): Promise<void> => {
  const before = active('Timeout');
  const world = await FaultWorld.open(of);
  try {
    world.load.start();
    await world.load.progress(60);
    let forgetful = false;
    for await (const fault of steps(world)) {
      forgetful ||= fault.forgetful === true;
      await fault.happen(world);
      await world.load.progress(world.random.between(20, 80));
    }
    const { faults: found, log } = await world.load.finish(forgetful);
    expect(found).toEqual([]);
    expect(log.length).toBeGreaterThan(100);
    expect(world.load.history.overrunMs).toBeLessThan(world.load.history.slackMs);
    // The gate has two sockets for each connection that it knows of; what there is beside them is
    // the client's.
    const clients = (): number => active('TCPSocketWrap') - 2 * world.gate.connections();
    await until(() => clients() <= 1, 'the client has one connection at most');
    await world.store.close();
    await until(() => clients() <= 0, 'the client has no connection');
  } finally {
    await world.close();
  }
  await until(() => active('Timeout') <= before, 'no timer is left');
};

describe('what was acknowledged is in the log once, and what is in the log is delivered once, in order, with', () => {
  longSuite(describe, 'one fault again and again:', () => {
    it.each(names)('%s', async (name) => {
      await run(seed, async function* () {
        for (let round = 0; round < 2 + rounds; round += 1) yield faults[name]!;
      });
    });
  });

  it.each(Array.from({ length: Math.max(2, rounds) }, (_, n) => seed + n))(
    'all of it mixed (INTERLOCK_FAULT_SEED=%i)',
    async (of) => {
      await run(of, async function* ({ random }) {
        for (let step = 0; step < 8 + 2 * rounds; step += 1) yield faults[random.pick(names)]!;
      });
    },
  );
});
