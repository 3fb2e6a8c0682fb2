import {
  mcpServerDecider,
  mcpServerLoosens,
  mcpServerStream,
  toolDigest,
  type ToolDefinition,
} from '@interlock/agents';
import { actorKey, systemTenant } from '@interlock/contracts';
import { uuidV5 } from '@interlock/kernel';
import {
  bindings,
  deviceDecider,
  deviceLoosens,
  tenantBindingDecider,
  tenantBindingLoosens,
  tenantBindingStream,
  type BindingFile,
  type CellSlice,
  type Device,
  type DeviceCommand,
} from '@interlock/network';
import {
  checksDecider,
  checksStream,
  responseDecider,
  responseStream,
  signalDecider,
  signalStream,
} from '@interlock/posture';
import { killSwitchDecider, tenantDecider, tenantLoosens, tenantStream } from '@interlock/rails';
import {
  forgottenTraceDecider,
  forgottenTraceLoosens,
  forgottenTraceStream,
  judgedTrace,
} from '@interlock/twin';
import { writeSetting } from '../changes.ts';
import { person, service, tenant } from '../journal.ts';
import { tenantSwitch } from '../stop.ts';
import { moment } from '../stories/story.ts';

const [anna, duty, dora] = [person('anna'), person('duty'), person('dora')];

/** A device that is bound, drifts, is put under quarantine and goes. */
export const fleet = moment((log) => {
  const device: Device = {
    device_id: 'gnb-spare',
    host: '192.0.2.9',
    port: 830,
    username: 'u',
    credentials_ref: 'env:DEVICE',
    host_key_fingerprint: `SHA256:${'A'.repeat(43)}`,
    profile: '3gpp',
    site_id: 's-spare',
    cells: [{ cell_id: 'cell-spare', neighbours: [] }],
  };
  const { device_id } = device;
  const stream = `device-${tenant}:${device_id}`;
  const tell = (command: DeviceCommand, by = service('netconf-gateway')): void =>
    log.tell(stream, deviceDecider, command, by);
  const leaf = {
    path: "/ran/cell[id='cell-spare']/administrativeState",
    expected: 'LOCKED',
    actual: 'UNLOCKED',
    binding: 'interlock-ran@2026-11-01',
    action_id: 'a-1',
    changed_by: { username: 'operator', session_id: '7', source_host: '192.0.2.7', at: log.at },
  };
  tell({ kind: 'RegisterDevice', device }, anna);
  const change = (command: DeviceCommand): void =>
    writeSetting(log, { stream, decider: deviceDecider, loosens: deviceLoosens }, command, anna, dora);
  const next = `SHA256:${'B'.repeat(43)}`;
  change({ kind: 'UpdateDevice', device_id, changes: { port: 831 } });
  change({ kind: 'UpdateDevice', device_id, changes: { next_host_key_fingerprint: next } });
  tell({ kind: 'NoteHostKey', fingerprint: next });
  const slices = [{ slice_id: '1-0000a1', policies: ['prb-1'] }];
  const cells = (of: readonly CellSlice[]) => [{ cell_id: 'cell-spare', neighbours: [], slices: of }];
  change({ kind: 'UpdateDevice', device_id, changes: { cells: cells(slices) } });
  const known = slices.map((slice) => ({ ...slice, five_qis: [7, 130] }));
  change({ kind: 'UpdateDevice', device_id, changes: { cells: cells(known) } });
  change({ kind: 'BindDevice', device_id, bindings: ['openconfig-interfaces@2021-04-06'] });
  tell({ kind: 'QuarantineDevice', device_id, tx_id: null, reason: 'it is not as the log says' });
  tell({ kind: 'ReleaseDevice', device_id, reason: 'looked at' }, anna);
  tell({ kind: 'RecordDrift', leaves: [leaf] });
  tell({ kind: 'RecordDrift', leaves: [] });
  tell({ kind: 'RecordDrift', leaves: [leaf] });
  tell({ kind: 'AdoptDrift', reason: 'agreed with the site' }, anna);
  const qualify = {
    kind: 'StartQualification',
    reason: 'new device',
    run_id: 'q-1',
    probe: { binding: leaf.binding, change: { path: leaf.path, before: 'LOCKED', after: 'UNLOCKED' } },
    ends_by: log.at,
  } as const;
  tell(qualify, anna);
  tell({ kind: 'FailQualification', run_id: 'q-1', why: 'the gateway was stopped' });
  tell({ ...qualify, run_id: 'q-2' }, anna);
  tell({
    kind: 'RecordQualification',
    run_id: 'q-2',
    cells: [
      { way: 'confirm', locks: 'none', result: 'pass', why: null },
      { way: 'timeout', locks: 'none', result: 'pass', why: null },
      { way: 'edit_back', locks: 'none', result: 'pass', why: null },
      { way: 'commit_id', locks: 'none', result: 'pass', why: null },
    ],
    capabilities_hash: 'capabilities-1',
  });
  tell({ kind: 'NoteCapabilities', capabilities_hash: 'capabilities-2' });
  tell({ kind: 'RemoveDevice', reason: 'taken down' }, anna);
});

