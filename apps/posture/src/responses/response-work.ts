import {
  defaults,
  systemTenant,
  type ApplyAnswer,
  type HandlerEnvelope,
  type ImpactEstimate,
  type PlanAnswer,
  type PlanRequest,
  type Reason,
  type TxStatus,
} from '@interlock/contracts';
import type { AdapterLogger } from '@interlock/eventstore';
import { ExecutorCommands, ExecutorPresence, notAsked } from '@interlock/executor';
import { contentHash, ProblemError, type EventStore } from '@interlock/kernel';
import { EVENT_STORE, LOGGER, type CommandedHandler } from '@interlock/platform';
import {
  isResponseAction,
  responseFiles,
  responseWorkStream,
  type ResponseAction,
  type ResponseWorkCommand,
  type ResponseWorkState,
} from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';
import { ResponseWorkHandler } from '../handlers.js';
import { hashOf, mirrorText } from './anchor-mirror.js';
import { ResponseOutputs } from './outputs.js';
import { ResponseChecks } from './response-checks.js';
import { actionIn, ResponseDriver, responseJournal } from './response-driver.js';

const besideTheDoor = (detail: string): ProblemError => new ProblemError('side-door', detail);
const actionNamed = (name: string): ResponseAction => {
  if (isResponseAction(name)) return name;
  throw besideTheDoor(`\`${name.slice(0, 64)}\` is not a response`);
};

/** A response affects no part of a network. */
const noImpact: ImpactEstimate = {
  affected_entity_count: 1,
  device_id: null,
  site_id: null,
  neighbours: [],
  kpis: [],
  users_affected: 0,
  connection_drops: 0,
  latency_increase_ms: {},
  topology_version: '0',
};

/** The handler of responses: it plans their changes and takes the commands that carry them out. */
@Injectable()
export class ResponseWork implements CommandedHandler {
  readonly driver: ResponseDriver;
  readonly commands: ExecutorCommands<ResponseWorkCommand, ResponseWorkState>;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    handler: ResponseWorkHandler,
    @Inject(ResponseChecks) checks: Pick<ResponseChecks, 'ready' | 'hasBegun' | 'takeBack'>,
    private readonly outputs: ResponseOutputs,
    @Inject(ExecutorPresence) executor: Pick<ExecutorPresence, 'lease'>,
    @Inject(LOGGER) logger: AdapterLogger,
  ) {
    const plan = (tenantId: string, action: ResponseAction): Promise<PlanAnswer> =>
      this.plan({ tenant_id: tenantId, action_type: action });
    this.driver = new ResponseDriver({ store, handler, checks, plan, executor, logger });
    this.commands = new ExecutorCommands(
      {
        store,
        lease_ms: defaults.kill_switch_lease_ms,
        logger,
        journal: responseJournal({ handler }),
        actionThat: actionIn(store),
        known: (tenantId, actionId) => handler.load(responseWorkStream(tenantId, actionId)),
        acceptTurn: ({ tenant_id: tenantId, action_id }, { intent }, { turn, request_id }) => {
          if (intent === null) throw notAsked('turn');
          if (tenantId !== systemTenant)
            throw besideTheDoor(`responses are actions of tenant \`${systemTenant}\``);
          const action = actionNamed(intent.action_type);
          return { kind: 'AcceptTurn', asked: { turn, request_id, action_id, action } };
        },
        isServed: ({ handler: { service } }) => service === 'posture',
        against: () => [],
        plan_changed: 'the mirror is not the one that the plan was made for',
        acceptApply: (apply) => ({ kind: 'AcceptApply', apply }),
      },
      this.driver,
    );
  }

  estimateImpact(): Promise<ImpactEstimate> {
    return Promise.resolve(noImpact);
  }

  /**
   * Plans the changes of a response. It refuses to plan an undo, because an ended response is
   * undone by its own route.
   */
  async plan({
    tenant_id: tenantId,
    action_type,
    undo,
  }: Pick<PlanRequest, 'tenant_id' | 'action_type' | 'undo'>): Promise<PlanAnswer> {
    const action = actionNamed(action_type);
    const changes = action === 'integrity_anchor_mirror';
    const directory = this.outputs.directory(systemTenant);
    const before = changes && directory !== null ? hashOf(await mirrorText(directory)) : null;
    const diff = changes
      ? [{ path: responseFiles.mirror, before, after: 'the signed checkpoints of the log' }]
      : [];
    const violations: readonly Reason[] = [
      ...(undo === true
        ? [{ code: 'undo-impossible', detail: 'a response is taken back at `/api/v1/responses/{id}/undo`' }]
        : []),
      ...(tenantId === systemTenant
        ? []
        : [{ code: 'wrong-tenant', detail: `responses are actions of tenant \`${systemTenant}\`` }]),
      ...(changes && directory === null
        ? [{ code: 'no-directory', detail: 'no directory is configured for the mirror of the checkpoints' }]
        : []),
    ];
    return {
      plan_hash: contentHash({ action, diff }),
      device_id: 'interlock',
      site_id: null,
      profile: 'posture',
      payloads: [],
      diff,
      diff_hash: contentHash(diff),
      leaves_fingerprint: contentHash({ before }),
      reversible: changes,
      violations,
    };
  }
  takeTurn(envelope: HandlerEnvelope): Promise<TxStatus> {
    return this.commands.takeTurn(envelope);
  }

  apply(envelope: HandlerEnvelope): Promise<ApplyAnswer> {
    return this.commands.apply(envelope);
  }

  observe(envelope: HandlerEnvelope): Promise<TxStatus> {
    return this.commands.observe(envelope);
  }

  confirm(envelope: HandlerEnvelope): Promise<TxStatus> {
    return this.commands.confirm(envelope);
  }

  undo(envelope: HandlerEnvelope): Promise<TxStatus> {
    return this.commands.undo(envelope);
  }

  /**
   * Returns the status of an action. The call also makes this instance continue work that another
   * instance left.
   */
  status(envelope: HandlerEnvelope): Promise<TxStatus> {
    return this.commands.observe(envelope);
  }
}
