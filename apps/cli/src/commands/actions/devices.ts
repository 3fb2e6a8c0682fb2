import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { driftRestoreIntent, requestedCells } from '@interlock/contracts';
import { ask, reasonHeader, why, answer, group } from '../../program/declare.js';
import { bindingsText } from '../../bindings-text.js';
import { written } from '../../change.js';
import { findIn } from '../../find-action.js';
import { list } from '../../lists.js';
import { recordShape } from '../../output/output.js';
import { whole, words } from '../../readers.js';
import { CliError } from '../../connection/session.js';
import { addImport } from './devices-import.js';
import { byHttp, outcomeShape } from './intents.js';
import type { Schema } from '@interlock/api-types';

const findDevice = findIn(
  'devices',
  'GET /api/v1/devices',
  ({ device_id }) => device_id,
  ({ cells }) => cells.map(({ cell_id }) => cell_id),
);

const settingsOf = ({
  host,
  port,
  username,
  credentials_ref,
  host_key_fingerprint,
  call_home,
  transport,
  profile,
  site_id,
  cells,
}: Schema<'ShownDeviceDto'>): Schema<'DeviceSettingsDto'> => ({
  host,
  port,
  username,
  credentials_ref,
  host_key_fingerprint,
  call_home,
  transport,
  profile,
  site_id,
  cells: requestedCells(cells),
});

/** Requests that a device may show another host key beside its present one. */
const addRotateKey = answer({
  command: 'rotate-key <device> <fingerprint>',
  about: 'trust a new host key beside the present one, until the device first shows it',
  routes: ['GET /api/v1/devices/{id}', 'PUT /api/v1/devices/{id}'],
  options: { '--why <text>': 'why, for the people who approve the change request' },
  personal: true,
  run: async ({ session, options, output, tell }, id, fingerprint) => {
    const device = await session.ask('GET /api/v1/devices/{id}', [id]);
    const changed = await written(session, output, 'PUT /api/v1/devices/{id}', [id], {
      body: { ...settingsOf(device), next_host_key_fingerprint: fingerprint },
      headers: { 'if-match': `"${device.revision ?? ''}"`, ...reasonHeader(options.why) },
    });
    if (changed !== undefined)
      await tell(
        changed,
        recordShape(() => id),
      );
  },
});

/** `devices bind`. Without `--use`, it shows the device's bindings; with it, it chooses them. */
const bind = answer({
  command: 'bind <device>',
  about: 'read the modules of a device and propose bindings, with what each allows',
  routes: ['GET /api/v1/devices/{id}/bindings', 'PUT /api/v1/devices/{id}/bindings'],
  options: {
    '--use <names>': {
      about: 'choose these, separated by commas; `automatic` chooses by its modules',
      list: true,
      read: (text: string) => (text === 'automatic' ? null : words(text)),
    },
    ...why,
  },
  run: async ({ session, options, output, tell }, text) => {
    const id = await findDevice(session, text);
    if (options.use === undefined) {
      const shown = await session.ask('GET /api/v1/devices/{id}/bindings', [id]);
      await tell(shown, { text: bindingsText, names: () => [id] });
      return;
    }
    const chosen = await written(session, output, 'PUT /api/v1/devices/{id}/bindings', [id], {
      body: { bindings: options.use },
      headers: reasonHeader(options.why),
    });
    if (chosen !== undefined)
      await tell(
        chosen,
        recordShape(() => id),
      );
  },
});

const nacm = answer({
  command: 'nacm <device>',
  about: "print the access rules (RFC 8341) for Interlock's account on a device, as XML",
  routes: ['GET /api/v1/devices', 'GET /api/v1/devices/{id}/nacm'],
  options: {
    '--action <types>': { about: 'only what these action types need; separated by commas', list: true },
  },
  run: async ({ session, options: { action }, tell }, text) => {
    const id = await findDevice(session, text);
    const query = { action_type: action?.join(',') };
    const shown = await session.ask('GET /api/v1/devices/{id}/nacm', [id], { query });
    await tell(shown, { text: ({ xml }) => xml.trimEnd(), names: () => [id] });
  },
});

