import {
  changeOwners,
  changeScopes,
  ownerOf,
  parseStream,
  type ApplyChangeAnswer,
  type ChangeAnswer,
  type ChangeOwner,
  type EndChangeAnswer,
} from '@interlock/contracts';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import { RpcClient } from '@interlock/jetstream';
import {
  changeDecider,
  changeStream,
  evolveRecorded,
  isProblem,
  ProblemError,
  requiredPeopleId,
  type ChangeCommand,
  type ChangeState,
  type CommandContext,
  type EventStore,
  type Position,
} from '@interlock/kernel';
import {
  approverOf,
  commandContext,
  EVENT_STORE,
  LOGGER,
  nowText,
  requirePerson,
  requireScope,
  sealed,
  serviceCommandContext,
  SettingChanges,
  type Principal,
} from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { ChangeHandler } from '../handlers.js';
import { changeAnswer } from './change-requests.js';
import { Invitations } from './invitations.js';

/** Returns true for a refusal by a setting's owner that another attempt cannot change. */
const isFinal = (error: unknown): error is ProblemError =>
  isProblem(error) &&
  ![
    'service-unreachable',
    'log-unavailable',
    'database-unavailable',
    'bus-unavailable',
    'not-current',
  ].includes(error.code) &&
  !['append-outcome-unknown', 'deadline-exceeded', 'overloaded', 'internal-error'].includes(error.code);

const isChangeOwner = (service: string | undefined): service is ChangeOwner =>
  (changeOwners as readonly (string | undefined)[]).includes(service);

const noOwner = (): Promise<never> =>
  Promise.reject(new ProblemError('stale-change', 'the setting has no owner that applies changes'));

