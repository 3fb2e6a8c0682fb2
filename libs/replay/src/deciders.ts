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
import { actorKey, raisedAlerts, systemTenant } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
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
import { StreamReplay } from './stream-replay.js';

/** What must stand behind an event of another stream. */
export type Caused = (event: RecordedEvent) => readonly Finding[];

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
