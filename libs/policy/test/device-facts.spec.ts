import { describe, expect, it } from '@jest/globals';
import type { Position, RecordedEvent } from '@interlock/kernel';
import { buildContext, DeviceFacts, evaluate } from '../src/index.js';
import { policiesOf, policy, request } from './samples.js';

const at = (commit: number): Position => ({ commit: BigInt(commit), prepare: BigInt(commit) });
const event = (position: number, id: string, type: string, data: object = {}): RecordedEvent =>
  ({ stream: `device-demo:${id}`, type, data, position: at(position) }) as unknown as RecordedEvent;
const settings = (over: object = {}): object => ({
  host: '192.0.2.1',
  port: 830,
  host_key_fingerprint: 'SHA256:a',
  profile: '3gpp',
  cells: [
    {
      cell_id: 'c1',
      neighbours: [
        { cell_id: 'c2', coverage: 'FULL' },
        { cell_id: 'c3', coverage: 'NO' },
      ],
    },
  ],
  ...over,
});
const cell = (id: string): object => settings({ cells: [{ cell_id: id, neighbours: [] }] });
const factsOf = (...events: readonly RecordedEvent[]): DeviceFacts => {
  const facts = new DeviceFacts();
  for (const one of events) facts.take(one);
  return facts;
};
const registered = [
  event(1, 'gnb-1', 'DeviceRegistered', settings()),
  event(2, 'gnb-2', 'DeviceRegistered', cell('c2')),
  event(3, 'gnb-3', 'DeviceRegistered', cell('c3')),
];
const qualified = [
  ...registered,
  event(4, 'gnb-1', 'DeviceQualified', { level: 'confirmed-commit' }),
  event(5, 'gnb-2', 'DeviceQualified', { level: 'inverse-edit' }),
];

describe('what policies see of devices', () => {
  it('is the least level of the entity’s device and of those that cover it', () => {
    const facts = factsOf(...qualified);
    expect(facts.of('demo', 'c1')).toEqual({ safety_level: 1, qualification: 'current' });
    expect(facts.of('demo', 'c2')).toEqual({ safety_level: 1, qualification: 'current' });
    expect(facts.of('demo', 'gnb-1')).toEqual({ safety_level: 3, qualification: 'current' });
    expect(facts.of('demo', 'c3')).toEqual({ safety_level: 0, qualification: 'missing' });
  });

  it('is unknown for an entity of no device, of another tenant, and of a removed device', () => {
    const facts = factsOf(...qualified, event(6, 'gnb-1', 'DeviceRemoved'));
    expect([facts.of('demo', 'c9'), facts.of('other', 'c2'), facts.of('demo', 'c1')]).toEqual([{}, {}, {}]);
  });

  it('is 0 once the device has changed or is another one, until it is qualified again', () => {
    const facts = factsOf(...qualified, event(6, 'gnb-1', 'DeviceQualificationLapsed'));
    expect(facts.of('demo', 'gnb-1')).toEqual({ safety_level: 0, qualification: 'stale' });
    facts.take(event(7, 'gnb-1', 'DeviceQualified', { level: 'confirmed-commit-unlocked' }));
    facts.take(event(8, 'gnb-1', 'DeviceUpdated', settings({ cells: [] })));
    expect(facts.of('demo', 'gnb-1')).toEqual({ safety_level: 2, qualification: 'current' });
    facts.take(event(9, 'gnb-1', 'DeviceUpdated', settings({ port: 831 })));
    expect(facts.of('demo', 'gnb-1')).toEqual({ safety_level: 0, qualification: 'stale' });
  });

  it('is as it was at an earlier position', () => {
    const facts = factsOf(...qualified);
    expect(facts.of('demo', 'gnb-1', at(3))).toEqual({ safety_level: 0, qualification: 'missing' });
    expect(facts.of('demo', 'gnb-1', at(4))).toEqual({ safety_level: 3, qualification: 'current' });
    expect(facts.of('demo', 'gnb-1', at(0))).toEqual({});
  });
});

describe('a policy that demands a level', () => {
  const demand = policiesOf(
    policy('safe', { decision: 'ALLOW' }),
    policy('qualified', {
      decision: 'DENY',
      conditions: [{ field: 'device.safety_level', op: '<', value: 2 }],
    }),
  );
  const decision = (events: readonly RecordedEvent[], entity: string): string => {
    const device = factsOf(...events).of('demo', entity);
    return evaluate({
      evaluation_id: 'e1',
      trace_id: 't1',
      agent: 'ran-optimizer',
      action_type: 'cell_failover',
      context: buildContext(request(), 'UTC', { device }),
      policies: demand,
      bundle: null,
      confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
      versions: {},
      position: '9',
    }).decision;
  };

  it('allows it on a qualified device, denies it on others, and asks where no device is known', () => {
    expect(decision(qualified, 'gnb-1')).toBe('ALLOW');
    expect(decision(qualified, 'gnb-2')).toBe('DENY');
    expect(decision(registered, 'gnb-1')).toBe('DENY');
    expect(decision([...qualified, event(6, 'gnb-1', 'DeviceQualificationLapsed')], 'gnb-1')).toBe('DENY');
    expect(decision(qualified, 'elsewhere')).toBe('NEEDS_APPROVAL');
  });
});
