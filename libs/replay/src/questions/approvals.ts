import type { PlanAnswer } from '@interlock/contracts';
import { canonicalJson, type RecordedEvent } from '@interlock/kernel';
import type { ActionEvent, HoldRecord, PlanEvent } from '@interlock/rails';
import { changeLines, holdLines } from '../trace/gates.js';
import { counted, itemOf, type AnswerItem, type FoldAnswer, type QuestionFold } from './answer.js';
import { Subject } from './subject.js';

/** What was shown to the people who could approve. */
type Shown = {
  readonly digest: string | null;
  readonly facts: { readonly [name: string]: string | readonly string[] };
};
type Data = { readonly [name: string]: unknown };
type Story = {
  plan: PlanAnswer | null;
  shown: Shown | null;
  end: string | null;
  readonly items: AnswerItem[];
};

const asData = ({ data }: RecordedEvent): Data => data as Data;
const textIn = (data: Data, name: string): string | null => {
  const value = data[name];
  return typeof value === 'string' ? value : null;
};

const planFacts = (plan: PlanAnswer | null): Shown['facts'] =>
  plan === null
    ? {}
    : {
        'plan shown': plan.plan_hash,
        'device shown': plan.device_id ?? 'none',
        'diff shown': changeLines(plan.diff),
      };

const holdFacts = (
  data: {
    readonly digest_parts: { readonly risk_score: number; readonly affected?: number };
    readonly holds: readonly HoldRecord[];
  },
  plan: PlanAnswer | null,
): Shown['facts'] => ({
  ...planFacts(plan),
  'risk shown': `${data.digest_parts.risk_score}`,
  ...(data.digest_parts.affected === undefined
    ? {}
    : { 'affected entities shown': `${data.digest_parts.affected}` }),
  'asked because': holdLines(data.holds),
});

/** Returns what an event shows to people; undefined if it shows nothing. */
const shownBy = (event: RecordedEvent, plan: PlanAnswer | null): Shown | undefined => {
  const { type, data } = event as unknown as ActionEvent | PlanEvent;
  switch (type) {
    case 'ConfirmationWindowOpened':
    case 'ApprovalRequested':
      return { digest: data.digest, facts: holdFacts(data, plan) };
    case 'RollbackPrepared':
      return { digest: data.digest, facts: planFacts(data.plan) };
    case 'PlanApprovalRequested':
      return {
        digest: data.digest,
        facts: {
          'nodes shown': data.nodes.map(
            ({ node_id, digest_parts }) =>
              `${node_id}: risk ${digest_parts.risk_score}, diff ${digest_parts.diff}`,
          ),
          'affected entities shown': `${data.affected_entity_count}`,
        },
      };
    default: {
      const other = asData(event);
      if (event.type === 'FlipListMade')
        return {
          digest: textIn(other, 'flip_list_hash'),
          facts: { 'flip list shown': canonicalJson(other) },
        };
      if (event.type !== 'ChangeRequested') return undefined;
      const loosened = other['loosened'] as readonly { readonly pointer: string; readonly detail: string }[];
      return {
        digest: textIn(other, 'digest'),
        facts: {
          'setting shown': textIn(other, 'setting') ?? '',
          'command shown': canonicalJson(other['command']),
          'loosening shown': loosened.map(({ pointer, detail }) => `${pointer}: ${detail}`),
        },
      };
    }
  }
};

const approvalTypes: ReadonlySet<string> = new Set([
  'ActionApproved',
  'ActionConfirmed',
  'PlanApprovalRecorded',
  'RollbackApproved',
  'PlanApproved',
  'BundleApproved',
  'ChangeConsented',
  'ChangeApproved',
  'KillSwitchReleaseRequested',
  'KillSwitchReleased',
]);
const endTypes: { readonly [type: string]: string } = {
  ExecutionStarted: 'it was executed',
  ActionDenied: 'it was denied',
  ActionRejected: 'a person rejected it',
  ActionExpired: 'it expired',
  ActionCancelled: 'a person cancelled it',
  PlanRejected: 'a person rejected it',
  PlanExpired: 'it expired',
  ChangeRejected: 'a person rejected it',
  ChangeExpired: 'it expired',
};

