import { describe, expect, it } from '@jest/globals';
import {
  faultsOf,
  levelText,
  matchesText,
  needsLook,
  syncLook,
  type DeviceEntry,
} from '../src/devices/device-words.js';

const device: DeviceEntry = {
  device_id: 'gnb-0412',
  host: '192.0.2.12',
  port: 830,
  username: 'interlock',
  credentials_ref: 'file:gnb-0412',
  host_key_fingerprint: 'SHA256:x',
  next_host_key_fingerprint: null,
  call_home: false,
  transport: 'ssh',
  profile: 'nokia',
  site_id: 'tr-0412',
  cells: [{ cell_id: 'tr-0412-n78-1', neighbours: [], slices: null }],
  quarantined: null,
  revision: '0',
  updated_at: '2026-11-20T03:00:00.000Z',
  drift: { state: 'in_sync', checked_at: null, why: null, found_at: null, leaves: [] },
  qualification: { state: 'current', level: 'confirmed-commit', run_id: null, qualified_at: null, why: null },
};
const drifted: DeviceEntry = {
  ...device,
  drift: {
    ...device.drift,
    state: 'drifted',
    leaves: [
      {
        binding: 'b',
        path: '/a',
        expected: '40',
        actual: '45',
        action_id: '0199a3c0-5b1e-7c3d-8f2a-3b6d1e9c4a70',
        changed_by: null,
      },
    ],
  },
};
const quarantined: DeviceEntry = { ...drifted, quarantined: 'one leaf stayed changed' };

describe('a device of the inventory', () => {
  it('shows a quarantine before its drift, and counts the leaves that differ', () => {
    expect(syncLook(device).word).toBe('In sync');
    expect(syncLook(drifted).word).toBe('Drift, 1 leaf');
    expect(syncLook(quarantined).word).toBe('Quarantined');
  });

  it('needs a look unless it is in sync, in use and qualified', () => {
    expect(needsLook(device)).toBe(false);
    expect(needsLook(drifted)).toBe(true);
    expect(needsLook({ ...device, qualification: { ...device.qualification, state: 'stale' } })).toBe(true);
    expect(needsLook({ ...device, drift: { ...device.drift, state: 'not_checked' } })).toBe(true);
  });

  it('counts what is wrong in the head of the list', () => {
    expect(faultsOf([device])).toEqual([]);
    expect(faultsOf([device, drifted, quarantined]).map(([{ word }, count]) => `${count} ${word}`)).toEqual([
      '1 quarantined',
      '2 drifted',
    ]);
  });

  it('is found by its name, site, address and cells', () => {
    for (const text of ['0412', 'TR-', '192.0', 'n78-1', ' nokia ', ''])
      expect(matchesText(device, text)).toBe(true);
    expect(matchesText(device, 'gnb-0415')).toBe(false);
  });

  it('has a level from 0 to 3', () => {
    expect(levelText('confirmed-commit')).toBe('3');
    expect(levelText('none')).toBe('0');
    expect(levelText('of tomorrow')).toBe('–');
  });
});
