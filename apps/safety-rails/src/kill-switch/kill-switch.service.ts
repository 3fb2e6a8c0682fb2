import { actorKey, defaults, systemTenant, targetKinds, type NamedTarget } from '@interlock/contracts';
import {
  type CommandContext,
  type EventStore,
  positionOrNull,
  ProblemError,
  type RecordedEvent,
} from '@interlock/kernel';
import { Inject, Injectable } from '@nestjs/common';
import {
  approverOf,
  commandContext,
  EVENT_STORE,
  LOGGER,
  newId,
  nowText,
  requestArrivedAt,
  sealed,
  type Principal,
} from '@interlock/platform';
import {
  boundedReceipt,
  killSwitchStream,
  releaseDigest,
  streamOfTarget,
  type KillSwitchCommand,
  type KillSwitchState,
  type KillSwitchTarget,
  type ReceiptData,
} from '@interlock/rails';
import type { Logger } from 'pino';
import { RailsConfig } from '../config.js';
import { Executors } from '../executors/executors.js';
import { KillSwitchHandler } from '../handlers.js';
import type { KillSwitchDto } from './kill-switch.dto.js';
import { KillSwitchStops, lastEngaged } from './kill-switch-stops.js';
import { Seen, type VisibleTenants } from '../intents/seen.js';

/** A release that one person requested and that waits for a second person. */
type RequestedRelease = { readonly by: string; readonly expires_at: string };

/**
 * Tells if a target has ever appeared; null if that is unknown. `near` holds similar names if it
 * has not.
 */
export type Known = { readonly known: boolean | null; readonly near: readonly string[] };

/**
 * The result of a call. The members of `ReceiptData` are present if the switch was engaged, and
 * empty after a release.
 */
export type Receipt = Omit<ReceiptData, 'acknowledged_by'> & {
  /** The event that engaged the switch; null if it never was engaged. */
  readonly use_id: string | null;
  readonly scope: KillSwitchTarget['scope'];
  /** The tenant whose actions stop. Null for scope `global`, which stops those of every tenant. */
  readonly tenant_id: string | null;
  /** Null if the switch stops every action type. The same applies to the other three members. */
  readonly action_type: string | null;
  readonly account_id: string | null;
  readonly agent: string | null;
  readonly site_id: string | null;
  readonly engaged: boolean;
  readonly engaged_at: string;
  readonly position: string | null;
  readonly acknowledged_by: ReceiptData['acknowledged_by'] | null;
  readonly release_requested: RequestedRelease | null;
} & Known;

/** A request that an offline key signed. The log records its id. */
export type Offline = { readonly commandId: string };

/**
 * Replaces a reason in the log that could not be sealed, because stopping is more important than
 * the reason.
 */
export const reasonLeftOut = 'left out: the reason could not be sealed';

const namedBy = {
  action_type: 'action_type',
  account: 'account_id',
  agent: 'agent',
  site: 'site_id',
} as const;

/**
 * Returns the target in a request. Throws `wrong-tenant` (global scope needs a `_system` token),
 * and `validation-failed` with every violation.
 */
export const targetOf = (principal: Pick<Principal, 'tenant_id'>, dto: KillSwitchDto): KillSwitchTarget => {
  const { scope } = dto;
  if (scope === 'global' && principal.tenant_id !== systemTenant)
    throw new ProblemError(
      'wrong-tenant',
      `the global kill switch needs a token of tenant \`${systemTenant}\``,
    );
  if (scope !== 'global' && principal.tenant_id === systemTenant)
    throw new ProblemError('wrong-tenant', "a tenant's kill switch needs a token of that tenant");
  const wanted = scope === 'global' || scope === 'tenant' ? undefined : namedBy[scope];
  const violations = Object.values(namedBy).flatMap((member) => {
    if (member === wanted)
      return dto[member] === undefined
        ? [{ pointer: `/${member}`, detail: 'must be named for this scope' }]
        : [];
    return dto[member] === undefined
      ? []
      : [{ pointer: `/${member}`, detail: `must not be named for scope \`${scope}\`` }];
  });
  if (violations.length > 0)
    throw new ProblemError(
      'validation-failed',
      `the kill switch has ${violations.length} fault${violations.length === 1 ? '' : 's'}`,
      { violations },
    );
  return {
    scope,
    tenant_id: scope === 'global' ? null : principal.tenant_id,
    action_type: dto.action_type ?? null,
    ...(dto.account_id === undefined ? {} : { account_id: dto.account_id }),
    ...(dto.agent === undefined ? {} : { agent: dto.agent }),
    ...(dto.site_id === undefined ? {} : { site_id: dto.site_id }),
  };
};

