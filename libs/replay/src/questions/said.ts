import type { CallEvent, UndoNotes } from '@interlock/agents';
import { canonicalJson, type RecordedEvent } from '@interlock/kernel';
import type { DeviceTxEvent } from '@interlock/network';
import { deviceStep } from '../trace/device.js';
import { counted, dataFacts, itemOf, reasonTexts, type AnswerItem, type QuestionFold } from './answer.js';
import { Subject } from './subject.js';

type Data = { readonly [name: string]: unknown };

const contentText = (content: UndoNotes | undefined): string =>
  content === undefined
    ? 'not kept: the log has its hash and size only'
    : 'plain' in content
      ? canonicalJson(content.plain)
      : `sealed: ${content.sealed}`;

/** Requests of Interlock itself, which contain no answer. */
const requests: ReadonlySet<string> = new Set(['CancelRequested', 'InverseEditRequested']);

/** Returns what the device answered, in full hashes; null if the event contains no answer of it. */
const ofDevice = (event: RecordedEvent): AnswerItem | null => {
  const data = event.data as Data;
  if (requests.has(event.type)) return null;
  if (!['exchanges', 'observation', 'reasons', 'read_back_hash'].some((name) => name in data)) return null;
  const { title, lines } = deviceStep(event as unknown as DeviceTxEvent);
  return itemOf(event, title, {
    'hash of what was read back': typeof data['read_back_hash'] === 'string' ? data['read_back_hash'] : null,
    'hash of the state before': typeof data['pre_image_hash'] === 'string' ? data['pre_image_hash'] : null,
    said: lines,
  });
};

/** Returns what a tenant's handler or a tool answered; null if the event contains no answer. */
const ofHandler = (event: RecordedEvent): AnswerItem | null => {
  const { type, data } = event as unknown as CallEvent;
  switch (type) {
    case 'CallApplied':
    case 'CallConfirmed': {
      const { answer } = data;
      const title =
        type === 'CallApplied' ? `handler: applied, as it answered to ${data.by}` : 'handler: confirmed';
      return answer === null
        ? itemOf(event, `${title}, without an answer of its own`)
        : itemOf(event, title, {
            sha256: answer.sha256,
            bytes: answer.bytes,
            text: contentText(answer.content),
          });
    }
    case 'CallObserved':
      return itemOf(event, 'handler: observed', dataFacts(data.observation));
    case 'ApplyRefused':
    case 'CallFailed':
    case 'OutcomeUnknown':
    case 'CallUndone':
    case 'UndoRefused':
    case 'UndoFailed':
      return itemOf(event, `handler: ${type}`, { said: reasonTexts(data.reasons) });
    default:
      return null;
  }
};

const told = (event: RecordedEvent, category: string): AnswerItem | null => {
  switch (category) {
    case 'device_tx':
      return ofDevice(event);
    case 'call':
      return ofHandler(event);
    case 'mcp_call':
      return event.type === 'ToolCallAnswered'
        ? itemOf(event, 'tool call answered to the agent', dataFacts(event.data))
        : null;
    case 'response':
      return itemOf(event, `response: ${event.type}`, dataFacts(event.data));
    default:
      return null;
  }
};

/** Answers: what did the device, the handler or the tool say about an action? */
export const answersFold = (asked: { readonly id: string }): QuestionFold => {
  const subject = new Subject(asked.id);
  const items: { readonly id: string; readonly item: AnswerItem }[] = [];
  const handlers = new Map<string, string>();
  let isFound = false;
  /**
   * Returns the action of an event. Streams of tool calls and of responses have their own ids and
   * name the action.
   */
  const actionOf = (event: RecordedEvent, id: string): string => {
    const named = (event.data as Data)['action_id'];
    return typeof named === 'string' ? named : id.replace(/^work=/, '');
  };
  return {
    take: (event, of) => {
      const id = actionOf(event, of.id);
      if (!subject.takes(event, { ...of, id })) return;
      isFound = true;
      if (event.type === 'ExecutionStarted') {
        const { service, name } = (event.data as { readonly handler: { service: string; name: string } })
          .handler;
        handlers.set(id, `${service} ${name}`);
      }
      const item = told(event, of.category);
      if (item !== null) items.push({ id, item });
    },
    relevant: (_of, stream) => subject.means(stream),
    answer: () => {
      const meant = items.filter(({ id }) => subject.ids().includes(id));
      return {
        found: isFound,
        summary:
          meant.length === 0 && handlers.size === 0
            ? 'no device, handler or tool was asked to act'
            : `${counted(meant.length, 'answer')} about ${subject.ids().join(', ')}`,
        items: meant.map(({ item }) => item),
        missing: [...handlers].flatMap(([id, handler]) =>
          subject.ids().includes(id) && !meant.some((one) => one.id === id)
            ? [`what ${handler} recorded of the execution of ${id}`]
            : [],
        ),
        notes: [
          'Secrets and `persist-id`s in requests to devices are masked. Of an answer of a handler or tool the log keeps the text only where its action type says so.',
        ],
      };
    },
  };
};
