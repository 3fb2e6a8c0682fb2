import { Inject, Injectable } from '@nestjs/common';
import {
  answeredActionType,
  type ActionTypeV1,
  type AnsweredActionType,
  type Timestamp,
} from '@interlock/contracts';
import {
  collect,
  contentHash,
  ProblemError,
  type CommandContext,
  type CommandResult,
  type EventStore,
} from '@interlock/kernel';
import {
  commandContext,
  EVENT_STORE,
  referenceFault,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { actionTypeStream, type ActionTypeEvent, type ActionTypeState } from '@interlock/policy';
import { builtInActionTypes, checkActionType, checkToolType, type ActionTypeContent } from '@interlock/rails';
import { RegistryConfig } from '../config.js';
import { ActionTypeHandler } from '../handlers.js';
import { RegistrySettings } from '../registry-settings.js';
import { Catalogue } from '../policies/catalogue.js';
import { Deciding } from '../policies/deciding.js';

/** A registered version. */
export type ActionTypeVersion = AnsweredActionType & {
  readonly registered_at: Timestamp;
  readonly content_hash: string;
};
export type ShownActionType = AnsweredActionType & {
  readonly built_in: boolean;
  readonly revision: string | null;
};
type Written = CommandResult<ActionTypeEvent, ActionTypeState>;

const builtInOf = (name: string): ActionTypeV1 | undefined =>
  builtInActionTypes.find(({ action_type: one }) => one === name);

/** The tenants' own action types, which are registered in versions and retired. */
@Injectable()
export class ActionTypesService {
  constructor(
    private readonly types: ActionTypeHandler,
    private readonly settings: RegistrySettings,
    private readonly deciding: Deciding,
    private readonly catalogue: Catalogue,
    private readonly config: RegistryConfig,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /**
   * Registers the first version, or the first after a retirement. Throws `validation-failed`,
   * `wrong-state` for a built-in type that has its handler, `already-exists` for other content.
   */
  async register(
    tenantId: string,
    name: string,
    body: unknown,
    principal: Principal,
  ): Promise<Written | ChangeRequestedDto> {
    const content = this.#checked(tenantId, name, body);
    const { state, revision } = await this.types.load(actionTypeStream(name, tenantId));
    if (state.entry !== null && !state.retired && state.content_hash !== contentHash(content))
      throw new ProblemError('already-exists', `the action type \`${name}\` is registered`, {
        remedy:
          'change it by `interlock action-types change`, or over HTTP by `PUT` with its `ETag` as `If-Match`',
      });
    return this.#define(tenantId, content, principal, revision);
  }

  /**
   * Registers the next version, at the revision that was read. Throws `validation-failed`,
   * `wrong-state`, `not-found`, `stale-revision`.
   */
  async change(
    tenantId: string,
    name: string,
    body: unknown,
    expectedRevision: bigint,
    principal: Principal,
  ): Promise<Written | ChangeRequestedDto> {
    const content = this.#checked(tenantId, name, body);
    const { state } = await this.types.load(actionTypeStream(name, tenantId));
    if (state.entry === null) throw unknown(name);
    return this.#define(tenantId, content, principal, expectedRevision);
  }

  /**
   * Registers a tool that a person has confirmed, as the next version if it changed. Throws
   * `validation-failed`.
   */
  async defineTool(tenantId: string, type: ActionTypeContent, context: CommandContext): Promise<Written> {
    const content = checkToolType(type);
    return this.types.handle(
      actionTypeStream(content.action_type, tenantId),
      { kind: 'DefineActionType', content },
      context,
    );
  }

  /**
   * Retires the type, so that it takes no new actions. Throws `not-found`, `wrong-state`
   * if deciding bundles name it, `stale-revision`.
   */
  async retire(
    tenantId: string,
    name: string,
    expectedRevision: bigint | null,
    context: CommandContext,
  ): Promise<Written> {
    const named = builtInOf(name) === undefined ? await this.#bundlesThatName(tenantId, name) : [];
    if (named.length > 0)
      throw new ProblemError(
        'wrong-state',
        `the action type \`${name}\` is named by ${named.length} ${named.length === 1 ? 'bundle that decides' : 'bundles that decide'}`,
        {
          members: { bundles: named },
          remedy: 'activate a bundle without it first',
        },
      );
    return this.types.handle(
      actionTypeStream(name, tenantId),
      { kind: 'RetireActionType' },
      { ...context, ...(expectedRevision === null ? {} : { expectedRevision }) },
    );
  }

  /**
   * The current type: the tenant's own, otherwise the built-in one. Throws `not-found`.
   */
  async one(tenantId: string, name: string): Promise<ShownActionType> {
    const { state, revision } = await this.types.load(actionTypeStream(name, tenantId));
    if (state.entry !== null && !state.retired)
      return {
        ...answeredActionType(state.entry),
        built_in: builtInOf(name) !== undefined,
        revision: `${revision}`,
      };
    const builtIn = (await this.catalogue.list(tenantId)).find(({ action_type: one }) => one === name);
    if (builtIn?.version !== undefined || builtIn === undefined) throw unknown(name);
    return { ...answeredActionType(builtIn), built_in: true, revision: null };
  }

  /**
   * Every version that the tenant registered, the oldest first; none of a built-in type without a
   * handler of the tenant. Throws `not-found`.
   */
  async versions(tenantId: string, name: string): Promise<readonly ActionTypeVersion[]> {
    const events = await collect(this.store.read(actionTypeStream(name, tenantId)));
    const versions = events.flatMap((event) => {
      const { type, data } = event as unknown as ActionTypeEvent;
      return type === 'ActionTypeRegistered' && data.action_type.version !== undefined
        ? [
            {
              ...answeredActionType(data.action_type),
              registered_at: event.metadata.occurred_at,
              content_hash: data.content_hash,
            },
          ]
        : [];
    });
    if (versions.length === 0) await this.one(tenantId, name);
    return versions;
  }

  #checked(tenantId: string, name: string, body: unknown): ActionTypeContent {
    const { AGENT_SECRETS_ENV_PREFIX: prefix } = this.config;
    return checkActionType(name, body, this.#changeable(name), (reference) =>
      referenceFault(prefix, tenantId, reference),
    );
  }

  #define(
    tenantId: string,
    content: ActionTypeContent,
    principal: Principal,
    expectedRevision: bigint,
  ): Promise<Written | ChangeRequestedDto> {
    return this.settings.changes.write(this.settings.actionTypes, {
      stream: actionTypeStream(content.action_type, tenantId),
      command: { kind: 'DefineActionType', content },
      principal,
      context: { ...commandContext(principal), expectedRevision },
    });
  }

  /**
   * The built-in type with that name, if a tenant may give it its own handler. Throws `wrong-state`
   * if it has a handler.
   */
  #changeable(name: string): ActionTypeV1 | undefined {
    const builtIn = builtInOf(name);
    if (builtIn !== undefined && builtIn.handler !== null)
      throw new ProblemError('wrong-state', `the action type \`${name}\` is built in and cannot be changed`, {
        remedy: 'register it under another name',
      });
    return builtIn;
  }

  /**
   * The versions of the deciding bundles, active or canary, of the tenant or its teams, that have a
   * rule for the type.
   */
  async #bundlesThatName(tenantId: string, name: string): Promise<readonly string[]> {
    const bundles = (await this.deciding.bundles(tenantId)).filter((bundle) => bundle !== null);
    const naming = bundles.filter(({ rules }) => rules.some(({ action }) => action === name));
    return [...new Set(naming.map(({ version }) => version))].sort();
  }
}

const unknown = (name: string): ProblemError =>
  new ProblemError('not-found', `\`${name.slice(0, 64)}\` is not a registered action type`);