/** A binding of a vendor's model, as people let it be added, and as it is removed. */
export const bindingAdded = moment((log) => {
  const { file } = bindings.get('openconfig-interfaces@2021-04-06')!;
  const { 'openconfig-interfaces': main } = file.modules;
  const name = 'openconfig-interfaces@2024-04-04';
  const own: BindingFile = {
    ...file,
    modules: { 'openconfig-interfaces': { ...main!, revision: '2024-04-04' } },
    evidence: { status: 'unverified', by: 'the vendor' },
  };
  const stream = tenantBindingStream(tenant, name);
  writeSetting(
    log,
    { stream, decider: tenantBindingDecider, loosens: tenantBindingLoosens },
    { kind: 'AddDeviceBinding', name, file: own, check: { by: 'interlock', modules: [] } },
    anna,
    person('dora'),
  );
  log.tell(stream, tenantBindingDecider, { kind: 'RemoveDeviceBinding', name }, anna);
});

/** A kill switch of an agent, as the tenant lists it and the executors acknowledge it. */
export const agentStopped = moment((log) => {
  const target = { scope: 'agent', tenant_id: tenant, action_type: null, agent: 'north-optimizer' } as const;
  const stream = `kill_switch-${tenant}:agent=north-optimizer`;
  const receipt = {
    acknowledged_by: 'executors',
    executors: [{ service: 'netconf-gateway', instance: 'sim', answered: true }],
    cancelled: [],
    cancelled_count: 0,
    in_flight: [],
    in_flight_count: 0,
    not_notified: [],
    complete: true,
    rollback_in_flight: true,
    drill: true,
    time_to_stop_ms: 84,
  } as const;
  log.tell(tenantSwitch, killSwitchDecider, { kind: 'list', stream }, duty);
  const engage = { kind: 'engage', ...target, reason: 'x', rollback_in_flight: true, drill: true } as const;
  log.tell(stream, killSwitchDecider, engage, duty);
  log.tell(stream, killSwitchDecider, { kind: 'acknowledge', receipt }, service('safety-rails'));
  for (const by of [duty, anna]) {
    const release = { kind: 'release', ...target, reason: 'over', people: 2, by: actorKey(by) } as const;
    log.tell(stream, killSwitchDecider, { ...release, now: log.at }, by);
  }
});

/** A tenant that is stopped, and goes. */
export const otherTenant = moment((log) => {
  const setting = { stream: tenantStream('acme'), decider: tenantDecider, loosens: tenantLoosens };
  for (const kind of ['create', 'suspend', 'resume', 'remove'] as const)
    writeSetting(log, setting, { kind, tenant_id: 'acme' }, duty, dora);
});

