import type { RecordedEvent } from '@interlock/kernel';
import { endEventTypes, type ActionEvent, type RecordedGate } from '@interlock/rails';
import { gateStep } from '../trace/gates.js';
import { counted, itemOf, type AnswerItem, type FoldAnswer, type QuestionFold } from './answer.js';
import { isWithin, type Period } from './period.js';

type Walk = {
  readonly what: string;
  readonly by: string;
  readonly gates: Map<string, RecordedGate>;
  window: string | null;
};
const bases = {
  allow: 'no gate asked for a person',
  elapsed: 'a confirmation window ran out without an objection',
} as const;

/** Returns what each gate saw and why it did not ask, by the name of the gate. */
const gateFacts = (gates: Walk['gates']): { readonly [name: string]: readonly string[] } =>
  Object.fromEntries([...gates].map(([name, record]) => [`gate ${name}`, gateStep(record).lines]));

/** Answers: what ran without a person's approval, and on what basis? */
export const unapprovedFold = (asked: Period): QuestionFold => {
  const walks = new Map<string, Walk>();
  const items: AnswerItem[] = [];
  const late = new Set<string>();
  let executions = 0;
  const started = (
    event: RecordedEvent,
    data: Extract<ActionEvent, { type: 'ExecutionStarted' }>['data'],
  ): void => {
    if (!isWithin(asked, event)) return;
    executions += 1;
    if (data.basis === 'approved' || data.basis === 'confirmed') return;
    const walk = walks.get(event.stream);
    if (walk === undefined) late.add(event.stream);
    items.push(
      itemOf(event, `${walk?.what ?? 'an action whose beginning is not in the file'}: ${bases[data.basis]}`, {
        action: event.stream,
        'requested by': walk?.by,
        basis: data.basis,
        window: walk?.window,
        plan: data.plan_hash,
        handler: `${data.handler.service} ${data.handler.name}`,
        ...(walk === undefined ? {} : gateFacts(walk.gates)),
      }),
    );
  };
  return {
    take: (event, { category }) => {
      if (category !== 'action') return;
      const { type, data } = event as unknown as ActionEvent;
      if (endEventTypes.has(type)) {
        walks.delete(event.stream);
        return;
      }
      const walk = walks.get(event.stream);
      switch (type) {
        case 'IntentAccepted': {
          const { action_type, entity_id, agent, account_id } = data.intent;
          const what = `${action_type} on ${entity_id}`;
          const by = `${data.requester}, agent ${agent}, account ${account_id}`;
          walks.set(event.stream, { what, by, gates: new Map(), window: null });
          return;
        }
        case 'GatesJudged':
          for (const record of data.gates) walk?.gates.set(record.gate, record);
          return;
        case 'ConfirmationWindowOpened':
          if (walk !== undefined)
            walk.window = `${data.window_s} s by policy ${data.policy_id ?? 'none'}, until ${data.due_at}`;
          return;
        case 'ConfirmationWindowStarted':
          if (walk !== undefined && walk.window !== null)
            walk.window += `; channel ${data.channel_id} has told people, then until ${data.due_at}`;
          return;
        case 'ExecutionStarted':
          started(event, data);
          return;
        default:
      }
    },
    answer: (): FoldAnswer => ({
      found: true,
      summary: `${counted(items.length, 'execution')} of ${executions} without a person's approval`,
      items,
      missing: [...late].map((stream) => `the beginning of ${stream}`),
      notes: [
        'The gates are those of the last look before the execution. Undoing a failed change needs no approval and is not listed.',
      ],
    }),
  };
};