/** Requests the action that restores the expected values of a device's drifted leaves. */
const restore = answer({
  command: 'restore <device>',
  about: 'request the action that sets drifted leaves to the values in the log',
  routes: ['GET /api/v1/devices', 'POST /api/v1/autonomous/actions'],
  options: {
    '--agent <name>': 'the agent that policies see, `operator` by default',
    '--account <name>': 'the account whose budget counts, `operations` by default',
  },
  run: async ({ session, options: { agent, account } }, text) => {
    const id = await findDevice(session, text);
    const outcomes = await byHttp(session, [
      driftRestoreIntent({
        intent_id: `restore-${id}-${randomUUID()}`,
        tenant_id: session.tenant,
        entity_id: id,
        ...(agent === undefined ? {} : { agent }),
        ...(account === undefined ? {} : { account_id: account }),
      }),
    ]);
    if (outcomes.some(({ outcome }) => outcome !== 'accepted')) process.exitCode = 1;
    return outcomes;
  },
  shape: outcomeShape,
});

/** Starts the qualification of a device and waits for its result. */
const qualify = answer({
  command: 'qualify <device>',
  about: 'show how safe changes on a device are: end a small change in every possible way, and restore it',
  routes: ['POST /api/v1/devices/{id}/qualify', 'GET /api/v1/devices/{id}'],
  options: {
    '--reason <text>': { about: 'why, for the record', required: true },
    '--confirm-timeout <seconds>': {
      about: "the device's confirm timer meanwhile, 1 to 60",
      preset: '5',
      read: whole(1, 60),
    },
  },
  personal: true,
  run: async ({ session, options: { reason, confirmTimeout } }, text) => {
    const id = await findDevice(session, text);
    const body = { reason, confirm_timeout_s: confirmTimeout };
    const { run_id: run } = await session.ask('POST /api/v1/devices/{id}/qualify', [id], { body });
    for (;;) {
      const device = await session.ask('GET /api/v1/devices/{id}', [id]);
      const { qualification, qualification_matrix: matrix } = device;
      const isRunning = qualification.state === 'running' && qualification.run_id === run;
      if (!isRunning && qualification.run_id === run) {
        const { why: _, ...result } = qualification;
        return { device_id: id, ...result, ...matrix };
      }
      if (!isRunning)
        throw new CliError(`the qualification of ${id} has no result: ${qualification.why ?? 'unknown'}`);
      await delay(1000);
    }
  },
});