/** An MCP server of which a tool is another than a person confirmed. */
export const heldTool = moment((log) => {
  const server = 'old-tickets';
  const stream = mcpServerStream(tenant, server);
  const content = {
    server,
    title: 'Old tickets',
    address: { kind: 'stdio', command: 'tickets' } as const,
    timeout_ms: 5000,
    max_calls: 4,
  };
  const definition: ToolDefinition = {
    name: 'close',
    title: null,
    description: 'Closes a ticket',
    input_schema: { type: 'object' },
    output_schema: null,
    annotations: null,
  };
  const terms = { read_only: false, external_contact: false, confidence_score: 0.9, keep_results: false };
  const confirmed = { tool: 'close', action_type: 'mcp.old-tickets.close', definition, terms };
  const setting = { stream, decider: mcpServerDecider, loosens: mcpServerLoosens };
  writeSetting(log, setting, { kind: 'RegisterServer', content }, anna, person('otto'));
  writeSetting(log, setting, { kind: 'ConfirmTool', ...confirmed }, anna, person('otto'));
  const difference = [{ member: 'description', before: 'Closes a ticket', after: 'Closes all' }];
  const seen = { ...definition, description: 'Closes all' };
  const digests = { confirmed_digest: toolDigest(definition), seen_digest: toolDigest(seen) };
  const held = { kind: 'HoldTool', tool: 'close', ...digests, difference } as const;
  log.tell(stream, mcpServerDecider, held, service('agent-gateway'));
  log.tell(stream, mcpServerDecider, { kind: 'RetireServer' }, anna);
});

/** A signal that is refused, a check of the log, and responses that do not run. */
export const posture = moment((log) => {
  const by = service('posture');
  const name = 'integrity_score';
  const violations = [{ pointer: '/value', detail: 'must be at most 100' }];
  const refused = { kind: 'RefuseReport', name, source: 'probe', violations, now: log.at } as const;
  log.tell(signalStream(tenant, name), signalDecider, refused, by);
  const result = {
    request_id: uuidV5('check'),
    kind: 'full_integrity_check',
    range: { from: '0', to: `${log.position}` },
    passed: true,
    checked: 1200,
    failed: 0,
    detail: 'every leaf is as it was signed',
  } as const;
  log.tell(checksStream(systemTenant), checksDecider, { kind: 'RecordCheck', result }, by);
  const blocked = uuidV5('response', 'blocked');
  const run = { policy: 'RED', mode: 'apply', trigger: 'person' } as const;
  const gates = ['trust_guard_unlocked', 'rate_limit'] as const;
  log.tell(
    responseStream(tenant, blocked),
    responseDecider,
    { kind: 'BlockResponse', data: { response_id: blocked, ...run, gates } },
    by,
  );
  const failed = uuidV5('response', 'failed');
  const stream = responseStream(tenant, failed);
  const actions = [{ action: 'integrity_check', reversible: false }] as const;
  log.tell(
    stream,
    responseDecider,
    { kind: 'PlanResponse', data: { response_id: failed, ...run, actions } },
    by,
  );
  const detail = 'safety-rails refused the action';
  log.tell(stream, responseDecider, { kind: 'FailResponse', detail, branch: null }, by);
});

/** The trace of an action that people judged is judged as well. */
export const judged = moment((log) => {
  const start = `feedback-${tenant}:`;
  const id = [...log.streams.keys()].find((stream) => stream.startsWith(start))!.slice(start.length);
  const trace = judgedTrace(log.traces.get(id)!, 'bad');
  if (trace === null) throw new Error('the trace has no verdict');
  log.append(
    `trace-${tenant}:${log.at.slice(0, 10)}`,
    [{ type: 'TraceJudged', data: trace }],
    service('digital-twin'),
  );
  log.memory.add(trace, `${log.position}`);
});

/** A trace is forgotten as another person approved. It is not recorded or judged again. */
export const forgotten = moment((log) => {
  const { trace_id, action_type } = [...log.traces.values()].find(({ harmed }) => harmed)!;
  const stream = forgottenTraceStream(tenant, trace_id);
  writeSetting(
    log,
    { stream, decider: forgottenTraceDecider, loosens: forgottenTraceLoosens },
    { kind: 'ForgetTrace', trace_id, action_type, reason: 'the customer asked' },
    anna,
    dora,
  );
  const { position } = log.out.findLast((event) => event.stream === stream)!;
  log.memory.forget(trace_id, `${position.commit}`);
});
