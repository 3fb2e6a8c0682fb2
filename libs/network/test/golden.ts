import { fold, type DomainEvent } from '@interlock/kernel';
import {
  deviceDecider,
  deviceTxDecider,
  endpointOf,
  tenantBindingDecider,
  type DeviceCommand,
  type DeviceTxCommand,
} from '../src/index.js';
import { device } from './fleet.js';

const why = [{ code: 'kpi-worse', detail: 'drop_rate_pct changed by 3' }];
const at = '2026-11-20T10:00:00.000Z';
const changes = [{ path: "/cell[id='c1']/administrative-state", before: 'UNLOCKED', after: 'SHUTTINGDOWN' }];
const drift = [
  {
    path: changes[0]!.path,
    expected: 'SHUTTINGDOWN',
    actual: 'LOCKED',
    binding: 'interlock-ran@2026-11-01',
    action_id: 'a-1',
    changed_by: { username: 'operator', session_id: '7', source_host: '192.0.2.7', at },
  },
];
const startQualification: DeviceCommand = {
  kind: 'StartQualification',
  reason: 'new device',
  run_id: 'q-1',
  probe: {
    binding: 'interlock-ran@2026-11-01',
    change: { path: changes[0]!.path, before: '0', after: '1' },
  },
  ends_by: '2026-11-20T10:10:00.000Z',
};
const sample = { at, entity_id: 'c2', kpis: { drop_rate_pct: 1.5 } };
const accept: DeviceTxCommand = {
  kind: 'AcceptApply',
  apply: {
    action_id: 'a-1',
    request_id: 'r-1',
    epoch: '-1.-1.-1',
    plan_hash: 'plan',
    action_type: 'cell_failover',
    entity_id: 'c1',
    device_id: 'gnb-1',
    soak_s: 5,
    confirm_timeout_s: 95,
    turn: 1,
  },
};
const askTurn: DeviceTxCommand = {
  kind: 'AcceptTurn',
  asked: {
    turn: 1,
    request_id: 'r-0',
    action_id: 'a-1',
    action_type: 'cell_failover',
    entity_id: 'c1',
    device_id: 'gnb-1',
    device: endpointOf(device()),
  },
};
const takeTurn: DeviceTxCommand = {
  kind: 'TakeTurn',
  turn: 1,
  instance: 'gateway-1',
  plan_hash: 'plan',
  prepared: {
    edit_xml: '<edit/>',
    inverse_xml: '<inverse/>',
    changes,
    diff_hash: 'diff',
    leaves_fingerprint: 'leaves',
    pre_image: { [changes[0]!.path]: 'UNLOCKED' },
    pre_image_hash: 'image',
    neighbours: ['c2'],
    samples_before: [sample],
  },
};
const commit: DeviceTxCommand = { kind: 'RequestTentativeCommit', instance: 'gateway-1' };
const tentative: DeviceTxCommand = {
  kind: 'RecordTentative',
  applied_at: at,
  timer_ends_at: '2026-11-20T10:01:35.000Z',
  read_back_hash: 'read',
};
const observe: DeviceTxCommand = {
  kind: 'RecordObservation',
  samples: [sample],
  observation: {
    before: { drop_rate_pct: 6 },
    after: { drop_rate_pct: 1.5 },
    delta: { drop_rate_pct: -4.5 },
    samples: 1,
    breaches: [],
  },
};
const undo: DeviceTxCommand = { kind: 'RequestUndo', request_id: 'r-3', reasons: why };
const toApplied = [askTurn, takeTurn, accept];
const toObserved = [...toApplied, commit, tentative, observe];

const journal = (...commands: readonly DeviceTxCommand[]): readonly DomainEvent[] =>
  commands.reduce<readonly ReturnType<typeof deviceTxDecider.decide>[number][]>(
    (events, command) => [...events, ...deviceTxDecider.decide(command, fold(deviceTxDecider, events))],
    [],
  );

const inventory = (...commands: readonly DeviceCommand[]): readonly DomainEvent[] =>
  commands.reduce<readonly ReturnType<typeof deviceDecider.decide>[number][]>(
    (events, command) => [...events, ...deviceDecider.decide(command, fold(deviceDecider, events))],
    [],
  );

