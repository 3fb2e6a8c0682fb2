import { describe, expect, it } from '@jest/globals';
import { parseStream, type ImpactEstimate } from '@interlock/contracts';
import { positionText } from '@interlock/kernel';
import { buildTopology, networkHandlerOf, type Device } from '@interlock/network';
import type { ActionState } from '@interlock/rails';
import { differing } from '../src/finding.js';
import { InventoryReplay } from '../src/network/inventory.js';
import { fleet } from './simulated-log/rare/system.ts';
import { SimulatedLog } from './simulated-log/simulated-log.ts';

describe('the estimate of a change of shares in a log', () => {
  const simulated = new SimulatedLog(1);
  const inventory = new InventoryReplay(true);
  const events = [...simulated.events(1), ...simulated.stories([fleet])].filter(
    ({ stream }) => parseStream(stream)?.category === 'device',
  );
  for (const event of events) inventory.take(event, parseStream(event.stream)!);
  const { tenant } = parseStream(events[0]!.stream)!;
  const devices = events
    .filter(({ type }) => type === 'DeviceRegistered')
    .map(({ data }) => data as unknown as Device);
  const deviceOf = (cell: string): Device =>
    devices.find(({ cells }) => cells.some(({ cell_id }) => cell_id === cell))!;
  const position = events.findLast(({ data }) => JSON.stringify(data).includes('five_qis'))!.position;
  const version = positionText(position);
  const slices = [{ slice_id: '1-0000a1', policies: ['prb-1'], five_qis: [7, 130] }];
  const sliced = {
    ...deviceOf('cell-spare'),
    cells: [{ cell_id: 'cell-spare', neighbours: [], slices }],
  };
  const topology = buildTopology([deviceOf('cell-0'), sliced], version);

  /** Returns the members of a recorded estimate that a replay finds different. */
  const found = (cell: string, change: (estimate: ImpactEstimate) => object): readonly string[] => {
    const intent = { action_type: 'qos_tune', entity_id: cell, parameters: { policy: 'prb-1' } };
    const honest = networkHandlerOf('qos_tune')!.estimateImpact(intent, topology, new Map());
    const recorded = change(honest);
    const accepted = { intent, action_type: { handler: { service: 'netconf-gateway', name: 'qos_tune' } } };
    return inventory
      .estimate(tenant, recorded as ImpactEstimate, { accepted } as unknown as ActionState, position)
      .map((finding) =>
        'recorded' in finding ? (differing(finding.recorded, finding.replayed)?.path ?? '') : 'missing',
      )
      .filter((path) => path !== '');
  };
  const plain = 'cell-0';
  const as = (estimate: ImpactEstimate): object => estimate;

  it('is the same as it was, with slices and without', () =>
    expect([found(plain, as), found('cell-spare', as)]).toEqual([[], []]));

  it('is the same in a log from before devices had slices, which says nothing of them', () =>
    expect(found(plain, ({ lacks_slices: _, ...then }) => then)).toEqual([]));

  it('is found if it hides slices, or says that registered ones are lacking', () => {
    expect(found('cell-spare', ({ slices: _, ...without }) => without)).toEqual([
      expect.stringContaining('slices'),
    ]);
    expect(found('cell-spare', (honest) => ({ ...honest, lacks_slices: true }))).toEqual([
      expect.stringContaining('lacks_slices'),
    ]);
    expect(found(plain, (honest) => ({ ...honest, slices: ['1'] }))).toEqual([
      expect.stringContaining('slices'),
    ]);
  });
});
