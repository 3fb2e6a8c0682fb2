import { Inject, Injectable } from '@nestjs/common';
import { defaults, streamName } from '@interlock/contracts';
import { traceparentWithin } from '@interlock/jetstream';
import type { EventStore } from '@interlock/kernel';
import { EVENT_STORE, nowText, serviceCommandContext } from '@interlock/platform';
import {
  blastRadiusOf,
  isRollbackPending,
  isTakingBack,
  leaseOf,
  limitsOf,
  sawOf,
  type ActionCommand,
  type ActionState,
  type AcceptedAction,
  type BlastUnits,
  type LeaseState,
} from '@interlock/rails';
import { actionStream } from './action-stream.js';
import { ActionHandler, LeaseHandler } from '../handlers.js';

const leaseLifeS = 6 * 3600;
const hourMs = 3_600_000;
const inTheWay = (leases: LeaseState, keys: readonly string[]): LeaseState['held'] =>
  leases.held.filter((lease) => lease.keys.some((key) => keys.includes(key)));

/**
 * Returns true if an action needs its lease: a rollback is in progress or pending, although the
 * action had ended.
 */
const holdsForRollback = (state: ActionState): boolean =>
  isTakingBack(state) || isRollbackPending(state.rollback);

/** Leases of a tenant's actions in the log: reserved, waiting, released. */
@Injectable()
export class Reservations {
  readonly #leases: LeaseHandler;
  readonly #actions: Pick<ActionHandler, 'load'>;
  readonly #store: Pick<EventStore, 'setRetention'>;
  readonly #retained = new Map<string, Promise<void>>();

  constructor(
    leases: LeaseHandler,
    @Inject(ActionHandler) actions: Pick<ActionHandler, 'load'>,
    @Inject(EVENT_STORE) store: Pick<EventStore, 'setRetention'>,
  ) {
    this.#leases = leases;
    this.#actions = actions;
    this.#store = store;
  }

  /**
   * Reserves the requested resources, or queues the action for them. Returns null if it is already
   * in the queue.
   */
  async reserve(state: AcceptedAction): Promise<ActionCommand | null> {
    const {
      accepted: { action_id, intent },
      reservation,
    } = state;
    // The approval exists and its reservation does not yet. The command that records the approval
    // also requests the reservation.
    if (reservation === null) return null;
    const stream = await this.#leaseStream(intent.tenant_id);
    const ask = async (): Promise<{ readonly now: string; readonly leases: LeaseState }> => {
      const now = nowText();
      const { state: leases } = await this.#leases.handle(
        stream,
        {
          kind: 'reserve',
          action_id,
          keys: reservation.keys,
          now,
          wait_expires_at: reservation.wait_expires_at,
          lease_expires_at: new Date(Date.parse(now) + leaseLifeS * 1000).toISOString(),
          ...this.#blastOf(state, now),
        },
        this.#leaseContext(state, now),
      );
      return { now, leases };
    };
    let { now, leases } = await ask();
    if (leaseOf(leases, action_id, now) === undefined) {
      // The kept state of the stream may be older than a release by another instance, and a lease
      // may have come after its action's end.
      await this.#releaseOrphans(stream, (await this.#leases.load(stream)).state, state, reservation.keys);
      ({ now, leases } = await ask());
    }
    const lease = leaseOf(leases, action_id, now);
    if (lease !== undefined)
      return {
        kind: 'record_reservation',
        granted: { fencing: lease.fencing, expires_at: lease.expires_at },
        held_by: [],
        now,
      };
    if (reservation.status === 'waiting') return null;
    const room = leases.queue.find((queued) => queued.action_id === action_id)?.room;
    return {
      kind: 'record_reservation',
      granted: null,
      held_by: inTheWay(leases, reservation.keys)
        .map((l) => l.action_id)
        .filter((id) => id !== action_id),
      now,
      ...(room === undefined ? {} : { room }),
    };
  }

  /** Leases of ended actions: one instance granted them after another had already released them. */
  async #releaseOrphans(
    stream: string,
    leases: LeaseState,
    state: AcceptedAction,
    keys: readonly string[],
  ): Promise<void> {
    for (const { action_id, fencing } of inTheWay(leases, keys)) {
      const holder = await this.#actions.load(actionStream(state.accepted.intent.tenant_id, action_id));
      if (holder.state.ended_at === null || holdsForRollback(holder.state)) continue;
      const now = nowText();
      await this.#leases.handle(
        stream,
        { kind: 'release', action_id, fencing, now },
        this.#leaseContext(state, now),
      );
    }
  }

  /** Releases everything that the action holds or waits for. */
  async release(state: AcceptedAction): Promise<ActionCommand> {
    const { action_id, intent } = state.accepted;
    const now = nowText();
    const stream = streamName('lease', intent.tenant_id, 'all');
    await this.#leases.load(stream);
    // An action may make a new reservation before its end, and after it for a rollback. So only
    // this very lease is released.
    const fencing = state.reservation?.fencing;
    await this.#leases.handle(
      stream,
      {
        kind: 'release',
        action_id,
        ...(typeof fencing === 'string' ? { fencing } : {}),
        ...(state.ended_at !== null && state.execution === null ? { unused: true } : {}),
        now,
      },
      this.#leaseContext(state, now),
    );
    return { kind: 'record_release', now };
  }

  /** Returns the action's use of the hour's blast radius; none if it only reads. */
  #blastOf(state: AcceptedAction, now: string): { readonly blast?: BlastUnits } {
    const saw = sawOf(state, 'blast_radius');
    if (state.accepted.action_type.read_only || saw === undefined) return {};
    const until = new Date(Date.parse(now) + hourMs).toISOString();
    return { blast: { units: blastRadiusOf(saw), limit: limitsOf(state).blast_radius_1h, until } };
  }

  /**
   * Returns the tenant's stream of leases, whose events are kept for two days. Every lease expires
   * well before that.
   */
  async #leaseStream(tenantId: string): Promise<string> {
    const stream = streamName('lease', tenantId, 'all');
    const known =
      this.#retained.get(stream) ??
      this.#store.setRetention(stream, { maxAgeS: defaults.lease_days * 86_400 });
    this.#retained.set(stream, known);
    await known.catch((error: unknown) => {
      this.#retained.delete(stream);
      throw error;
    });
    return stream;
  }

  #leaseContext(state: AcceptedAction, now: string): Parameters<LeaseHandler['handle']>[2] {
    const { action_id, intent } = state.accepted;
    return serviceCommandContext('safety-rails', intent.tenant_id, {
      now,
      correlationId: action_id,
      causationId: action_id,
      ...traceparentWithin(state.traceparent),
    });
  }
}
