import { actorKey, streamName } from '@interlock/contracts';
import { uuidV5, type RecordedEvent } from '@interlock/kernel';
import { bundleChangeText, webhookChannel } from '@interlock/notify';
import { judgedAction, type ActionState, type FeedbackEvent, type JudgedAction } from '@interlock/rails';
import { compared, type Finding } from '../finding.js';
import { Recent } from '../recent.js';
import type { ReplayedLog } from '../replay-contexts.js';
import type { StreamOf } from '../stream-replay.js';

const kind = 'reference';
/** How many ends of actions are kept. Feedback and plans refer to an end soon after it. */
const leastEnds = 20_000;

type Members = { readonly [member: string]: unknown };
/** Something that an event refers to: its stream, in the event's own tenant. */
type Named = {
  readonly what: string;
  readonly category: 'action' | 'alert' | 'plan' | 'feedback';
  readonly id: unknown;
};
/** What is kept of the state in which an action ended. */
type End = {
  readonly status: ActionState['status'];
  readonly requested_as: readonly string[];
  readonly judged: JudgedAction | null;
};
type NamesOf = (data: Members, event: RecordedEvent) => readonly Named[];

const action: NamesOf = ({ action_id: id }) => [{ what: 'the action', category: 'action', id }];
/** A submission that was refused at the edge has no action. */
const actionUnlessRefused: NamesOf = (data, event) =>
  data['state'] === 'REFUSED' ? [] : action(data, event);

const planOf = (of: unknown): readonly Named[] =>
  of === undefined ? [] : [{ what: 'the plan', category: 'plan', id: (of as Members)['plan_id'] }];

/**
 * What events refer to and the log must contain before them. What an event begins is counted as
 * owed, or a later event refers to it.
 */
const names: { readonly [category: string]: { readonly [type: string]: NamesOf } } = {
  evaluation: {
    EvaluationRecorded: ({ input }) => {
      const { action_id: id } = input as Members;
      return id === null ? [] : [{ what: 'the action', category: 'action', id }];
    },
  },
  lease: { LeaseGranted: action, LeaseQueued: action, LeaseReleased: action },
  budget: { BudgetConsumed: action, BudgetRefused: action, BudgetGivenBack: action },
  feedback: { FeedbackGiven: action },
  plan: {
    PlanNodePreviewed: ({ action_id: id, preview }) =>
      (preview as Members)['state'] === 'REFUSED' ? [] : [{ what: 'the action', category: 'action', id }],
    PlanNodeEnded: actionUnlessRefused,
    PlanCompensationEnded: actionUnlessRefused,
  },
  response: { ResponseActionEnded: action },
  mcp_call: { ToolCallAnswered: actionUnlessRefused },
  action: {
    IntentAccepted: ({ part_of: of }) => planOf(of),
    RollbackApproved: ({ plan: of }) => planOf(of),
  },
  link: { LinkOpened: ({ alert_id: id }) => [{ what: 'the alert', category: 'alert', id }] },
  trace: { TraceJudged: ({ action_id: id }) => [{ what: 'the feedback', category: 'feedback', id }] },
};

/** Events that say how an action ended. */
const saysEnd: ReadonlySet<string> = new Set([
  'PlanNodeEnded',
  'PlanCompensationEnded',
  'ResponseActionEnded',
  'ToolCallAnswered',
  'FeedbackGiven',
]);

/**
 * Checks that everything exists that events refer to: the action of a lease, a budget, an
 * evaluation, feedback and a tool call; the actions of a plan's nodes and of a response; the plan
 * of an action; the alert of a delivery and of a link; the invitation that somebody used. It also
 * checks what they say about an action's end.
 */
export class ReferenceReplay {
  /** How an action ended, the latest end last, by the action's stream. */
  readonly #ends = new Recent<string, readonly End[]>(leastEnds);
  /** The ids of notices that concern no alert: tests of channels, reports, changes of bundles. */
  readonly #notices = new Set<string>();
  readonly #invitations = new Set<string>();

  constructor(private readonly log: ReplayedLog) {}

