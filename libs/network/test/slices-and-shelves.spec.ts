import { describe, expect, it } from '@jest/globals';
import {
  bindings,
  bindTo,
  buildTopology,
  compileBinding,
  exactLibrary,
  networkHandlerOf,
  ownBinding,
  type CellSlice,
  type ChangePlan,
  type Leaves,
  type Topology,
} from '../src/index.js';
import { device, model, profile } from './fleet.ts';

const topologyOf = (slices?: readonly CellSlice[]): Topology => {
  const [first, ...others] = device().cells;
  return buildTopology(
    [device({ cells: [{ ...first!, ...(slices === undefined ? {} : { slices }) }, ...others] })],
    '1',
  );
};
const slice: CellSlice = { slice_id: '1-0000a1', policies: ['rrc', 'a'], five_qis: [7, 130] };
const topology = topologyOf([slice, { slice_id: '2', policies: ['a'], five_qis: [9] }]);
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
const plan = (
  type: string,
  parameters: object,
  of: Leaves = running,
  within = topology,
  through = model,
): ChangePlan =>
  networkHandlerOf(type)!.plan(
    { entity_id: 'c1', parameters: parameters as never },
    of,
    within,
    profile,
    through,
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
  it('counts the cell and the slices of the policy', () => {
    const impact = (policy: string, within = topology) => {
      const {
        affected_entity_count: count,
        slices,
        lacks_slices,
      } = networkHandlerOf('qos_tune')!.estimateImpact(
        { entity_id: 'c1', parameters: { policy } },
        within,
        new Map(),
      );
      return [count, slices, lacks_slices];
    };
    expect(impact('a')).toEqual([3, ['1-0000a1', '2'], undefined]);
    expect(impact('b')).toEqual([1, undefined, undefined]);
    expect(impact('a', topologyOf())).toEqual([1, undefined, true]);
    expect(impact('a', topologyOf([]))).toEqual([1, undefined, undefined]);
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

describe('a policy of a device whose entry names no slices', () => {
  it('is changed as its shares allow, because the impact asks for a person', () => {
    const changed = plan('qos_tune', { policy: 'a', max_ratio: 90 }, running, topologyOf());
    expect(changed).toMatchObject({ violations: [], changes: [{ after: '90' }] });
    const throttled = plan('connection_throttle', { policy: 'rrc', max_ratio: 50 }, running, topologyOf());
    expect(throttled).toMatchObject({ violations: [], changes: [{ after: '50' }] });
  });
});

describe('a policy whose slices do not let its shares be changed', () => {
  const tune = (slices?: readonly CellSlice[], of: Leaves = running, through = model): ChangePlan =>
    plan('qos_tune', { policy: 'a', max_ratio: 90 }, of, topologyOf(slices), through);
  const onDevice = (name: string): Leaves => ({ ...running, [at('a', 'sNSSAI')]: name });
  it('is refused where no slice is registered for it', () => {
    for (const slices of [[], [{ ...slice, policies: ['rrc'] }]])
      expect(codes(tune(slices))).toEqual(['slice-unknown']);
    expect(tune([], onDevice('3')).violations[0]?.detail).toContain('which the device has for `3`');
  });
  it('is refused where slices are registered for another cell of the device only', () => {
    const [first, second, ...others] = device().cells;
    const within = (cells: readonly object[]) => buildTopology([device({ cells: cells as never })], '1');
    const asked = (cells: readonly object[]) =>
      codes(plan('qos_tune', { policy: 'a', max_ratio: 90 }, running, within(cells)));
    expect(asked([first!, { ...second!, slices: [slice] }, ...others])).toEqual(['slice-unknown']);
    expect(asked([first!, second!, ...others])).toEqual([]);
  });
  it('names what the device says in few printable characters', () => {
    const said = `\u202e${'x'.repeat(300)} b c d e`;
    const detail = tune([slice], onDevice(said)).violations[0]?.detail ?? '';
    expect(detail).toContain('\\u{202e}x');
    expect(detail).toContain('and 2 more');
    expect(detail.length).toBeLessThan(250);
  });
  it('is refused where the device has it for another slice', () => {
    expect(codes(tune([slice], onDevice('1-0000B2')))).toEqual(['slice-differs']);
    expect(codes(tune([slice], onDevice('1-0000A1')))).toEqual([]);
    const none = { ...slice, slice_id: '1-ffffff' };
    expect(codes(tune([none], onDevice('1')))).toEqual([]);
    expect(codes(tune([{ ...slice, slice_id: '1' }], onDevice('1-FFFFFF')))).toEqual([]);
    expect(codes(tune([none], onDevice('2-ffffff')))).toEqual(['slice-differs']);
  });
  it.each([1, 5, 65, 66, 67, 68, 69, 70])('is refused where a slice carries the 5QI %d', (five_qi) => {
    const refused = tune([{ ...slice, five_qis: [9, five_qi] }]);
    expect(codes(refused)).toEqual(['five-qi-protected']);
    expect(refused.edit_xml).toBe('');
    const throttled = plan(
      'connection_throttle',
      { policy: 'rrc', max_ratio: 50 },
      running,
      topologyOf([{ ...slice, five_qis: [five_qi] }]),
    );
    expect(codes(throttled)).toEqual(['five-qi-protected']);
  });
  it('is refused where the 5QIs of one of its slices are unknown', () => {
    const { five_qis: _, ...unknown } = slice;
    expect(codes(tune([unknown]))).toEqual(['five-qis-unknown']);
    expect(codes(tune([{ ...slice, slice_id: '9' }, unknown]))).toEqual(['five-qis-unknown']);
    expect(codes(tune([unknown, { ...slice, slice_id: '9', five_qis: [70] }]))).toEqual([
      'five-qi-protected',
    ]);
  });

  const path = '/interlock-ran:ran/cell[id={cell}]/rrmPolicyRatio[id={policy}]/attributes';
  const slices = ownBinding.file.classes.slice!;
  const over = (more: object) =>
    bindTo(
      compileBinding({
        ...ownBinding.file,
        classes: { ...ownBinding.file.classes, slice: { ...slices, ...more } },
      }),
      exactLibrary(ownBinding),
    );
  const { five_qis: _, ...unknown } = slice;
  it('is changed where the binding states that no policy carries a 5QI', () =>
    expect(codes(tune([unknown], running, over({ five_qis: 'none' })))).toEqual([]));
  it('is judged by the 5QIs on the device where the binding places them', () => {
    const leaf = { path: `${path}/fiveQIs`, type: 'string', config: true, read_back: 'running' };
    const placed = over({ leaves: { ...slices.leaves, five_qis: leaf } });
    const of = (text: string) => codes(tune([unknown], { ...running, [at('a', 'fiveQIs')]: text }, placed));
    expect(of('7 130')).toEqual([]);
    expect(of('7, 65')).toEqual(['five-qi-protected']);
    for (const text of ['', 'all', '0', '255', '9 1e1']) expect(of(text)).toEqual(['five-qis-unknown']);
    expect(codes(tune([unknown], running, placed))).toEqual(['five-qis-unknown']);
  });
  it('is refused by the 5QIs on the device, whatever is registered', () => {
    const leaf = {
      path: `${path}/fiveQI`,
      type: 'uint8',
      config: true,
      read_back: 'running',
      range: [1, 254],
    };
    const placed = over({ leaves: { ...slices.leaves, five_qis: leaf } });
    const of = (values: Leaves, registered?: readonly CellSlice[]) =>
      codes(tune(registered, { ...running, ...values }, placed));
    const list = { [`${at('a', 'fiveQI')}[.='9']`]: '9', [`${at('a', 'fiveQI')}[.='65']`]: '65' };
    for (const registered of [undefined, [slice], [unknown]])
      for (const values of [{ [at('a', 'fiveQI')]: '65' }, list])
        expect(of(values, registered)).toEqual(['five-qi-protected']);
    expect(of(list, [])).toEqual(['slice-unknown', 'five-qi-protected']);
    expect(of({ [at('a', 'fiveQI')]: 'all' }, [slice])).toEqual(['five-qis-unknown']);
    expect(of({ [at('a', 'fiveQI')]: '7' })).toEqual([]);
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
  it('may be of the resources that a pattern names', () => {
    for (const resource of ['eth0', 'eth[0-9]+', "/if:interface[if:name='eth0']", 'eth0|eth1', '(broken'])
      expect(codes(silence({ resource }))).toEqual([]);
  });
  it('is refused where it would silence everything, an alarm of safety, or what is not known', () => {
    for (const resource of ['.*', '', ' ', '^.+$', '.{0,256}', '[\\s\\S]*', 'eth0|.*', '[^x]+'])
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