const approvedBy = (event: RecordedEvent, data: Data): string => {
  const plan = data['approved_by'];
  return Array.isArray(plan) ? plan.join(', ') : (textIn(data, 'by') ?? 'the actor of the event');
};

/** Returns the approval that this one came with; null if a person gave it on its own. */
const cameWith = ({ type }: RecordedEvent, data: Data): string | null => {
  if (type === 'PlanApprovalRecorded')
    return `node ${textIn(data, 'node_id')} of plan ${textIn(data, 'plan_id')}`;
  if (type !== 'RollbackApproved') return null;
  const { plan, temporary } = data as { readonly plan?: Data; readonly temporary?: boolean };
  if (plan !== undefined) return `plan ${textIn(plan, 'plan_id')}`;
  return temporary === true ? 'the action, whose change is temporary' : null;
};

/** Returns one approval together with what had been shown to the person. */
const approvalOf = (event: RecordedEvent, shown: Shown | null, missing: Set<string>): AnswerItem => {
  const data = asData(event);
  const { approver } = event.metadata;
  const digest = textIn(data, 'digest') ?? approver?.shown ?? textIn(data, 'flip_list_hash');
  const came = cameWith(event, data);
  if (shown === null && came === null && !event.type.startsWith('KillSwitch'))
    missing.add(`what the person had been shown before ${event.type} of ${event.stream}`);
  if (approver === undefined && came === null)
    missing.add(`the rights of the person at ${event.type} of ${event.stream}: a log of an earlier release`);
  return itemOf(event, `approved by ${approvedBy(event, data)}`, {
    'digest approved': digest,
    ...(approver === undefined
      ? {}
      : {
          'digest that the person named': approver.shown,
          'roles then': approver.roles.join(', '),
          'scopes then': approver.scopes.join(', '),
        }),
    ...(shown === null || came !== null
      ? {}
      : {
          ...shown.facts,
          'digest shown': shown.digest,
          'same digest':
            shown.digest === null || digest === null
              ? null
              : shown.digest === digest
                ? 'yes'
                : 'NO: what was approved is not what was shown last',
        }),
    ...(came === null ? {} : { 'approved with': came }),
    ...(data['solo'] === true
      ? { alone: 'the requester approved it alone, because one person suffices' }
      : {}),
    ...(data['break_glass'] === undefined ? {} : { 'break-glass': canonicalJson(data['break_glass']) }),
  });
};

/** Answers: who approved an action, plan, bundle or change request, and what had they seen? */
export const approvalsFold = (asked: { readonly id: string }): QuestionFold => {
  const subject = new Subject(asked.id);
  const stories = new Map<string, Story>();
  const missing = new Set<string>();
  return {
    take: (event, of) => {
      if (!subject.takes(event, of)) return;
      const story = stories.get(event.stream) ?? { plan: null, shown: null, end: null, items: [] };
      stories.set(event.stream, story);
      if (event.type === 'PlanPrepared') story.plan = (asData(event)['plan'] ?? null) as PlanAnswer | null;
      story.shown = shownBy(event, story.plan) ?? story.shown;
      story.end = (Object.hasOwn(endTypes, event.type) ? endTypes[event.type] : undefined) ?? story.end;
      if (approvalTypes.has(event.type)) story.items.push(approvalOf(event, story.shown, missing));
    },
    relevant: (_of, stream) => subject.means(stream),
    answer: (): FoldAnswer => {
      const meant = [...stories].filter(([stream]) => subject.means(stream));
      const items = meant.flatMap(([, story]) => story.items);
      const ends = meant.flatMap(([, { end }]) => (end === null ? [] : [end]));
      return {
        found: meant.length > 0,
        summary:
          items.length > 0
            ? `${counted(items.length, 'approval')} of ${subject.ids().join(', ')}`
            : `nobody approved ${subject.ids().join(', ')}${ends.length === 0 ? '' : `; ${ends.join(', ')}`}`,
        items,
        missing: [...missing],
        notes: ['An export names people by their `person_id`; the API and `privacy export` open the names.'],
      };
    },
  };
};
