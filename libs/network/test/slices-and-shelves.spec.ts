import { describe, expect, it } from '@jest/globals';
import {
  bindings,
  bindTo,
  buildTopology,
  exactLibrary,
  networkHandlerOf,
  type ChangePlan,
  type Leaves,
} from '../src/index.js';
import { device, model, profile } from './fleet.ts';

const topology = buildTopology([device()], '1');
const codes = ({ violations }: ChangePlan): readonly string[] => violations.map(({ code }) => code);
const at = (policy: string, leaf: string): string =>
  `/ran/cell[id='c1']/rrmPolicyRatio[id='${policy}']/attributes/${leaf}`;
const running: Leaves = {
  [at('rrc', 'resourceType')]: 'RRC',
  [at('rrc', 'rRMPolicyMaxRatio')]: '80',
  [at('rrc', 'rRMPolicyMinRatio')]: '10',
  [at('a', 'resourceType')]: 'PRB',
  [at('a', 'rRMPolicyMinRatio')]: '40',
  [at('b', 'resourceType')]: 'PRB',
  [at('b', 'rRMPolicyMinRatio')]: '30',
  [at('b', 'rRMPolicyDedicatedRatio')]: '20',
};
const plan = (type: string, parameters: object, of: Leaves = running): ChangePlan =>
  networkHandlerOf(type)!.plan(
    { entity_id: 'c1', parameters: parameters as never },
    of,
    topology,
    profile,
    model,
  );

describe('the throttle of a slice', () => {
  const throttle = (max_ratio: number, policy = 'rrc') => plan('connection_throttle', { policy, max_ratio });
  it('lowers the maximum of a policy for connected users', () => {
    expect(throttle(50)).toMatchObject({
      violations: [],
      changes: [{ path: at('rrc', 'rRMPolicyMaxRatio'), before: '80', after: '50' }],
      entries: [`/ran/cell[id='c1']/rrmPolicyRatio[id='rrc']`],
    });
  });
  it('is refused where it raises, falls below the minimum, or is for another resource', () => {
    expect(codes(throttle(80))).toEqual(['not-lowered']);
    expect(codes(throttle(5))).toEqual(['min-above-max']);
    expect(codes(throttle(5, 'a'))).toEqual(['policy-resource']);
    expect(codes(throttle(5, 'none'))).toEqual(['policy-unknown']);
  });
  it('is estimated by the users that it may leave without service', () => {
    const impact = networkHandlerOf('connection_throttle')!.estimateImpact(
      { entity_id: 'c1', parameters: { policy: 'rrc', max_ratio: 60 } },
      topology,
      new Map([['c1', { users: 50 }]]),
    );
    expect(impact).toMatchObject({ users_affected: 20, connection_drops: 20, device_id: 'gnb-1' });
  });
});

describe('the tuning of a slice', () => {
  const tune = (shares: object) => plan('qos_tune', { policy: 'a', ...shares });
  it('changes the shares that are named, up to the sum of the cell', () => {
    expect(tune({ min_ratio: 70, dedicated_ratio: 30 }).changes).toEqual([
      { path: at('a', 'rRMPolicyMinRatio'), before: '40', after: '70' },
      { path: at('a', 'rRMPolicyDedicatedRatio'), before: null, after: '30' },
    ]);
  });
  it('is refused beyond the sums, out of order, or without a share', () => {
    expect(codes(tune({ min_ratio: 71 }))).toEqual(['min-sum']);
    expect(codes(tune({ max_ratio: 30 }))).toEqual(['min-above-max']);
    expect(codes(tune({ dedicated_ratio: 41 }))).toEqual(['dedicated-above-min']);
    expect(codes(tune({ dedicated_ratio: 81, min_ratio: 81 }))).toEqual(['min-sum', 'dedicated-sum']);
    expect(codes(tune({}))).toEqual(['nothing-asked']);
  });
});

describe('the silence of an alarm', () => {
  const alarms = bindings.get('ietf-alarms@2019-09-11')!;
  const library = exactLibrary(alarms);
  const vendor = { name: 'acme-al', revision: null, namespace: 'urn:acme', features: [], deviations: [] };
  const shelves = bindTo(alarms, { ...library, modules: [...library.modules, vendor] });
  const silence = (over: object = {}, present: Leaves = {}): ChangePlan =>
    networkHandlerOf('alarm_silence')!.plan(
      {
        entity_id: 'gnb-1',
        parameters: { shelf: 's', resource: 'eth0', alarm_type: 'acme-al:link', ...over },
      },
      present,
      topology,
      profile,
      shelves,
    );
  it('puts one type at one resource on a shelf, and takes the whole shelf back', () => {
    const { edit_xml: edit, inverse_xml: inverse, changes } = silence();
    expect(changes).toHaveLength(4);
    expect(edit.match(/<name>/g)).toHaveLength(1);
    expect(edit).toContain('<alarm-type-id xmlns:id="urn:acme">id:link</alarm-type-id>');
    expect(inverse).toMatch(/<shelf [^>]*nc:operation="remove"><name>s<\/name><\/shelf>/);
  });
  it('is refused where it would silence everything, an alarm of safety, or what is not known', () => {
    for (const resource of ['.*', '', ' ', '^.+$'])
      expect(codes(silence({ resource }))).toEqual(['shelf-without-criteria']);
    expect(codes(silence({ qualifier: '.*' }))).toEqual(['shelf-without-criteria']);
    expect(codes(silence({ alarm_type: 'ietf-alarms:alarm-type-id' }))).toEqual(['shelf-without-criteria']);
    expect(codes(silence({ alarm_type: 'acme-al:smoke-detected' }))).toEqual(['safety-alarm']);
    expect(codes(silence({ alarm_type: 'other:link' }))).toEqual(['alarm-type-unknown']);
    expect(codes(silence({}, { [`/alarms/control/alarm-shelving/shelf[name='s']/name`]: 's' }))).toEqual([
      'shelf-exists',
    ]);
  });
});