  /** Notes the state in which an event has left an action; null before the end of the action. */
  ended(stream: string, state: ActionState | null): void {
    if (state === null) return;
    const before = this.#ends.get(stream) ?? [];
    const end = {
      status: state.status,
      requested_as: state.status === 'NONE' ? [] : state.requested_as,
      judged: judgedAction(state),
    };
    this.#ends.set(stream, [...before.filter(({ status }) => status !== end.status), end].slice(-2));
  }

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const data = event.data as Members;
    this.#note(event, data, of);
    const ofCategory = Object.hasOwn(names, of.category) ? names[of.category]! : {};
    const named = Object.hasOwn(ofCategory, event.type) ? ofCategory[event.type]!(data, event) : [];
    return [
      ...named.map(({ what, category, id }) =>
        this.#exists(what, streamName(category, of.tenant, String(id))),
      ),
      ...this.#delivered(event, of),
      ...this.#invited(event, data, of),
      ...this.#saidOf(event, data, of),
    ];
  }

  #exists(what: string, stream: string): Finding {
    return this.log.presence(stream) === 'none'
      ? { kind, missing: `${what} that it names is not in the file` }
      : compared(kind, what, stream, stream);
  }

  #note({ type, id, data: raw }: RecordedEvent, data: Members, { category, tenant, id: of }: StreamOf): void {
    if (type === 'ChannelTested') this.#notices.add(String(data['test_id']));
    if (type === 'ReportRequested') this.#notices.add(String(data['report_id']));
    if (category === 'rollout' && bundleChangeText(type, raw) !== null)
      this.#notices.add(uuidV5('bundle-change', id));
    if (type === 'PersonInvited') this.#invitations.add(`${tenant} ${of} ${String(data['invitation_id'])}`);
  }

  #delivered({ data }: RecordedEvent, { category, tenant, id }: StreamOf): readonly Finding[] {
    if (category !== 'delivery' || this.#notices.has(id)) return [];
    const { channel_id: channel } = data as Members;
    return typeof channel === 'string' && channel.startsWith(webhookChannel(''))
      ? [this.#exists('the action', streamName('action', tenant, id))]
      : [this.#exists('the alert', streamName('alert', tenant, id))];
  }

  #invited({ type, stream }: RecordedEvent, data: Members, { tenant, id }: StreamOf): readonly Finding[] {
    if (type !== 'InvitationUsed') return [];
    if (this.#invitations.has(`${tenant} ${id} ${String(data['invitation_id'])}`))
      return [compared(kind, 'the invitation', stream, stream)];
    return [{ kind, missing: 'the invitation that it names is not in the file' }];
  }

  /** Compares what an event says about the end of an action with the action itself. */
  #saidOf(event: RecordedEvent, data: Members, { tenant }: StreamOf): readonly Finding[] {
    if (!saysEnd.has(event.type) || data['state'] === 'REFUSED') return [];
    const stream = streamName('action', tenant, String(data['action_id']));
    const ends = this.#ends.get(stream);
    if (ends === undefined)
      return this.log.presence(stream) !== 'whole'
        ? []
        : [
            {
              kind,
              missing: 'the end of the action that it names is not in the file, or too long ago',
              ...(this.#ends.forgets ? { excused: true as const } : {}),
            },
          ];
    switch (event.type) {
      case 'PlanNodeEnded':
      case 'PlanCompensationEnded':
      case 'ResponseActionEnded':
      case 'ToolCallAnswered': {
        const { state } = data;
        const found = ends.find(({ status }) => status === state) ?? ends.at(-1);
        return [compared(kind, 'the end of the action that it names', state, found?.status)];
      }
      case 'FeedbackGiven': {
        const { by, by_requester, verdict: _said, comment: _text, ...judged } = data as FeedbackEvent['data'];
        const known = ends.map((end) => end.judged);
        const same = known.find((one) => one?.outcome === judged.outcome) ?? known.at(-1);
        const isRequester = ends.at(-1)!.requested_as.includes(by);
        return [
          compared(
            kind,
            'the executed action that is judged',
            { ...judged, by, by_requester },
            {
              ...same,
              by: actorKey(event.metadata.actor),
              // The person may have further keys, which no log keeps, that identify them as the
              // requester.
              by_requester: by_requester || isRequester,
            },
          ),
        ];
      }
      default:
        return [];
    }
  }
}
