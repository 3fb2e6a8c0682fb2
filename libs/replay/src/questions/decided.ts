import type { ActionIntentV1 } from '@interlock/contracts';
import type { ReleaseStarted, RecordedEvent } from '@interlock/kernel';
import type { ActionEvent, RecordedGate } from '@interlock/rails';
import { itemOf, type AnswerItem, type QuestionFold } from './answer.js';
import { Subject } from './subject.js';

type Release = { readonly id: string; readonly writer: string; readonly first: RecordedEvent };

const list = (values: readonly (string | null | undefined)[]): readonly string[] =>
  values.filter((value) => value !== null && value !== undefined);

/** Returns the versions and hashes on which one gate's verdict is based; null if it names none. */
const basisOf = (event: RecordedEvent, record: RecordedGate): AnswerItem | null => {
  switch (record.gate) {
    case 'policy': {
      const { policies, bundle, versions, position } = record.saw.evaluation;
      const hashes =
        (
          versions as {
            readonly policies?: readonly { policy_id: string; version: number; content_hash: string }[];
          }
        ).policies ?? [];
      return itemOf(event, `policy gate: ${record.verdict}`, {
        'policies that matched': (
          policies.matched as readonly { policy_id: string; version: number; decision: string }[]
        ).map(({ policy_id, version, decision }) => `${policy_id} version ${version}: ${decision}`),
        'policies in force': hashes.map(
          ({ policy_id, version, content_hash }) =>
            `${policy_id} version ${version}, content ${content_hash}`,
        ),
        bundle:
          bundle.bundle_id === null || bundle.bundle_id === undefined
            ? 'none'
            : `${bundle.bundle_id} ${bundle.bundle_version}, ${bundle.variant}, hash ${bundle.bundle_hash}`,
        rule: bundle.rule_id,
        'at position': position,
      });
    }
    case 'prediction': {
      const { basis, memory_version, risk_score, confidence, explanation, traces, input } = record.saw.answer;
      return itemOf(event, `digital twin: risk ${risk_score}`, {
        basis,
        'memory at position': memory_version,
        'rules of the twin': (input as { readonly version?: number }).version,
        confidence,
        explanation,
        'nearest traces': (traces ?? []).map(({ trace_id, weight }) => `${trace_id}, weight ${weight}`),
      });
    }
    case 'autonomy_mode': {
      const { mode, version } = record.saw.answer;
      return itemOf(event, `autonomy mode: ${mode}`, { 'settings at position': version });
    }
    case 'auto_approval': {
      const { decision, policy_version, version } = record.saw.answer;
      return itemOf(event, `auto-approval: ${decision}`, { policy: policy_version, settings: version });
    }
    case 'posture': {
      const { effective, version } = record.saw.answer;
      return itemOf(event, `posture: ${effective}`, { 'signals at position': version });
    }
    default:
      return null;
  }
};

/** Returns the model that the agent claims, with its version; null if it claims none. */
export const modelOf = ({
  agent_model: model,
  agent_model_version: version,
}: Pick<ActionIntentV1, 'agent_model' | 'agent_model_version'>): string | null =>
  model === undefined && version === undefined
    ? null
    : `${model ?? 'a model without a name'}${version === undefined ? '' : `, version ${version}`}`;

const agentOf = (
  event: RecordedEvent,
  data: Extract<ActionEvent, { type: 'IntentAccepted' }>['data'],
): readonly AnswerItem[] => {
  const { intent, requester, claimed_by, source, action_type, content_hash } = data;
  return [
    itemOf(event, `agent ${intent.agent}, as claimed`, {
      model: modelOf(intent) ?? 'not claimed',
      account: intent.account_id,
      'requested by': requester,
      'for whom, as claimed': claimed_by,
      'source, as claimed': source,
      'confidence, as claimed': intent.confidence_score,
      'risk, as claimed': intent.risk_level,
      'content hash': content_hash,
    }),
    itemOf(event, `action type ${action_type.action_type}`, {
      version: action_type.version ?? 'built in',
      hash: action_type.hash,
    }),
  ];
};

/** Answers: which release, policy, twin and agent decided an action? */
export const decidedFold = (asked: { readonly id: string }): QuestionFold => {
  const subject = new Subject(asked.id);
  const started = new Map<string, ReleaseStarted['data']>();
  const stories = new Map<
    string,
    { readonly items: AnswerItem[]; readonly releases: Map<string, Release> }
  >();
  return {
    take: (event, of) => {
      if (event.type === 'ReleaseStarted' && of.category === 'release') {
        started.set(event.id, event.data as ReleaseStarted['data']);
        return;
      }
      if (of.category !== 'action' || !subject.takes(event, of)) return;
      const story = stories.get(event.stream) ?? { items: [], releases: new Map<string, Release>() };
      stories.set(event.stream, story);
      const { release: id, writer } = event.metadata;
      if (id !== undefined && !story.releases.has(id))
        story.releases.set(id, { id, writer: writer ?? 'a service', first: event });
      const { type, data } = event as unknown as ActionEvent;
      if (type === 'IntentAccepted') story.items.push(...agentOf(event, data));
      if (type === 'GatesJudged' || type === 'RollbackJudged')
        for (const record of data.gates) {
          const item = basisOf(event, record);
          if (item !== null) story.items.push(item);
        }
    },
    relevant: (_of, stream) => subject.means(stream),
    answer: () => {
      const meant = [...stories].filter(([stream]) => subject.means(stream)).map(([, story]) => story);
      const releases = meant.flatMap((story) => [...story.releases.values()]);
      return {
        found: meant.length > 0,
        summary: `what decided ${subject.ids().join(', ')}`,
        items: [
          ...releases.map(({ id, writer, first }) => {
            const data = started.get(id);
            return itemOf(first, `release of ${writer}`, {
              release: id,
              version: data?.version,
              build: data?.build,
              'Node.js': data?.node,
            });
          }),
          ...meant.flatMap(({ items }) => items),
        ],
        missing: list(
          releases.map(({ id, writer }) =>
            started.has(id)
              ? null
              : `version and build of release ${id} of ${writer}: the event is one of \`_system\``,
          ),
        ),
        notes: [
          'The agent, its model, its source and its confidence are its own claims. Nothing proves which model ran.',
        ],
      };
    },
  };
};