/** Returns the tenant and the target of a tenant's switch. */
const targetsOf = ({
  tenant_id: tenant,
  action_type,
  account_id: account,
  agent,
  site_id: site,
}: KillSwitchTarget): readonly NamedTarget[] => {
  const names = { tenant, action_type, account, agent, site };
  return targetKinds.flatMap((kind) => {
    const name = names[kind] ?? null;
    return name === null ? [] : [{ kind, name }];
  });
};

type Outcome = { readonly state: KillSwitchState; readonly position: string | null };

/**
 * Engages and releases the kill switch. Engaging answers with a receipt once no executor can start
 * anything that the switch stops. This is when every registered executor has answered, or every
 * earlier lease has expired.
 */
@Injectable()
export class KillSwitchService {
  constructor(
    @Inject(EVENT_STORE) private readonly store: Pick<EventStore, 'read'>,
    @Inject(KillSwitchHandler) private readonly handler: Pick<KillSwitchHandler, 'load' | 'handle'>,
    private readonly stops: KillSwitchStops,
    @Inject(Executors) private readonly executors: Pick<Executors, 'allAnswered' | 'asked'>,
    @Inject(RailsConfig) private readonly config: Pick<RailsConfig, 'KILL_SWITCH_RELEASE_PEOPLE'>,
    @Inject(Seen) private readonly seen: Pick<Seen, 'unseen'>,
    @Inject(LOGGER) private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /**
   * Engages or releases a switch. Throws `wrong-tenant` (global scope needs a `_system` token) or
   * `validation-failed`. A release also throws `person-required` or `wrong-state`.
   */
  async set(principal: Principal, dto: KillSwitchDto, offline?: Offline): Promise<Receipt> {
    const started = requestArrivedAt();
    const target = targetOf(principal, dto);
    if (!dto.engaged && principal.person_id === null)
      throw new ProblemError('person-required', 'a kill switch is released by a person');
    const stream = streamOfTarget(principal.tenant_id, target);
    const reason = await this.#reason(principal, dto, stream);
    return dto.engaged
      ? this.#engage(principal, dto, target, stream, reason, started, offline)
      : this.#release(principal, dto, target, stream, reason, started);
  }

  /**
   * Returns true if the command with this id engaged the switch last. Throws the store's errors.
   */
  async wasEngagedBy(stream: string, commandId: string): Promise<boolean> {
    const use = await lastEngaged(this.store.read(stream, { backwards: true }));
    return use?.metadata.command_id === commandId;
  }

  async #engage(
    principal: Principal,
    dto: KillSwitchDto,
    target: KillSwitchTarget,
    stream: string,
    reason: string,
    started: number,
    offline?: Offline,
  ): Promise<Receipt> {
    const rollback = dto.rollback_in_flight === true;
    // INVARIANT: the tenant's own switch, which everybody reads, lists the stream before it holds
    // any event.
    if (target.scope === 'account' || target.scope === 'agent' || target.scope === 'site')
      await this.#tell(principal, killSwitchStream('tenant', principal.tenant_id, ''), {
        kind: 'list',
        stream,
      });
    const outcome = await this.#tell(
      principal,
      stream,
      { kind: 'engage', ...target, reason, rollback_in_flight: rollback, drill: dto.drill === true },
      offline?.commandId,
    );
    const committed = performance.now();
    const use = await this.#use(stream);
    const leaseMs = defaults.kill_switch_lease_ms + defaults.kill_switch_margin_ms;
    const [stopped, known, { answered, stoppedMs }] = await Promise.all([
      this.stops.stop(principal, target, rollback),
      // INVARIANT: the switch is engaged before the existence of its target is checked, and
      // whatever the result is.
      this.#known(target, offline === undefined ? principal.tenants : 'all', dto.force === true),
      this.#acknowledged(use, leaseMs - (performance.now() - committed)).then((answered) => ({
        answered,
        stoppedMs: Math.round(performance.now() - started),
      })),
    ]);
    const receipt: ReceiptData = {
      ...stopped,
      in_flight: await this.stops.standing(stopped.in_flight),
      acknowledged_by: answered ? 'executors' : 'time',
      executors: use === undefined ? [] : this.executors.asked(answerTo(use)),
      cancelled_count: stopped.cancelled.length,
      in_flight_count: stopped.in_flight.length,
      rollback_in_flight: rollback,
      drill: outcome.state.drill === true,
      time_to_stop_ms: stoppedMs,
    };
    try {
      await this.#tell(principal, stream, { kind: 'acknowledge', receipt: boundedReceipt(receipt) });
    } catch (error) {
      // The switch is engaged and nothing starts. A receipt that is missing from the log must not
      // be withheld from the caller.
      this.logger.warn({ err: error, stream }, 'the receipt of a kill switch could not be recorded');
    }
    return { ...receipt, ...known, ...about(target, outcome, use) };
  }

  async #release(
    principal: Principal,
    { drill }: Pick<KillSwitchDto, 'drill'>,
    target: KillSwitchTarget,
    stream: string,
    reason: string,
    started: number,
  ): Promise<Receipt> {
    const { state } = await this.handler.load(stream);
    if (!state.engaged && state.since === null)
      throw new ProblemError(
        'wrong-state',
        'this kill switch was never engaged: there is nothing to release',
        {
          remedy: 'name an engaged switch; `GET /api/v1/autonomous/status` lists those that are engaged',
        },
      );
    const command: KillSwitchCommand = {
      kind: 'release',
      ...target,
      reason,
      people: this.config.KILL_SWITCH_RELEASE_PEOPLE === 1 ? 1 : 2,
      ...(drill === true ? { drill } : {}),
      by: actorKey(principal.actor),
      refused_as: principal.refused_as,
      now: nowText(),
    };
    const shown = releaseDigest(stream, state);
    const outcome = await this.#tell(principal, stream, command, newId(), approverOf(principal, shown));
    return {
      ...about(target, outcome, await this.#use(stream)),
      acknowledged_by: null,
      executors: [],
      cancelled: [],
      cancelled_count: 0,
      in_flight: [],
      in_flight_count: 0,
      not_notified: [],
      complete: true,
      rollback_in_flight: false,
      drill: outcome.state.drill === true,
      time_to_stop_ms: Math.round(performance.now() - started),
      // A switch that was once engaged exists and can be released.
      known: true,
      near: [],
    };
  }

  async #known(target: KillSwitchTarget, visible: VisibleTenants, force: boolean): Promise<Known> {
    if (target.tenant_id === null) return { known: true, near: [] };
    try {
      const unseen = await this.seen.unseen(target.tenant_id, targetsOf(target), visible);
      return { known: unseen.length === 0, near: force ? [] : unseen.flatMap(({ near }) => near) };
    } catch (error) {
      this.logger.warn(
        { err: error },
        'it could not be determined whether the target of a kill switch was ever seen',
      );
      return { known: null, near: [] };
    }
  }

  /**
   * Returns true if every registered executor answered in time, with at least one registered; false
   * once the time is up.
   */
  async #acknowledged(use: RecordedEvent | undefined, leftMs: number): Promise<boolean> {
    if (use !== undefined) return this.executors.allAnswered(answerTo(use), leftMs);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, leftMs)));
    return false;
  }

  /**
   * Returns the event that last engaged the switch; undefined if it cannot be read. Then only the
   * receipt lacks it.
   */
  async #use(stream: string): Promise<RecordedEvent | undefined> {
    try {
      return await lastEngaged(this.store.read(stream, { backwards: true }));
    } catch (error) {
      this.logger.warn({ err: error, stream }, 'the use of a kill switch could not be read back');
      return undefined;
    }
  }

  async #tell(
    principal: Principal,
    stream: string,
    command: KillSwitchCommand,
    commandId = newId(),
    over: Partial<CommandContext> = {},
  ): Promise<Outcome> {
    // INVARIANT: the event has the time that the decider used. Otherwise a replay could not
    // reproduce it.
    const now = 'now' in command ? command.now : nowText();
    const { state, position } = await this.handler.handle(
      stream,
      command,
      commandContext(principal, now, { ...over, commandId }),
    );
    return { state, position: positionOrNull(position) };
  }

  /** Seals the reason of a use. INVARIANT: engaging never fails because of its reason. */
  async #reason(principal: Principal, { engaged, reason }: KillSwitchDto, stream: string): Promise<string> {
    try {
      return await sealed(principal, reason, `${stream} ${engaged ? 'engage' : 'release'}`);
    } catch (error) {
      if (!engaged) throw error;
      this.logger.warn(
        { err: error, tenant_id: principal.tenant_id },
        'the reason of a kill switch was left out: it could not be sealed',
      );
      return reasonLeftOut;
    }
  }
}

const answerTo = ({ stream, revision }: RecordedEvent): { stream: string; revision: string } => ({
  stream,
  revision: `${revision}`,
});

/** Returns the members of every answer about a switch. */
const about = (target: KillSwitchTarget, { state, position }: Outcome, use: RecordedEvent | undefined) => ({
  use_id: use?.id ?? null,
  scope: target.scope,
  tenant_id: target.tenant_id,
  action_type: target.action_type,
  account_id: target.account_id ?? null,
  agent: target.agent ?? null,
  site_id: target.site_id ?? null,
  engaged: state.engaged,
  engaged_at: state.since ?? nowText(),
  position,
  release_requested:
    state.release === undefined ? null : { by: state.release.by, expires_at: state.release.expires_at },
});
