import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Schema } from '@interlock/api-types';
import { driftRestoreIntent } from '@interlock/contracts';
import type { Command } from 'commander';
import { addAsk, addAsks, answering, type Ask, whole, words } from '../../asks.js';
import { bindingsText } from '../../bindings-text.js';
import { tellWritten } from '../../change.js';
import { findIn } from '../../find-action.js';
import { addList } from '../../lists.js';
import { recordShape, tell, type Output } from '../../output/output.js';
import { timeCell } from '../../output/times.js';
import { CliError, personal, Session, type Globals } from '../../connection/session.js';
import { addRotateKey } from './devices-host-key.js';
import { addImport } from './devices-import.js';
import { byHttp, outcomeShape } from './intents.js';

type Device = Schema<'DeviceEntryDto'>;
type Transaction = Schema<'TransactionDto'>;

const findDevice = findIn<Device>(
  'devices',
  '/api/v1/devices',
  ({ device_id }) => device_id,
  ({ cells }) => cells.map(({ cell_id }) => cell_id),
);

type BindOptions = Output & { readonly use?: string; readonly why?: string };

/**
 * Adds `devices bind`. Without `--use`, it shows the device's bindings; with it, it chooses them.
 */
const addBind = (devices: Command, globals: () => Globals): void => {
  answering(
    devices,
    'bind <device>',
    'GET /api/v1/devices/{id}/bindings',
    'PUT /api/v1/devices/{id}/bindings',
  )
    .description('read the modules of one and propose bindings, with what can be done over each')
    .option('--use <names>', 'choose these, with commas between; `automatic`: as its modules allow')
    .option('--why <text>', 'why, if it loosens and so becomes a change request')
    .action(async (text: string, { use, why, ...options }: BindOptions) => {
      const session = new Session(globals());
      const id = await findDevice(session, text);
      const path = `/api/v1/devices/${encodeURIComponent(id)}/bindings`;
      if (use === undefined) {
        const shown = await session.json<Schema<'DeviceBindingsDto'>>('GET', path);
        return tell(shown, { text: bindingsText, names: () => [id] }, options);
      }
      const response = await session.fetch(
        'PUT',
        path,
        { bindings: use === 'automatic' ? null : words(use) },
        why === undefined ? {} : { 'interlock-reason': encodeURIComponent(why) },
      );
      await tellWritten<Schema<'WrittenBindingsDto'>>(
        session,
        response,
        recordShape(() => id),
        options,
      );
    });
};

type NacmOptions = Output & { readonly action?: string };

/** Prints the access rules for Interlock's account on a device. */
const addNacm = (devices: Command, globals: () => Globals): void => {
  answering(devices, 'nacm <device>', 'GET /api/v1/devices', 'GET /api/v1/devices/{id}/nacm')
    .description("print the access rules (RFC 8341) for Interlock's account on one, as XML")
    .option('--action <types>', 'only what these action types need, with commas between')
    .action(async (text: string, { action, ...options }: NacmOptions) => {
      const session = new Session(globals());
      const id = await findDevice(session, text);
      const query = action === undefined ? '' : `?action_type=${encodeURIComponent(words(action).join(','))}`;
      const shown = await session.json<Schema<'DeviceNacmDto'>>(
        'GET',
        `/api/v1/devices/${encodeURIComponent(id)}/nacm${query}`,
      );
      await tell(shown, { text: ({ xml }) => xml.trimEnd(), names: () => [id] }, options);
    });
};

type RestoreOptions = Output & { readonly agent?: string; readonly account?: string };

/** Requests the action that restores the expected values of a device's drifted leaves. */
const addRestore = (devices: Command, globals: () => Globals): void => {
  answering(devices, 'restore <device>', 'GET /api/v1/devices', 'POST /api/v1/autonomous/actions')
    .description('ask for the action that gives drifted leaves the values that the log expects')
    .option('--agent <name>', 'the agent that policies see, `operator` by default')
    .option('--account <name>', 'the account whose budget counts, `operations` by default')
    .action(async (text: string, { agent, account, ...options }: RestoreOptions) => {
      const session = new Session(globals());
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
      await tell(outcomes, outcomeShape, options);
      if (outcomes.some(({ outcome }) => outcome !== 'accepted')) process.exitCode = 1;
    });
};

type QualifyOptions = Output & { readonly reason: string; readonly confirmTimeout: string };

/** Starts the qualification of a device and waits for its result. */
const addQualify = (devices: Command, globals: () => Globals): void => {
  answering(devices, 'qualify <device>', 'POST /api/v1/devices/{id}/qualify', 'GET /api/v1/devices/{id}')
    .description('show how safe changes on one are: end a small change in every way, and restore it')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--confirm-timeout <seconds>', "the device's confirm timer meanwhile, 1 to 60", '5')
    .action(async (text: string, { reason, confirmTimeout, ...options }: QualifyOptions) => {
      const session = personal(globals());
      const id = await findDevice(session, text);
      const path = `/api/v1/devices/${encodeURIComponent(id)}`;
      const { run_id: run } = await session.json<Schema<'StartedQualificationDto'>>(
        'POST',
        `${path}/qualify`,
        {
          reason,
          confirm_timeout_s: whole(1, 60)(confirmTimeout),
        },
      );
      for (;;) {
        const { qualification, qualification_matrix: matrix } = await session.json<Schema<'ShownDeviceDto'>>(
          'GET',
          path,
        );
        const isRunning = qualification.state === 'running' && qualification.run_id === run;
        if (!isRunning && qualification.run_id === run) {
          const { why: _, ...result } = qualification;
          return tell(
            { device_id: id, ...result, ...matrix },
            recordShape(() => id),
            options,
          );
        }
        if (!isRunning)
          throw new CliError(`the qualification of ${id} has no result: ${qualification.why ?? 'unknown'}`);
        await delay(1000);
      }
    });
};

