import {
  alertDecider,
  incidentDecider,
  type AlertCommand,
  type AlertEvent,
  type AlertState,
  type IncidentCommand,
  type IncidentEvent,
  type IncidentState,
} from '@interlock/alerting';
import { actorKey, raisedAlerts, systemTenant, type PostureSignalName } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import {
  deviceDecider,
  deviceTxDecider,
  type DeviceTxCommand,
  type DeviceTxEvent,
  type DeviceTxState,
  type DeviceCommand,
  type DeviceEvent,
  type DeviceState,
} from '@interlock/network';
import {
  checkPostureConfig,
  postureConfigDecider,
  signalDecider,
  type PostureConfigCommand,
  type PostureConfigEvent,
  type PostureConfigState,
  type SignalCommand,
  type SignalEvent,
  type SignalState,
} from '@interlock/posture';
import {
  killSwitchDecider,
  killSwitchStream,
  leaseDecider,
  type KillSwitchCommand,
  type KillSwitchEvent,
  type KillSwitchState,
  type LeaseCommand,
  type LeaseEvent,
  type LeaseState,
} from '@interlock/rails';
import { compared, decidedNow, type Finding } from './finding.js';
import { StreamReplay, type StreamRules } from './stream-replay.js';

/** What must stand behind an event of another stream. */
export type Caused = (event: RecordedEvent) => readonly Finding[];

export const postureSettings = () =>
  new StreamReplay<PostureConfigCommand, PostureConfigEvent, PostureConfigState>({
    kind: 'setting',
    decider: postureConfigDecider,
    whole: () => true,
    recall: ([{ data }]) =>
      checkPostureConfig(data).length > 0 ? [] : [{ kind: 'ConfigurePosture', config: data }],
  });

/** What was wrong with a refused report is not kept, so it is looked at only whether the refusal was new. */
export const signalReplay = () =>
  new StreamReplay<SignalCommand, SignalEvent, SignalState>({
    kind: 'signal',
    decider: signalDecider,
    whole: ({ type }) => type === 'SignalReported',
    recall: ([{ type, data, metadata }], _state, { id }) => {
      if (type === 'SignalRefused') return null;
      return data.name === id
        ? [
            {
              kind: 'ReportSignal',
              name: id as PostureSignalName,
              value: data.value,
              at: data.at,
              source: data.source,
              now: metadata.occurred_at,
            },
          ]
        : [];
    },
    also: ({ type, data }, { refused }, { id }) =>
      type === 'SignalRefused'
        ? [
            compared(
              'signal',
              'a refused report is new, and says what was wrong',
              { name: data.name, new: true },
              {
                name: id,
                new:
                  data.violations.length > 0 &&
                  JSON.stringify([refused?.source, refused?.violations]) !==
                    JSON.stringify([data.source, data.violations]),
              },
            ),
          ]
        : [],
  });

export const killSwitchReplay = () =>
  new StreamReplay<KillSwitchCommand, KillSwitchEvent, KillSwitchState>({
    kind: 'kill_switch',
    decider: killSwitchDecider,
    whole: () => true,
    recall: ([{ type, data }], _state, { tenant, id }) => {
      const own =
        data.tenant_id === (tenant === systemTenant ? null : tenant) &&
        (data.action_type === null) === (data.scope !== 'action_type');
      if (
        !own ||
        killSwitchStream(data.scope, tenant, data.action_type ?? '') !== `kill_switch-${tenant}:${id}`
      )
        return [];
      return [
        {
          kind: type === 'KillSwitchEngaged' ? 'engage' : 'release',
          ...data,
          rollback_in_flight: type === 'KillSwitchEngaged' && data.rollback_in_flight,
        },
      ];
    },
  });

export const leaseReplay = () =>
  new StreamReplay<LeaseCommand, LeaseEvent, LeaseState>({
    kind: 'lease',
    decider: leaseDecider,
    recall: ([
      {
        type,
        data,
        metadata: { occurred_at: now },
      },
    ]) => {
      switch (type) {
        case 'LeaseGranted':
          return data.wait_expires_at === undefined
            ? null
            : [
                {
                  kind: 'reserve',
                  action_id: data.action_id,
                  keys: data.keys,
                  lease_expires_at: data.expires_at,
                  wait_expires_at: data.wait_expires_at,
                  now,
                },
              ];
        case 'LeaseQueued':
          return [
            {
              kind: 'reserve',
              action_id: data.action_id,
              keys: data.keys,
              lease_expires_at: data.expires_at,
              wait_expires_at: data.expires_at,
              now,
            },
          ];
        case 'LeaseReleased':
          return [
            {
              kind: 'release',
              action_id: data.action_id,
              ...(data.fencing === undefined ? {} : { fencing: data.fencing }),
              now,
            },
          ];
      }
    },
    // The first leases did not name the request that they answer.
    also: ({ type, data, metadata: { occurred_at: now } }, state) => {
      if (type !== 'LeaseGranted' || data.wait_expires_at !== undefined) return [];
      const again = decidedNow(
        leaseDecider,
        {
          kind: 'reserve',
          action_id: data.action_id,
          keys: data.keys,
          lease_expires_at: data.expires_at,
          wait_expires_at: data.expires_at,
          now,
        },
        state,
      );
      return [
        compared(
          'lease',
          'the lease was free',
          [{ type, data: { ...data, wait_expires_at: data.expires_at } }],
          again,
        ),
      ];
    },
  });

