import { describe, expect, it } from '@jest/globals';
import type { Schema } from '@interlock/api-types';
import { bindingsText } from '../src/bindings-text.js';
import type { Screen } from '../src/output/screen.js';
import { steering, steers } from './cli-home.js';

const pipe: Screen = { isTerminal: false, columns: undefined, colour: false, now: 0 };
const leaf = { leaf: 'interface.enabled', access: 'change', why: null } as const;
const binding = {
  binding: 'ietf-interfaces@2014-05-08',
  evidence: 'run',
  evidence_by: 'netconfd',
  access: 'change',
  in_force: true,
  why: null,
  leaves: [
    leaf,
    { leaf: 'interface.mtu', access: 'read', why: 'the device deviates: `mtu` is not supported' },
    { leaf: 'kpi.errors', access: 'none', why: null },
  ],
  not_checked: [{ leaf: 'interface.mtu', rule: '. > 0' }],
} as const;
const shown: Schema<'DeviceBindingsDto'> = {
  device_id: 'gnb-1',
  library: { source: 'rfc8525', id: '7', modules: 12 },
  chosen: null,
  proposed: ['ietf-interfaces@2014-05-08'],
  bindings: [binding],
  actions: [{ action_type: 'interface_restart', binding: binding.binding, possible: true, why: [] }],
};

describe('the bindings of a device', () => {
  it('have one line for each leaf, under its binding', () => {
    expect(bindingsText(shown, pipe).split('\n')).toEqual([
      'device id  gnb-1',
      'proposed   ietf-interfaces@2014-05-08',
      '',
      'library',
      '  source   rfc8525',
      '  id       7',
      '  modules  12',
      '',
      'bindings',
      '  ietf-interfaces@2014-05-08  change, in force',
      '    evidence: run, netconfd',
      '    interface.enabled  change',
      '    interface.mtu      read    the device deviates: `mtu` is not supported',
      '    kpi.errors         none',
      '    only the device judges: interface.mtu . > 0',
      '',
      'actions',
      '  ACTION TYPE        BINDING                     POSSIBLE  WHY',
      '  interface_restart  ietf-interfaces@2014-05-08  true',
    ]);
  });

  it('fit a narrow terminal, and name those that do not serve the device', () => {
    const text = bindingsText(
      {
        ...shown,
        actions: [],
        bindings: [{ ...binding, in_force: false, why: 'the device has no candidate' }],
      },
      { ...pipe, isTerminal: true, columns: 48 },
    );
    expect(text).toContain('  ietf-interfaces@2014-05-08  change\n');
    expect(text).toContain('    the device has no candidate\n');
    expect(text.split('\n').find((line) => line.includes('interface.mtu'))).toMatch(/^ {4}.{1,44}…$/);
  });

  it('cannot control the terminal', () => {
    const leaves = [{ ...leaf, leaf: steering, why: steering }];
    const not_checked = [{ leaf: steering, rule: steering }];
    const hostile = {
      ...binding,
      not_checked,
      binding: steering,
      evidence_by: steering,
      why: steering,
      leaves,
    };
    expect(steers(bindingsText({ ...shown, bindings: [hostile] }, pipe))).toBe(false);
  });
});
