// Makes the demo's decision memory: cell failovers in seeded runs of the simulator's RAN, observed
// as the gateway observes them. After a build:
//   node tools/demo-traces.mjs 0 30 > fixtures/demo/traces.ndjson
//   node tools/demo-traces.mjs 30 75 offset > fixtures/demo/traces-with-offset.ndjson
import process from 'node:process';
import { createRan, degrade, demoFleet, kpis, step } from '../apps/device-simulator/dist/index.js';
import { failoverLimits, observe } from '../libs/network/dist/index.js';
import { totalImpact } from '../libs/twin/dist/index.js';

const [first, end] = process.argv.slice(2, 4).map(Number);
/** The later runs set their offset, as the optimiser's intents do. */
const offset = process.argv[4] === 'offset' ? { cell_individual_offset: 3 } : {};
const raise = [2, 3, 3, 4];
const sites = demoFleet().filter((device) =>
  device.cells.every((cell) => cell.script !== 'overloaded_neighbours' && cell.script !== 'failing'),
);
const started = Date.parse('2026-01-01T00:00:00.000Z');

const config = (device, failing, powerDb) =>
  Object.fromEntries(
    device.cells.map((cell) => [
      cell.cell_id,
      {
        locked: failing === cell.cell_id,
        tx_power: cell.tx_power + (failing !== undefined && failing !== cell.cell_id ? powerDb * 10 : 0),
        admitted: 1,
        relations: Object.fromEntries(
          cell.neighbours.map((n) => [
            n.cell_id,
            {
              ho_allowed: n.coverage === 'FULL' || failing === cell.cell_id,
              offset_db: failing === cell.cell_id ? 3 : 0,
            },
          ]),
        ),
      },
    ]),
  );

const samples = (model, settings, seconds) =>
  seconds.flatMap((s) =>
    Object.values(kpis(step(model, s), settings)).map(
      ({ cell_id: id, operational_state: _state, ...figures }) => ({
        at: new Date(started + s * 1000).toISOString(),
        entity_id: id,
        kpis: figures,
      }),
    ),
  );

for (let run = first; run < end; run += 1) {
  const device = sites[run % sites.length];
  const failing = device.cells[0].cell_id;
  const powerDb = raise[run % raise.length];
  const model = step(degrade(createRan(1000 + run, device.cells), failing), run * 97);
  const neighbours = device.cells.slice(1).map((cell) => cell.cell_id);
  const observation = observe(
    samples(model, config(device, undefined, 0), [0, 1, 2]),
    samples(model, config(device, failing, powerDb), [4, 5, 6, 7, 8, 9]),
    neighbours,
    failoverLimits,
  );
  const outcome = observation.breaches.length === 0 ? 'COMPLETED' : 'ROLLED_BACK';
  process.stdout.write(
    `${JSON.stringify({
      trace_id: `demo-${String(run + 1).padStart(2, '0')}`,
      action_type: 'cell_failover',
      trigger_type: 'cell_failover',
      entity_id: failing,
      parameters: { power_raise_db: powerDb, ...offset },
      context: { affected_entity_count: 3 },
      outcome,
      impact_delta: totalImpact(observation.before, observation.delta),
      impact_by_kpi: observation.delta,
      age_h: 2 + run * 3,
    })}\n`,
  );
}