/** `interlock devices`: the devices that actions change, and the transactions on them. */
export const addDevices = group('devices', 'the devices that actions change, and their transactions', [
  list({
    command: 'list',
    about: 'list devices by name',
    route: 'GET /api/v1/devices',
    what: 'devices',
    query: { '--site <site>': { about: 'only those of this site', as: 'site_id' } },
    limit: 50,
    topics: ['devices'],
    columns: [
      { head: 'DEVICE', of: ({ device_id }) => device_id, fit: 12 },
      { head: 'SITE', of: ({ site_id }) => site_id, fit: 8 },
      { head: 'ADDRESS', of: ({ host, port }) => `${host}:${port}`, fit: 15 },
      { head: 'PROFILE', of: ({ profile }) => profile, fit: 8 },
      { head: 'CELLS', of: ({ cells }) => cells.map(({ cell_id }) => cell_id).join(', '), fit: 10 },
      {
        head: 'STATE',
        of: ({ quarantined }) => (quarantined === null ? 'active' : 'quarantined'),
        toned: true,
      },
      { head: 'DRIFT', of: ({ drift }) => drift.state, toned: true },
      {
        head: 'QUALIFIED',
        of: ({ qualification: { state, level } }) => (state === 'current' ? level : state),
        fit: 9,
      },
      { head: 'WHY', of: ({ quarantined }) => quarantined, fit: 10 },
      { head: 'CHANGED (UTC)', time: ({ updated_at }) => updated_at, wide: true },
      { head: 'REVISION', of: ({ revision }) => revision, wide: true, right: true },
    ],
    id: ({ device_id }) => device_id,
  }),
  ask({
    command: 'show <device>',
    about: 'show one, by its name, the beginning of it or one of its cells',
    route: 'GET /api/v1/devices/{id}',
    find: findDevice,
  }),
  list({
    command: 'transactions <device>',
    about: 'list transactions of a device, newest first',
    route: 'GET /api/v1/devices/{id}/transactions',
    what: 'transactions',
    limit: 20,
    topics: ['devices'],
    find: findDevice,
    columns: [
      { head: 'TRANSACTION', of: ({ tx_id }) => tx_id, fit: 13 },
      { head: 'STATE', of: ({ state }) => state, toned: true },
      { head: 'TYPE', of: ({ action_type }) => action_type, fit: 10 },
      { head: 'ENTITY', of: ({ entity_id }) => entity_id, fit: 8 },
      { head: 'ACCEPTED (UTC)', time: ({ accepted_at }) => accepted_at, fit: 15 },
      { head: 'CHANGED (UTC)', time: ({ updated_at }) => updated_at, wide: true },
      {
        head: 'WHY',
        of: ({ reasons }) => reasons.map((reason) => String(reason['detail'] ?? '')).join('; '),
        fit: 12,
      },
    ],
    id: ({ tx_id }) => tx_id,
  }),
  ask({
    command: 'transaction <device> <transaction>',
    about: 'show one step by step, with what was sent',
    route: 'GET /api/v1/devices/{id}/transactions/{tx}',
    find: findDevice,
  }),
  list({
    command: 'kpis <device>',
    about: 'show measurements before and after the actions on a device',
    route: 'GET /api/v1/devices/{id}/kpi-samples',
    what: 'samples',
    limit: 50,
    find: findDevice,
    query: {
      '--action <action>': { about: 'only those of this action', as: 'action_id' },
      '--entity <entity>': { about: 'only this cell', as: 'entity_id' },
      '--kpi <name>': 'only this KPI',
    },
    columns: [
      { head: 'AT (UTC)', time: ({ at }) => at },
      { head: 'ENTITY', of: ({ entity_id }) => entity_id, fit: 10 },
      { head: 'MOMENT', of: ({ moment }) => moment },
      { head: 'KPI', of: ({ kpi }) => kpi, fit: 12 },
      { head: 'VALUE', of: ({ value }) => value, right: true },
      { head: 'ACTION', of: ({ action_id }) => action_id, fit: 13 },
    ],
    id: ({ action_id }) => action_id,
  }),
  ask({
    command: 'add <file>',
    about: 'register a device, as JSON',
    route: 'POST /api/v1/devices',
    personal: true,
    loosens: true,
  }),
  ask({
    command: 'change <device> <file>',
    about: "change a device's settings, as JSON",
    route: 'PUT /api/v1/devices/{id}',
    ifMatch: 'read',
    personal: true,
    loosens: true,
  }),
  ask({
    command: 'remove <device>',
    about: 'remove a device',
    route: 'DELETE /api/v1/devices/{id}',
    ifMatch: 'read',
    personal: true,
  }),
  ask({
    command: 'release <device>',
    about: 'release a device from quarantine, as a person',
    route: 'POST /api/v1/devices/{id}/release',
    body: { '--reason <text>': { about: 'why, for the record', required: true } },
    personal: true,
    done: (_, [id]) => `${id ?? ''} may be changed again.`,
  }),
  ask({
    command: 'check <device>',
    about: 'compare a device with the log now, and print what differs',
    route: 'POST /api/v1/devices/{id}/drift/check',
    find: findDevice,
  }),
  ask({
    command: 'adopt <device>',
    about: 'accept the values found on a device as the expected ones, as a person',
    route: 'POST /api/v1/devices/{id}/drift/adopt',
    ifMatch: 'option',
    find: findDevice,
    body: { '--reason <text>': { about: 'why, for the record', required: true } },
    personal: true,
    done: (_, [id]) => `The values on ${id ?? ''} are the expected ones now.`,
  }),
  ask({
    command: 'connect <device>',
    about: 'open a session on a device, and print what it offers',
    route: 'POST /api/v1/adapters/netconf/connect',
    argumentsAs: [{ as: 'device_id' }],
  }),
  ask({
    command: 'validate <file>',
    about:
      'show what an action would send, without sending it, given action_type, entity_id and parameters as JSON',
    route: 'POST /api/v1/adapters/netconf/validate',
  }),
  addImport,
  addRotateKey,
  bind,
  nacm,
  qualify,
  restore,
]);