/** `interlock devices`: the devices that actions change, and the transactions on them. */
export const addDevices = (program: Command, globals: () => Globals): void => {
  const devices = program
    .command('devices')
    .description('the devices that actions change, and what was done on them');
  addList<Device>(devices, globals, {
    command: 'list',
    about: 'devices, by their names',
    route: 'GET /api/v1/devices',
    what: 'devices',
    query: [{ flags: '--site <site>', about: 'only those of this site', as: 'site_id' }],
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
      { head: 'CHANGED (UTC)', of: ({ updated_at }, { now }) => timeCell(updated_at, now), wide: true },
      { head: 'REVISION', of: ({ revision }) => revision, wide: true, right: true },
    ],
    id: ({ device_id }) => device_id,
  });
  addAsk<Schema<'ShownDeviceDto'>>(devices, globals, {
    command: 'show <device>',
    about: 'one, by its name, the beginning of it or one of its cells',
    route: 'GET /api/v1/devices/{id}',
    find: findDevice,
  });
  addList<Transaction>(devices, globals, {
    command: 'transactions <device>',
    about: 'transactions of a device, newest first',
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
      { head: 'ACCEPTED (UTC)', of: ({ accepted_at }, { now }) => timeCell(accepted_at, now), fit: 15 },
      { head: 'CHANGED (UTC)', of: ({ updated_at }, { now }) => timeCell(updated_at, now), wide: true },
      {
        head: 'WHY',
        of: ({ reasons }) => reasons.map((reason) => String(reason['detail'] ?? '')).join('; '),
        fit: 12,
      },
    ],
    id: ({ tx_id }) => tx_id,
  });
  addAsk<Schema<'TransactionStoryDto'>>(devices, globals, {
    command: 'transaction <device> <transaction>',
    about: 'one, step by step, with what was sent',
    route: 'GET /api/v1/devices/{id}/transactions/{tx}',
    find: findDevice,
  });
  addList<Schema<'KpiSampleDto'>>(devices, globals, {
    command: 'kpis <device>',
    about: 'what was measured before and after actions on one',
    route: 'GET /api/v1/devices/{id}/kpi-samples',
    what: 'samples',
    limit: 50,
    find: findDevice,
    query: [
      { flags: '--action <action>', about: 'only those of this action', as: 'action_id' },
      { flags: '--entity <entity>', about: 'only this cell', as: 'entity_id' },
      { flags: '--kpi <name>', about: 'only this KPI' },
    ],
    columns: [
      { head: 'AT (UTC)', of: ({ at }, { now }) => timeCell(at, now) },
      { head: 'ENTITY', of: ({ entity_id }) => entity_id, fit: 10 },
      { head: 'MOMENT', of: ({ moment }) => moment },
      { head: 'KPI', of: ({ kpi }) => kpi, fit: 12 },
      { head: 'VALUE', of: ({ value }) => value, right: true },
      { head: 'ACTION', of: ({ action_id }) => action_id, fit: 13 },
    ],
    id: ({ action_id }) => action_id,
  });
  const asks: readonly Ask<never>[] = [
    {
      command: 'add <file>',
      about: 'take a device in, as JSON',
      route: 'POST /api/v1/devices',
      personal: true,
      loosens: true,
    },
    {
      command: 'change <device> <file>',
      about: "change a device's settings, as JSON",
      route: 'PUT /api/v1/devices/{id}',
      ifMatch: 'read',
      personal: true,
      loosens: true,
    },
    {
      command: 'remove <device>',
      about: 'take a device out',
      route: 'DELETE /api/v1/devices/{id}',
      ifMatch: 'read',
      personal: true,
    },
    {
      command: 'release <device>',
      about: 'let a quarantined device be changed again, by a person',
      route: 'POST /api/v1/devices/{id}/release',
      body: [{ flags: '--reason <text>', about: 'why, for the record', required: true }],
      personal: true,
      done: (_, [id]) => `${id ?? ''} may be changed again.`,
    },
    {
      command: 'check <device>',
      about: 'compare one with the log now, and tell what differs',
      route: 'POST /api/v1/devices/{id}/drift/check',
      find: findDevice,
    },
    {
      command: 'adopt <device>',
      about: 'expect the values that were found on one from now on, by a person',
      route: 'POST /api/v1/devices/{id}/drift/adopt',
      ifMatch: 'option',
      find: findDevice,
      body: [{ flags: '--reason <text>', about: 'why, for the record', required: true }],
      personal: true,
      done: (_, [id]) => `The values on ${id ?? ''} are the expected ones now.`,
    },
    {
      command: 'connect <device>',
      about: 'open a session on one, and tell what it offers',
      route: 'POST /api/v1/adapters/netconf/connect',
      argumentsAs: [{ as: 'device_id' }],
    },
    {
      command: 'validate <file>',
      about: 'what an action would send, without sending it: action_type, entity_id and parameters as JSON',
      route: 'POST /api/v1/adapters/netconf/validate',
    },
  ];
  addAsks(devices, globals, asks);
  addImport(devices, globals);
  addRotateKey(devices, globals);
  addBind(devices, globals);
  addNacm(devices, globals);
  addQualify(devices, globals);
  addRestore(devices, globals);
};