/** The change requests of every tenant. It takes approvals, and applies each approved change. */
@Injectable()
export class Changes {
  readonly follower: LogFollower;
  /** The change requests by tenant and id. */
  readonly #changes = new Map<string, Map<string, ChangeState>>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(LOGGER) private readonly logger: Pick<Logger, 'warn'>,
    private readonly handler: ChangeHandler,
    private readonly invitations: Invitations,
    private readonly settings: SettingChanges,
    @Inject(RpcClient) private readonly rpc: Pick<RpcClient, 'call'>,
  ) {
    this.follower = createFollower(store, {
      name: 'safety-rails-changes',
      prefixes: ['change-'],
      onEvent: (event) => {
        const stream = parseStream(event.stream);
        if (stream === undefined || stream.id === requiredPeopleId) return;
        const ofTenant = this.#changes.get(stream.tenant) ?? new Map<string, ChangeState>();
        const before = ofTenant.get(stream.id) ?? changeDecider.initial;
        this.#changes.set(
          stream.tenant,
          ofTenant.set(stream.id, evolveRecorded(changeDecider, before, event)),
        );
      },
    });
  }

  /** Lists every change request of a tenant, newest first. */
  async list(tenantId: string, position: Position | null): Promise<readonly ChangeAnswer[]> {
    await this.follower.confirmAtLeast(position);
    return [...(this.#changes.get(tenantId) ?? [])]
      .map(([id, state]) => changeAnswer(tenantId, id, state))
      .sort((a, b) => (a.requested_at < b.requested_at ? 1 : a.requested_at > b.requested_at ? -1 : 0));
  }

  /** Returns one change request. Throws `not-found`. */
  async get(tenantId: string, changeId: string): Promise<ChangeAnswer> {
    return changeAnswer(
      tenantId,
      changeId,
      (await this.handler.load(changeStream(tenantId, changeId))).state,
    );
  }

  /**
   * Records one person's approval. After the last one needed, the change is applied. Throws
   * `not-found`, `missing-scope`, `person-required`, `same-person`, `stale-change` or
   * `wrong-state`.
   */
  async approve(principal: Principal, changeId: string, digest: string): Promise<ChangeAnswer> {
    const { scope } = await this.get(principal.tenant_id, changeId);
    requirePerson(principal);
    requireScope(principal, ...changeScopes(scope));
    const now = nowText();
    const keys = [principal.requester, ...principal.refused_as];
    const related = await this.invitations.related(principal.tenant_id, keys, new Date(now));
    const state = await this.#tell(
      principal.tenant_id,
      changeId,
      {
        kind: 'ApproveChange',
        digest,
        by: principal.requester,
        refused_as: principal.refused_as,
        related,
        now,
      },
      commandContext(principal, now, approverOf(principal, digest)),
    );
    if (state.status !== 'approved') return changeAnswer(principal.tenant_id, changeId, state);
    await this.#apply(principal.tenant_id, changeId, state);
    return this.get(principal.tenant_id, changeId);
  }

  /**
   * Lets one person apply the change at once, for at most an hour. Throws like `approve`, but never
   * `same-person`. Throws `wrong-state` also if the previous setting cannot be restored.
   */
  async breakGlass(
    principal: Principal,
    changeId: string,
    {
      digest,
      reason,
      seconds,
    }: { readonly digest: string; readonly reason: string; readonly seconds: number },
  ): Promise<ChangeAnswer> {
    const { tenant_id: tenantId } = principal;
    const { scope } = await this.get(tenantId, changeId);
    requirePerson(principal);
    requireScope(principal, scope);
    const now = nowText();
    const state = await this.#tell(
      tenantId,
      changeId,
      {
        kind: 'BreakGlass',
        digest,
        by: principal.requester,
        reason: await sealed(principal, reason, `${changeStream(tenantId, changeId)} break-glass`),
        seconds,
        now,
      },
      commandContext(principal, now),
    );
    if (state.status === 'approved') await this.#apply(tenantId, changeId, state);
    return this.get(tenantId, changeId);
  }

  /**
   * Rejects a change. Any person with the scope may do so, including the requester. Throws like
   * `approve`.
   */
  async reject(principal: Principal, changeId: string, reason: string): Promise<ChangeAnswer> {
    const { scope } = await this.get(principal.tenant_id, changeId);
    requirePerson(principal);
    requireScope(principal, ...changeScopes(scope));
    const now = nowText();
    const stream = changeStream(principal.tenant_id, changeId);
    const state = await this.#tell(
      principal.tenant_id,
      changeId,
      {
        kind: 'RejectChange',
        by: principal.requester,
        reason: await sealed(principal, reason, `${stream} reject`),
        now,
      },
      commandContext(principal, now),
    );
    return changeAnswer(principal.tenant_id, changeId, state);
  }

  /** Applies approved changes and ends expired ones, at the start and every few seconds. */
  start(everyMs: number): void {
    const round = async (): Promise<void> => {
      await this.sweep().catch((error: unknown) => {
        this.logger.warn({ err: error }, 'change requests could not be looked at, it is tried again');
      });
      if (!this.#stopped)
        this.#timer = setTimeout(() => {
          void round();
        }, everyMs);
    };
    void round();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async sweep(): Promise<void> {
    await this.follower.confirmCurrent();
    const now = nowText();
    for (const [tenantId, ofTenant] of this.#changes)
      for (const [changeId, state] of ofTenant) {
        if (state.status === 'approved') await this.#apply(tenantId, changeId, state);
        else if (state.status === 'applied' && state.break_glass !== null && now >= state.break_glass.until)
          await this.#end(tenantId, changeId, state);
        else if (state.status === 'open' && state.change !== null && now >= state.change.expires_at)
          await this.#tell(
            tenantId,
            changeId,
            { kind: 'ExpireChange', now },
            serviceCommandContext('safety-rails', tenantId),
          );
      }
  }

  /**
   * Requests the restoration of the previous setting after a break-glass change. The sweep repeats
   * it.
   */
  async #end(tenantId: string, changeId: string, { change }: ChangeState): Promise<void> {
    try {
      const ended = await this.#endAt(
        change === null ? undefined : ownerOf(change.setting),
        tenantId,
        changeId,
      );
      await this.#tell(
        tenantId,
        changeId,
        { kind: 'NoteEnded', ...ended, now: nowText() },
        serviceCommandContext('safety-rails', tenantId),
      );
    } catch (error) {
      this.logger.warn({ err: error, change_id: changeId }, 'the end of a break-glass waits for its owner');
    }
  }

  /** Applies an approved change. If its owner cannot be reached, the sweep tries again later. */
  async #apply(tenantId: string, changeId: string, { change, break_glass }: ChangeState): Promise<void> {
    if (break_glass !== null && nowText() >= break_glass.until) {
      await this.#void(tenantId, changeId, 'wrong-state', 'its time was over before it could be applied');
      return;
    }
    const owner = change === null ? undefined : ownerOf(change.setting);
    try {
      const { revision } = await this.#applyAt(owner, tenantId, changeId);
      await this.#tell(
        tenantId,
        changeId,
        { kind: 'NoteApplied', revision },
        serviceCommandContext('safety-rails', tenantId),
      );
    } catch (error) {
      if (!isFinal(error)) {
        this.logger.warn({ err: error, change_id: changeId }, 'an approved change waits for its owner');
        return;
      }
      await this.#void(tenantId, changeId, error.code, error.message);
    }
  }

  async #void(tenantId: string, changeId: string, code: string, detail: string): Promise<void> {
    await this.#tell(
      tenantId,
      changeId,
      { kind: 'VoidChange', code, detail },
      serviceCommandContext('safety-rails', tenantId),
    );
  }

  #applyAt(owner: string | undefined, tenant_id: string, change_id: string): Promise<ApplyChangeAnswer> {
    const request = { tenant_id, change_id };
    if (owner === 'safety-rails') return this.settings.apply(request);
    return isChangeOwner(owner) ? this.rpc.call(`${owner}.apply_change`, request) : noOwner();
  }

  #endAt(owner: string | undefined, tenant_id: string, change_id: string): Promise<EndChangeAnswer> {
    const request = { tenant_id, change_id };
    if (owner === 'safety-rails') return this.settings.end(request);
    return isChangeOwner(owner) ? this.rpc.call(`${owner}.end_change`, request) : noOwner();
  }

  /** Everything that happens to a change request has its correlation, as with an action. */
  async #tell(
    tenantId: string,
    changeId: string,
    command: ChangeCommand,
    context: CommandContext,
  ): Promise<ChangeState> {
    const stream = changeStream(tenantId, changeId);
    return (await this.handler.handle(stream, command, { ...context, correlationId: changeId })).state;
  }
}
