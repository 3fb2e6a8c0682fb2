import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { counted, numberText } from '../format.js';
import { actionTypesQuery } from '../studio/api.js';
import { Field } from '../ui/Field.js';
import { objectIn } from '../ui/object-in.js';
import { Act, Card, Problem } from '../ui/parts.js';
import { Chip } from '../ui/states.js';
import { lookOfDecision } from './policy-words.js';

type Evaluation = Schema<'EvaluationDto'>;
type Body = Schema<'EvaluateBodyDto'>;
type Posture = NonNullable<Body['posture']>;
const levels: readonly Posture[] = ['GREEN', 'YELLOW', 'ORANGE', 'RED'];

type Form = {
  readonly action: string;
  readonly agent: string;
  readonly entities: string;
  readonly confidence: string;
  readonly risk: string;
  readonly parameters: string;
  readonly posture: Posture;
};
const numberIn = (text: string): number | undefined => (text.trim() === '' ? undefined : Number(text));

/** The request that a form stands for; what is left out is a field that the request lacks. */
const bodyOf = (form: Form): Body => {
  const [entities, confidence, risk] = [form.entities, form.confidence, form.risk].map(numberIn);
  const parameters = objectIn(form.parameters);
  return {
    intent: {
      agent: form.agent.trim(),
      action_type: form.action,
      ...(entities === undefined ? {} : { affected_entity_count: entities }),
      ...(confidence === undefined ? {} : { confidence_score: confidence }),
      ...(parameters === undefined ? {} : { parameters }),
    },
    ...(risk === undefined ? {} : { prediction: { risk_score: risk } }),
    posture: form.posture,
    dry_run: true,
  };
};

const limitsText = ({ limits }: Evaluation): string =>
  [
    limits.max_affected_entities === null
      ? 'no limit of entities'
      : `at most ${counted(limits.max_affected_entities, 'entity', 'entities')}`,
    limits.min_confidence === null
      ? 'the usual confidence'
      : `confidence from ${numberText(limits.min_confidence)}`,
  ].join(', ');

const Answer = ({ answer }: { readonly answer: Evaluation }): ReactElement => (
  <div className="b col bt" style={{ gap: 8 }} role="status">
    <span>
      <Chip look={lookOfDecision(answer.decision)} />
    </span>
    <p className="t2 long iso">{answer.explanation}</p>
    <dl className="kv">
      <dt>Policies</dt>
      <dd className="long">
        {answer.policies.matched.length === 0
          ? 'none speaks of it'
          : answer.policies.matched
              .map((one) => `${one.policy_id} ${one.version} ${one.decision}`)
              .join(', ')}
      </dd>
      <dt>Bundle</dt>
      <dd className="long iso">
        {answer.bundle.rule_id === null
          ? 'no rule speaks of it'
          : `${answer.bundle.rule_id} ${answer.bundle.decision}: ${answer.bundle.reason ?? 'no reason'}`}
      </dd>
      <dt>Limits</dt>
      <dd>{limitsText(answer)}</dd>
      {answer.unknown_fields.length === 0 ? null : (
        <>
          <dt>Not known</dt>
          <dd className="mono long">{answer.unknown_fields.join(', ')}</dd>
        </>
      )}
    </dl>
  </div>
);

/** One request, decided by every policy and the bundle that decide now. It makes no action. */
export const TryIt = ({
  tenant,
  actionType,
}: {
  readonly tenant: string;
  readonly actionType: string;
}): ReactElement => {
  const missing = useMissingScope('POLICY_READ');
  const types = useQuery(actionTypesQuery(tenant));
  const [form, setForm] = useState<Form>({
    action: actionType,
    agent: 'ran-optimizer',
    entities: '3',
    confidence: '0.9',
    risk: '40',
    parameters: '{}',
    posture: 'GREEN',
  });
  const evaluate = useSend(
    (body: Body) =>
      call('post', '/api/v1/policies/{tenantId}/evaluate', { path: { tenantId: tenant }, tenant, body }),
    [],
  );
  const set =
    (name: keyof Form) =>
    (value: string): void => {
      setForm((old) => ({ ...old, [name]: value }));
    };
  const figure = (
    name: 'risk' | 'confidence' | 'entities',
    label: string,
    inputMode: 'decimal' | 'numeric',
  ): ReactElement => (
    <Field label={label} inputMode={inputMode} value={form[name]} maxLength={10} onText={set(name)} />
  );
  const off =
    missing ??
    (form.agent.trim() === '' ? 'Name the agent' : undefined) ??
    ([form.entities, form.confidence, form.risk].some((text) => Number.isNaN(numberIn(text) ?? 0))
      ? 'Entities, confidence and risk are numbers'
      : undefined) ??
    (objectIn(form.parameters) === undefined ? 'The parameters are not one JSON object' : undefined);
  return (
    <Card title="Try it" right="makes no action">
      <form
        className="b fm"
        onSubmit={(event) => {
          event.preventDefault();
        }}
      >
        <div className="f2">
          <NativeSelect
            label="Action type"
            value={form.action}
            data={[
              ...new Set([form.action, ...(types.data?.items ?? []).map(({ action_type: type }) => type)]),
            ]}
            onChange={(event) => {
              set('action')(event.target.value);
            }}
          />
          <Field label="Agent" className="mono" value={form.agent} maxLength={63} onText={set('agent')} />
        </div>
        <div className="f2">
          {figure('risk', 'Risk score, 1 to 99', 'decimal')}
          {figure('confidence', 'Confidence, 0 to 1', 'decimal')}
        </div>
        <div className="f2">
          {figure('entities', 'Entities', 'numeric')}
          <NativeSelect
            label="Posture"
            value={form.posture}
            data={[...levels]}
            onChange={(event) => {
              set('posture')(event.target.value);
            }}
          />
        </div>
        <Field
          label="Parameters, as JSON"
          className="mono"
          value={form.parameters}
          maxLength={4000}
          onText={set('parameters')}
        />
        <div className="row wrap">
          <Act
            variant="filled"
            off={off}
            showReason
            sending={evaluate.isPending}
            onAct={() => {
              evaluate.mutate(bodyOf(form));
            }}
          >
            Evaluate
          </Act>
        </div>
        {evaluate.isError ? <Problem error={evaluate.error} what="nothing was evaluated" /> : null}
      </form>
      {evaluate.data === undefined ? null : <Answer answer={evaluate.data} />}
    </Card>
  );
};
