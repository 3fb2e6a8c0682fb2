import { callDecided, callStatus, mcpServerDecided, toolCallDecided } from '@interlock/agents';
import { parseStream, streamName, systemTenant } from '@interlock/contracts';
import { releaseId, type RecordedEvent, type ReleaseStarted } from '@interlock/kernel';
import {
  channelDecided,
  deliveryDecided,
  linkDecided,
  rotaDecided,
  routeDecided,
  webhookDecided,
} from '@interlock/notify';
import { lintDecided } from '@interlock/policy';
import {
  brakeDecided,
  isResponseWork,
  responseDecided,
  responseWorkDecided,
  responseWorkStatus,
  responseWorkStream,
  trustLockDecided,
} from '@interlock/posture';
import {
  executorDecided,
  feedbackDecided,
  planDecided,
  retentionDecided,
  tenantDecided,
} from '@interlock/rails';
import {
  accessDecided,
  archiveDecided,
  checkpointDecided,
  cutDecided,
  cutNoteDecided,
  logKeyDecided,
  personDecided,
  secretDecided,
} from '@interlock/tree';
import type { TraceEvent } from '@interlock/twin';
import { ConsequenceReplay } from './alerting/consequences.js';
import { AutoApprovalReplay } from './autonomy/auto-approval.js';
import { BudgetReplay } from './autonomy/budget.js';
import { ModeReplay } from './autonomy/mode.js';
import { ThresholdReplay } from './autonomy/threshold.js';
import { plainState } from './derived-states.js';
import { compared, type Finding } from './finding.js';
import { isKnown } from './checks/known-events.js';
import { MetadataReplay } from './checks/metadata.js';
import { OpenWorkReplay } from './checks/open-work.js';
import { InventoryReplay } from './network/inventory.js';
import { TransactionReplay } from './network/transaction.js';
import { EvaluationReplay } from './policy/evaluation.js';
import { ExchangeReplay } from './policy/exchange.js';
import { PostureReplay } from './posture/posture.js';
import { approverFindings } from './rails/approvers.js';
import { ActionReplay } from './rails/action.js';
import { ChangeReplay } from './rails/changes.js';
import { KillSwitchReplay } from './rails/kill-switch.js';
import { LeaseReplay } from './rails/lease.js';
import { WorkReplay } from './rails/work.js';
import { ReferenceReplay } from './checks/references.js';
import { RightsReplay } from './checks/rights.js';
import type { FoldedState, ReplayContexts, ReplayedLog } from './replay-contexts.js';
import { StreamReplay, type StreamOf } from './stream-replay.js';
import { MemoryReplay } from './twin/memory.js';

type Take = (event: RecordedEvent, of: StreamOf) => readonly Finding[];

/** Checks the id of a release, which follows from its service and its program. */
const started: Take = (event, { id }) => [
  compared('release', 'the id of a program', event.id, releaseId(id, event.data as ReleaseStarted['data'])),
];

/** The streams whose old events the log deletes. */
const keptForATime = /^(?:lease|budget|executor)-/;

/**
 * The contexts of Interlock, each connected to the others that it needs. Only this file knows them
 * all.
 */