export const deviceReplay = () =>
  new StreamReplay<DeviceCommand, DeviceEvent, DeviceState>({
    kind: 'device',
    decider: deviceDecider,
    whole: ({ type }) => type === 'DeviceRegistered' || type === 'DeviceRemoved',
    recall: ([{ type, data }], _state, { id }) => {
      if (data.device_id !== id) return [];
      switch (type) {
        case 'DeviceRegistered': {
          const { quarantined: _inherited, ...device } = data;
          return [{ type: 'RegisterDevice', device }];
        }
        case 'DeviceUpdated': {
          const { device_id: _id, ...changes } = data;
          return [{ type: 'UpdateDevice', changes }];
        }
        case 'DeviceRemoved':
          return [{ type: 'RemoveDevice', reason: data.reason }];
        case 'DeviceQuarantined':
          return [{ type: 'QuarantineDevice', device_id: id, tx_id: data.tx_id, reason: data.reason }];
        case 'DeviceReleased':
          return [{ type: 'ReleaseDevice', device_id: id, reason: data.reason }];
      }
    },
  });

export const transactionReplay = (
  also: NonNullable<StreamRules<DeviceTxCommand, DeviceTxEvent, DeviceTxState>['also']>,
) =>
  new StreamReplay<DeviceTxCommand, DeviceTxEvent, DeviceTxState>({
    kind: 'transaction',
    decider: deviceTxDecider,
    also,
    recall: ([event]): readonly DeviceTxCommand[] => {
      const { type, data } = event;
      switch (type) {
        case 'TurnAccepted':
          return [{ type: 'AcceptTurn', asked: data }];
        case 'TurnTaken':
          return [{ ...data, type: 'RecordTurn' }];
        case 'TurnLapsed':
          return [{ ...data, type: 'RecordLapse' }];
        case 'ApplyAccepted':
          return [{ type: 'AcceptApply', apply: data }];
        case 'ApplyRefused':
          return [{ ...data, type: 'RefuseApply' }];
        case 'ChangePrepared':
          return [{ type: 'RecordPreparation', prepared: data }];
        case 'TentativeCommitRequested':
          return [{ ...data, type: 'RequestTentativeCommit' }];
        case 'TentativeCommitApplied':
          return [{ ...data, type: 'RecordTentative' }];
        case 'KpisObserved':
          return [{ ...data, type: 'RecordObservation' }];
        case 'ConfirmRequested':
          return [{ ...data, type: 'RequestConfirm' }];
        case 'ChangeConfirmed':
          return [{ ...data, type: 'RecordConfirmed' }];
        case 'CancelRequested':
        case 'InverseEditRequested':
          if (data.request_id !== null)
            return [{ type: 'RequestUndo', request_id: data.request_id, reasons: data.reasons }];
          return [{ ...data, type: type === 'CancelRequested' ? 'TakeBack' : 'RequestInverseEdit' }];
        case 'ChangeRolledBack':
          return [{ ...data, type: 'RecordRolledBack' }];
        case 'ApplyFailed':
          return [{ ...data, type: 'RecordFailed' }];
        case 'RollbackFailed':
          return [{ ...data, type: 'RecordRollbackFailed' }];
      }
    },
  });

/** True for an alert that a service tells of itself: no event calls for it. */
export const isRaised = (data: object): boolean =>
  (raisedAlerts as readonly unknown[]).includes((data as { readonly name?: unknown }).name);

type Noted = { readonly by: string; readonly note: string | null };

export const alertReplay = (caused: Caused) =>
  new StreamReplay<AlertCommand, AlertEvent, AlertState>({
    kind: 'alert',
    decider: alertDecider,
    recall: ([{ type, data, metadata }]) => {
      switch (type) {
        case 'AlertFired':
          return isRaised(data) ? [{ kind: 'raise', data }] : [{ kind: 'fire', data }];
        case 'AlertResolved':
          return [{ kind: 'end', detail: data.detail, cause: data.cause }];
        case 'AlertAcknowledged':
          return noted(data, metadata.actor) ? [{ kind: 'acknowledge', ...data }] : [];
      }
    },
    also: (event) => (event.type === 'AlertAcknowledged' ? [] : caused(event)),
  });

export const incidentReplay = (caused: Caused) =>
  new StreamReplay<IncidentCommand, IncidentEvent, IncidentState>({
    kind: 'incident',
    decider: incidentDecider,
    recall: ([{ type, data, metadata }]) => {
      if (type === 'IncidentOpened') return [{ kind: 'open', data }];
      if (!noted(data, metadata.actor)) return [];
      if (type === 'IncidentAcknowledged') return [{ kind: 'acknowledge', ...data }];
      return [
        {
          kind:
            metadata.actor.kind === 'service' && metadata.actor.service === 'alerting' ? 'over' : 'resolve',
          ...data,
        },
      ];
    },
    also: (event) => (event.type === 'IncidentOpened' ? caused(event) : []),
  });

/** Who a note is of is who wrote it. */
const noted = ({ by }: Noted, actor: Parameters<typeof actorKey>[0]): boolean => by === actorKey(actor);