/** A binding of a tenant that is added and removed. */
const tenantBinding = (): readonly DomainEvent[] => {
  const name = 'acme-cell@2026-05-01';
  const path = '/acme-cell:cells/cell[name={cell}]';
  const added = tenantBindingDecider.decide(
    {
      kind: 'AddDeviceBinding',
      name,
      file: {
        module: 'acme-cell',
        modules: { 'acme-cell': { revision: '2026-05-01', namespace: 'urn:acme:cell', compatible: [] } },
        lists: { 'acme-cell:cell': ['name'] },
        classes: {
          cell: {
            entry: path,
            leaves: {
              administrative_state: {
                path: `${path}/state`,
                type: 'enumeration',
                config: true,
                values: { LOCKED: 'off', UNLOCKED: 'on' },
                read_back: 'running',
              },
            },
          },
        },
        kpis: {},
        evidence: { status: 'unverified', by: 'the vendor' },
      },
      check: { by: 'interlock', modules: [{ name: 'acme-cell', revision: '2026-05-01', sha256: 'abc' }] },
    },
    tenantBindingDecider.initial,
  );
  const state = fold(tenantBindingDecider, added);
  return [...added, ...tenantBindingDecider.decide({ kind: 'RemoveDeviceBinding', name }, state)];
};

/** One example of each event of this context, as the deciders write it now. */
export const exampleEvents = (): { readonly [type: string]: object } => {
  const events: readonly DomainEvent[] = [
    ...inventory(
      { kind: 'RegisterDevice', device: device() },
      {
        kind: 'UpdateDevice',
        device_id: 'gnb-1',
        changes: { port: 831, next_host_key_fingerprint: `SHA256:${'B'.repeat(43)}` },
      },
      { kind: 'NoteHostKey', fingerprint: `SHA256:${'B'.repeat(43)}` },
      { kind: 'BindDevice', device_id: 'gnb-1', bindings: ['ietf-interfaces@2014-05-08'] },
      { kind: 'QuarantineDevice', device_id: 'gnb-1', tx_id: 'a-1', reason: 'it is not as the log says' },
      { kind: 'ReleaseDevice', device_id: 'gnb-1', reason: 'looked at' },
      { kind: 'RecordDrift', leaves: drift },
      { kind: 'RecordDrift', leaves: [] },
      { kind: 'RecordDrift', leaves: drift },
      { kind: 'AdoptDrift', reason: 'agreed with the operator of the site' },
      startQualification,
      { kind: 'FailQualification', run_id: 'q-1', why: 'the gateway was stopped' },
      startQualification,
      {
        kind: 'RecordQualification',
        run_id: 'q-1',
        cells: [
          { way: 'confirm', locks: 'none', result: 'pass', why: null },
          { way: 'timeout', locks: 'none', result: 'pass', why: null },
          { way: 'timeout', locks: 'running', result: 'fail', why: 'the device kept the change' },
          { way: 'cancel', locks: 'candidate', result: 'not_offered', why: null },
          { way: 'edit_back', locks: 'none', result: 'pass', why: null },
        ],
        capabilities_hash: 'capabilities-1',
      },
      { kind: 'NoteCapabilities', capabilities_hash: 'capabilities-2' },
      { kind: 'RemoveDevice', reason: 'taken down' },
    ),
    ...tenantBinding(),
    ...journal(
      ...toObserved,
      { kind: 'RequestConfirm', request_id: 'r-2' },
      { kind: 'RecordConfirmed', read_back_hash: 'read' },
    ),
    ...journal(
      ...toObserved,
      undo,
      { kind: 'RequestInverseEdit', reasons: why },
      { kind: 'RecordRolledBack', how: 'inverse-edit', reasons: [] },
    ),
    ...journal(...toObserved, undo, { kind: 'RecordRollbackFailed', reasons: why, left: changes }),
    ...journal(
      ...toObserved,
      { kind: 'RequestConfirm', request_id: 'r-2' },
      { kind: 'RecordConfirmed', read_back_hash: 'read' },
      { kind: 'RequestUndo', request_id: 'r-4', reasons: why, rollback: true },
      { kind: 'RequestInverseCommit', instance: 'gateway-1' },
      { kind: 'RefuseUndo', reasons: why },
    ).slice(-2),
    ...journal({
      kind: 'RefuseApply',
      request_id: 'r-1',
      reasons: [{ code: 'kill-switch-engaged', detail: 'the kill switch is engaged' }],
    }),
    ...journal(askTurn, takeTurn, {
      kind: 'RecordLapse',
      reasons: [{ code: 'turn-unused', detail: 'nobody started the execution' }],
    }),
    ...journal(...toApplied, commit, {
      kind: 'RecordFailed',
      reasons: [{ code: 'device-unreachable', detail: 'no answer' }],
    }),
  ];
  return Object.fromEntries(events.map(({ type, data }) => [type, data]));
};
