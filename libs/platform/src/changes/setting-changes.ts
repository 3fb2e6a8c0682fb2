import { serviceCommandContext } from '../request/command-context.js';
import type {
  ApplyChangeAnswer,
  ApplyChangeRequest,
  ChangeAnswer,
  EndChangeAnswer,
  JsonObject,
  RequestChangeRequest,
  Scope,
  Timestamp,
} from '@interlock/contracts';
import { ownerOf, parseStream, systemTenant } from '@interlock/contracts';
import {
  changeDecider,
  changeDigest,
  type ChangeState,
  changeStream,
  collect,
  type Command,
  type CommandContext,
  type CommandHandler,
  type CommandPreview,
  type CommandResult,
  type Decider,
  type DomainEvent,
  type EventStore,
  evolveRecorded,
  isProblem,
  type Loosens,
  positionOrNull,
  previewCommand,
  ProblemError,
  type RequestedChange,
  uuidV5,
} from '@interlock/kernel';

import { nowText } from '../base/ids.js';
import type { Principal } from '../request/principal.js';
import { activeState } from '../request/request-state.js';
import { sealed } from '../auth/sealed.js';
import { changeRequested, type ChangeRequestedDto } from './change-answers.js';

/** A setting whose loosening needs people. A person needs `scope` to approve it. */
export type Setting<C extends Command, E extends DomainEvent, S> = {
  /** Returns true for the streams that hold the setting. */
  readonly holds: (stream: string) => boolean;
  readonly decider: Decider<C, E, S>;
  readonly handler: Pick<CommandHandler<C, E, S>, 'load' | 'handle'>;
  readonly scope: Scope;
  /**
   * Returns the test for loosening of a stream's setting. The test takes the other current settings
   * into account.
   */
  readonly loosens: (stream: string) => Loosens<S> | Promise<Loosens<S>>;
  /**
   * Throws if the command must not be carried out now. It runs again before the command is applied.
   */
  readonly check?: (tenantId: string, command: C) => Promise<void>;
  /**
   * Returns the command that restores the state before another command; null if that is impossible.
   * A setting without this function allows no break-glass.
   */
  readonly undo?: (command: C, before: S) => C | null;
  /** Carries out the consequences of an approved change. It runs again after a crash. */
  readonly applied?: (command: C, context: CommandContext, result: CommandResult<E, S>) => Promise<void>;
};

/** Requests a change; over the bus, except in the service that owns change requests. */
export type RequestChange = (request: RequestChangeRequest) => Promise<ChangeAnswer>;

type Write<C> = {
  readonly stream: string;
  readonly command: C;
  /** Null: the service itself writes, and gives `why`. */
  readonly principal: Pick<Principal, 'person_id' | 'tenant_id' | 'people'> | null;
  readonly context: CommandContext;
  /**
   * The requester, if a person of `_system` changes another tenant's setting. Otherwise the context
   * names the requester.
   */
  readonly requester?: Pick<CommandContext, 'tenantId' | 'actor'>;
  /** The reason in the caller's words. Absent: the header `Interlock-Reason`. */
  readonly why?: string | undefined;
};

const mostReason = 500;
/** The number of times that a write is compared again after another writer. */
const mostRaces = 20;

/** Returns the context in which the service that owns a setting carries out an approved change. */
const contextOf = (
  tenantId: string,
  { setting, digest }: RequestedChange,
  changeId: string,
  causationId: string,
): CommandContext =>
  serviceCommandContext(ownerOf(setting) ?? '', tenantId, {
    commandId: changeId,
    causationId,
    change: { id: changeId, digest },
  });

/**
 * Returns the header `Interlock-Reason`; undefined if it is absent or empty. Throws
 * `validation-failed` if it is unreadable or too long.
 */
const reasonInHeader = (): string | undefined => {
  const header = activeState()?.reason;
  if (header === undefined || header.trim() === '') return undefined;
  const fault = (detail: string): ProblemError =>
    new ProblemError('validation-failed', 'the headers have 1 fault', {
      violations: [{ pointer: '/headers/interlock-reason', detail }],
    });
  let text: string;
  try {
    text = decodeURIComponent(header);
  } catch {
    throw fault('must be percent-encoded UTF-8');
  }
  if (text.length > mostReason) throw fault(`must have at most ${mostReason} characters`);
  return text;
};

/**
 * The settings of one service. A tightening change is written at once. A loosening one becomes a
 * change request, and is written after people have approved it.
 */