export const everyContext = (log: ReplayedLog): ReplayContexts => {
  const { whole, presence } = log;
  const thresholds = new ThresholdReplay(whole);
  const modes = new ModeReplay(whole, thresholds);
  const autoApproval = new AutoApprovalReplay(whole, thresholds);
  const openWork = new OpenWorkReplay(whole);
  let hasSystem = false;
  const postures = new PostureReplay(log, () => hasSystem);
  const switches = new KillSwitchReplay(log, () => hasSystem);
  const budgets = new BudgetReplay(modes, log);
  const changes = new ChangeReplay(whole, (event, of) => evaluations.beside(event, of));
  const leases = new LeaseReplay(log);
  const tenants = new StreamReplay(tenantDecided);
  const retention = new StreamReplay(retentionDecided);
  const executors = new StreamReplay(executorDecided);
  const plans = new StreamReplay(planDecided);
  const feedback = new StreamReplay(feedbackDecided);
  const lint = new StreamReplay(lintDecided);
  const trustLocks = new StreamReplay(trustLockDecided);
  const brakes = new StreamReplay(brakeDecided);
  const responses = new StreamReplay(responseDecided);
  const channels = new StreamReplay(channelDecided);
  const routes = new StreamReplay(routeDecided);
  const deliveries = new StreamReplay(deliveryDecided);
  const rotas = new StreamReplay(rotaDecided);
  const webhooks = new StreamReplay(webhookDecided);
  const links = new StreamReplay(linkDecided);
  const mcpServers = new StreamReplay(mcpServerDecided);
  const toolCalls = new StreamReplay(toolCallDecided);
  const exchange = new ExchangeReplay();
  const references = new ReferenceReplay(log);
  const rights = new RightsReplay();
  const metadata = new MetadataReplay(log.checks);
  const inventory = new InventoryReplay(whole);
  const memory = new MemoryReplay(whole);
  const consequences = new ConsequenceReplay(presence, whole, log.contentHash);
  const evaluations: EvaluationReplay = new EvaluationReplay(modes, autoApproval, thresholds, log);
  const transactions: TransactionReplay = new TransactionReplay(
    (stream) => actions.startedAction(stream),
    log,
    inventory,
  );
  const actionOf = (stream: string): ReturnType<ActionReplay['startedAction']> =>
    actions.startedAction(stream);
  const calls = new WorkReplay(
    {
      decided: callDecided,
      streamOf: (tenant, id) => streamName('call', tenant, id),
      statusOf: callStatus,
      actionOf,
    },
    log,
  );
  const responseWork = new WorkReplay(
    { decided: responseWorkDecided, streamOf: responseWorkStream, statusOf: responseWorkStatus, actionOf },
    log,
  );
  const handlers = new Map<string, { readonly statusesOf: TransactionReplay['statusesOf'] }>([
    ['netconf-gateway', transactions],
    ['agent-gateway', calls],
    ['posture', responseWork],
  ]);
  const people = new StreamReplay(personDecided);
  const accesses = new StreamReplay(accessDecided);
  const secrets = new StreamReplay(secretDecided);
  const checkpoints = new StreamReplay(checkpointDecided);
  const logKeys = new StreamReplay(logKeyDecided);
  const archives = new StreamReplay(archiveDecided);
  const cuts = new StreamReplay(cutDecided);
  const cutNotes = new StreamReplay(cutNoteDecided);
  const actions: ActionReplay = new ActionReplay({
    checks: log.checks,
    contentHash: log.contentHash,
    modes,
    autoApproval,
    postures,
    switches,
    budgets,
    leases,
    evaluations,
    statusesOf: (service, tenant, id) => handlers.get(service)?.statusesOf(tenant, id) ?? null,
    memory,
    inventory,
  });

  const by =
    (replay: { readonly take: Take }): Take =>
    (event, of) =>
      replay.take(event, of);
  /** Streams that no check of an action reads are replayed only in the part that has them. */
  const aside = (replay: { readonly take: Take }): Take => (log.checksOthers ? by(replay) : () => []);
  const cause: (...of: Parameters<Take>) => void = log.checksOthers
    ? (event, of) => consequences.cause(event, of)
    : () => undefined;
  const causing =
    (take: Take): Take =>
    (event, of) => {
      cause(event, of);
      return take(event, of);
    };
  const byCategory: ReadonlyMap<string, Take> = new Map<string, Take>([
    [
      'action',
      (event, of) => {
        evaluations.before(event);
        const findings = actions.take(event, of);
        cause(event, of);
        references.ended(event.stream, actions.endedState(event.stream));
        return findings;
      },
    ],
    ['kill_switch', causing(by(switches))],
    ['rollout', causing(by(evaluations))],
    [
      'autonomy',
      (event, of) =>
        of.id === 'config'
          ? modes.take(event, of)
          : of.id === 'auto_approval'
            ? autoApproval.take(event, of)
            : of.id.startsWith('earned=')
              ? modes.takeEarned(event, of)
              : of.id.startsWith('threshold=')
                ? thresholds.take(event, of)
                : budgets.takeSettings(event, of),
    ],
    ['signal', by(postures)],
    ['posture', by(postures)],
    ['trust_lock', aside(trustLocks)],
    ['brake', aside(brakes)],
    ['response', causing((event, of) => (isResponseWork(of.id) ? responseWork : responses).take(event, of))],
    ['budget', by(budgets)],
    ['lease', by(leases)],
    ['tenant', by(tenants)],
    ['retention', by(retention)],
    ['change', by(changes)],
    ['executor', aside(executors)],
    ['plan', aside(plans)],
    ['feedback', by(feedback)],
    ['exchange', aside(exchange)],
    [
      'device',
      (event, of) => {
        evaluations.device(event);
        return inventory.take(event, of);
      },
    ],
    ['device_binding', (event, of) => inventory.takeBinding(event, of)],
    ['lint', aside(lint)],
    ['device_tx', by(transactions)],
    ['call', by(calls)],
    ['mcp_server', aside(mcpServers)],
    ['mcp_call', aside(toolCalls)],
    ['alert', aside(consequences)],
    ['incident', aside(consequences)],
    ['channel', aside(channels)],
    ['route', aside(routes)],
    ['rota', aside(rotas)],
    ['webhook', aside(webhooks)],
    ['link', aside(links)],
    ['delivery', aside(deliveries)],
    [
      'trace',
      (event, of) => {
        memory.add(of.tenant, event as unknown as TraceEvent, event.position);
        return log.checksOthers ? consequences.take(event, of) : [];
      },
    ],
    ['policy', by(evaluations)],
    ['bundle', by(evaluations)],
    ['team', by(evaluations)],
    ['action_type', by(evaluations)],
    ['evaluation', by(evaluations)],
    ['open_work', aside(openWork)],
    ['release', started],
    [
      'person',
      causing((event, of) => {
        changes.sees(event, of);
        return people.take(event, of);
      }),
    ],
    ['access', causing((event, of) => (of.id.startsWith('secrets=') ? secrets : accesses).take(event, of))],
    [
      'checkpoint',
      causing((event, of) => {
        switch (of.id) {
          case 'keys':
            return logKeys.take(event, of);
          case 'archive':
            return archives.take(event, of);
          case 'cuts':
            return (of.tenant === systemTenant ? cutNotes : cuts).take(event, of);
          default:
            return checkpoints.take(event, of);
        }
      }),
    ],
  ]);

  return {
    keptForATime: (stream) => keptForATime.test(stream),
    knows: isKnown,
    continues: (event) => actions.continues(event),
    take: (event, of) => {
      hasSystem ||= of.tenant === systemTenant;
      if (log.checksOthers) {
        openWork.before(event);
        consequences.fold(event, of);
      }
      const take = byCategory.get(of.category);
      if (take === undefined) throw new Error(`no context makes decisions of \`${of.category}\` again`);
      const findings = [...take(event, of)];
      for (const others of [
        references.take(event, of),
        rights.take(event, of),
        metadata.take(event, of),
        changes.applied(event, of),
        approverFindings(event, changes.scopeOf(event.stream)),
      ])
        if (others.length > 0) findings.push(...others);
      return findings;
    },
    close: () => actions.close(),
    ended: (over) => {
      for (const { tenant, id } of actions.settled(over)) {
        transactions.forget(tenant, id);
        calls.forget(tenant, id);
        responseWork.forget(tenant, id);
      }
    },
    *openStates(): Iterable<FoldedState> {
      yield* actions.open();
      for (const kept of [
        budgets.days,
        switches.switches,
        modes.settings,
        modes.earned,
        thresholds.settings,
        autoApproval.settings,
        budgets.settings,
        changes.changes,
        changes.requiredPeople,
        retention,
        postures.settings,
        postures.runs,
        postures.levels,
        evaluations.teams,
        lint,
        channels,
        routes,
      ]) {
        for (const [stream, folded] of kept.entries())
          if (folded.whole)
            yield {
              stream,
              of: parseStream(stream)!,
              state: plainState(folded.state ?? {}),
              last: folded.last,
            };
      }
    },
    owed: () => consequences.owed(),
  };
};