export class SettingChanges {
  readonly #store: Pick<EventStore, 'read'>;
  readonly #request: RequestChange;
  readonly #settings: Setting<Command, DomainEvent, unknown>[] = [];

  constructor(store: Pick<EventStore, 'read'>, request: RequestChange) {
    this.#store = store;
    this.#request = request;
  }

  /** Registers a setting, so that its approved changes can be applied. */
  add<C extends Command, E extends DomainEvent, S>(setting: Setting<C, E, S>): Setting<C, E, S> {
    this.#settings.push(setting as unknown as Setting<Command, DomainEvent, unknown>);
    return setting;
  }

  /**
   * Writes a command that does not loosen the setting, and requests a change for one that does.
   * Throws what the decider throws, `stale-revision`, and `person-required` for a program that
   * gives no reason.
   */
  async write<C extends Command, E extends DomainEvent, S>(
    setting: Setting<C, E, S>,
    write: Write<NoInfer<C>>,
  ): Promise<CommandResult<E, S> | ChangeRequestedDto> {
    const { stream, command, context } = write;
    await setting.check?.(context.tenantId, command);
    for (let race = 1; ; race += 1) {
      const preview = await previewCommand(setting.decider, setting.handler, { stream, command, context });
      // A command without an effect needs no pin, so a write may be repeated once its change is
      // approved.
      const pinned = preview.events.length === 0 ? undefined : context.expectedRevision;
      const loosened =
        pinned !== undefined && pinned !== preview.revision
          ? [] // The handler refuses it.
          : (await setting.loosens(stream))(preview.before, preview.after);
      if (loosened.length > 0) return this.#requested(setting, write, preview, loosened);
      try {
        return await setting.handler.handle(stream, command, {
          ...context,
          expectedRevision: pinned ?? preview.revision,
        });
      } catch (error) {
        if (pinned !== undefined || race >= mostRaces || !isProblem(error, 'stale-revision')) throw error;
      }
    }
  }

  async #requested<C extends Command, E extends DomainEvent, S>(
    { scope, undo }: Setting<C, E, S>,
    { stream, command, principal, context, requester = context, why = reasonInHeader() }: Write<C>,
    { revision, before }: CommandPreview<E, S>,
    loosened: RequestChangeRequest['loosened'],
  ): Promise<ChangeRequestedDto> {
    if ((principal?.person_id ?? null) === null && why === undefined)
      throw new ProblemError(
        'person-required',
        'this loosens the setting, and a program may only propose it',
        {
          violations: loosened,
          remedy: 'say why in the header `Interlock-Reason`: then people can approve the change',
        },
      );
    const change_id = uuidV5('change', stream, context.commandId);
    const can_break_glass = (undo?.(command, before) ?? null) !== null;
    return changeRequested(
      await this.#request({
        change_id,
        tenant_id: requester.tenantId,
        actor: requester.actor,
        at: context.now,
        setting: stream,
        revision: `${revision}`,
        command: command as unknown as JsonObject,
        loosened,
        scope,
        can_break_glass,
        why:
          why === undefined || principal === null
            ? (why ?? null)
            : await sealed(principal, why, `change ${change_id}`),
      }),
    );
  }

  /**
   * Writes an approved change, once. Throws `wrong-state` if it is not approved, `stale-change` if
   * the setting has changed since it was requested, and what the setting's `check` throws.
   */
  async apply({ tenant_id, change_id }: ApplyChangeRequest): Promise<ApplyChangeAnswer> {
    const { change, actor, cause } = await this.#approved(tenant_id, change_id);
    const { setting, tenant } = this.#settingOf(tenant_id, change);
    const isOwn = tenant === tenant_id;
    await setting.check?.(tenant, change.command);
    const context = {
      ...contextOf(tenant, change, change_id, cause),
      // A person of `_system` has no id in another tenant. The change request names the people.
      ...(isOwn ? { actor } : {}),
      expectedRevision: BigInt(change.revision),
    };
    const result = await setting.handler
      .handle(change.setting, change.command, context)
      .catch((error: unknown) => {
        if (!isProblem(error, 'stale-revision')) throw error;
        throw new ProblemError('stale-change', 'the setting has changed since the change was requested', {
          remedy: 'request the change again',
          cause: error,
        });
      });
    await setting.applied?.(change.command, context, result);
    const { revision, position } = result;
    return { revision: `${revision}`, position: positionOrNull(position) };
  }

  /**
   * Restores the previous setting after a break-glass change, once its time is over. It does
   * nothing if the setting is as tight as before, or if people have approved another change of it
   * since. Throws `wrong-state` if the change is not by break-glass or has not ended.
   */
  async end({ tenant_id, change_id }: ApplyChangeRequest): Promise<EndChangeAnswer> {
    const { change, cause, until } = await this.#approved(tenant_id, change_id);
    const now = nowText();
    if (until === null || now < until)
      throw new ProblemError('wrong-state', 'the change does not end by itself now');
    const { setting, tenant } = this.#settingOf(tenant_id, change);
    // The service is the actor, because the time that the person chose is over.
    const context = {
      ...contextOf(tenant, change, change_id, cause),
      commandId: uuidV5(change_id, 'end'),
      now,
    };
    for (let race = 1; ; race += 1) {
      const { before, state, revision, others } = await this.#since(setting, change, change_id);
      const loosened = (await setting.loosens(change.setting))(before, state);
      const command = others || loosened.length === 0 ? null : setting.undo?.(change.command, before);
      if (command === null || command === undefined) return { revision: `${revision}`, restored: false };
      try {
        const result = await setting.handler.handle(change.setting, command, {
          ...context,
          expectedRevision: revision,
        });
        await setting.applied?.(command, context, result);
        return { revision: `${result.revision}`, restored: true };
      } catch (error) {
        if (race >= mostRaces || !isProblem(error, 'stale-revision')) throw error;
      }
    }
  }

  /** Returns the setting before a change and now, and if another approved change followed. */
  async #since(
    setting: Setting<Command, DomainEvent, unknown>,
    change: RequestedChange,
    changeId: string,
  ): Promise<{
    readonly before: unknown;
    readonly state: unknown;
    readonly revision: bigint;
    readonly others: boolean;
  }> {
    const events = await collect(this.#store.read(change.setting));
    const base = BigInt(change.revision);
    const before = events
      .filter(({ revision }) => revision <= base)
      .reduce<unknown>(
        (folded, event) => evolveRecorded(setting.decider, folded, event),
        setting.decider.initial,
      );
    const { state, revision } = await setting.handler.load(change.setting);
    const others = events.some(
      ({ revision: at, metadata }) =>
        at > base && metadata.change !== undefined && metadata.change.id !== changeId,
    );
    return { before, state, revision, others };
  }

  /**
   * Returns the setting that a change concerns, and its tenant. `_system` may also change settings
   * of others.
   */
  #settingOf(
    tenantId: string,
    { setting: stream }: RequestedChange,
  ): { readonly setting: Setting<Command, DomainEvent, unknown>; readonly tenant: string } {
    const setting = this.#settings.find(({ holds }) => holds(stream));
    const tenant = parseStream(stream)?.tenant;
    if (setting === undefined || tenant === undefined || (tenant !== tenantId && tenantId !== systemTenant))
      throw new ProblemError('stale-change', `\`${stream}\` is not a setting of this service`);
    return { setting, tenant };
  }

  /** Returns an approved change. INVARIANT: the log says what was approved, not the caller. */
  async #approved(
    tenantId: string,
    changeId: string,
  ): Promise<{
    readonly change: RequestedChange;
    readonly actor: CommandContext['actor'];
    readonly cause: string;
    /** The time at which a break-glass change ends. Null for any other change. */
    readonly until: Timestamp | null;
  }> {
    const events = await collect(this.#store.read(changeStream(tenantId, changeId)));
    const state = events.reduce<ChangeState>(
      (folded, event) => evolveRecorded(changeDecider, folded, event),
      changeDecider.initial,
    );
    const { status, change, break_glass } = state;
    const requested = events.find(({ type }) => type === 'ChangeRequested');
    const approved = events.find(({ type }) => type === 'ChangeApproved');
    if (
      (status !== 'approved' && status !== 'applied' && status !== 'ended') ||
      change === null ||
      requested === undefined ||
      approved === undefined
    )
      throw new ProblemError('wrong-state', `the change request is ${status}`, {
        members: { state: status },
      });
    if (changeDigest(change) !== change.digest)
      throw new ProblemError('stale-change', 'the digest is not that of the change');
    return { change, actor: requested.metadata.actor, cause: approved.id, until: break_glass?.until ?? null };
  }
}
