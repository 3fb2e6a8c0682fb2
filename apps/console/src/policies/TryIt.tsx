import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import { useState, type ReactElement } from 'react';
import { call, read } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { riskOf } from '../action/words.js';
import { counted, numberText, plainValue } from '../format.js';
import { actionTypesQuery } from '../studio/api.js';
import { missOf, satisfyingValue, type Miss } from '../studio/playground/near-miss.js';
import { Choice } from '../ui/forms/Choice.js';
import { Field } from '../ui/forms/Field.js';
import { objectIn } from '../ui/forms/object-in.js';
import { ActionButton, Card, Problem } from '../ui/parts.js';
import { Chip } from '../ui/states.js';
import { lookOfDecision, stricterText } from './policy-words.js';

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

/** Builds the request from the form. An empty field is absent from the request. */
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

/** Returns the form with a value that meets a near miss; undefined if it has no field for it. */
const metIn = (form: Form, miss: Miss): Form | undefined => {
  const value = satisfyingValue(miss);
  switch (miss.field) {
    case 'risk_score':
      return { ...form, risk: value };
    case 'confidence':
    case 'confidence_score':
      return { ...form, confidence: value };
    case 'affected_entity_count':
      return { ...form, entities: value };
    case 'posture': {
      const level = levels.find((one) => one === value);
      return level === undefined ? undefined : { ...form, posture: level };
    }
    default: {
      const name = /^parameters\.([^.]+)$/.exec(miss.field)?.[1];
      const parameters = objectIn(form.parameters);
      if (name === undefined || parameters === undefined) return undefined;
      const given = typeof miss.value === 'string' ? value : (JSON.parse(value) as unknown);
      return { ...form, parameters: JSON.stringify({ ...parameters, [name]: given }) };
    }
  }
};

const versionsText = ({ bundle, policies }: Evaluation): string =>
  [
    ...(bundle.bundle_version === null ? [] : [`bundle ${bundle.bundle_version}`]),
    ...policies.matched.map((one) => `${one.policy_id} ${one.version}`),
  ].join(', ');

type NearMissesProps = {
  readonly answer: Evaluation;
  readonly form: Form;
  readonly onTry: (form: Form) => void;
};
/** The rules and policies that nearly matched. A button tries the value that one of them needs. */
const NearMisses = ({ answer, form, onTry }: NearMissesProps): ReactElement | null => {
  const misses = answer.near_misses.flatMap((given) => missOf(given) ?? []).slice(0, 3);
  return misses.length === 0 ? null : (
    <ul className="col" style={{ gap: 6 }}>
      {misses.map((miss) => {
        const met = metIn(form, miss);
        return (
          <li key={`${miss.name}${miss.field}`} className="sm t2 long iso">
            Nearest miss: {miss.name} would {miss.would} if {miss.field} were {miss.op}{' '}
            {plainValue(miss.value)}; it is {plainValue(miss.actual)}.{' '}
            {met === undefined ? null : (
              <Button size="sm" onClick={() => onTry(met)}>
                Try with {satisfyingValue(miss)}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
};

type AnswerProps = {
  readonly answer: Evaluation;
  readonly form: Form;
  readonly onTry: (form: Form) => void;
};
const Answer = ({ answer, form, onTry }: AnswerProps): ReactElement => (
  <div className="b col bt" style={{ gap: 8 }} role="status">
    <span>
      <Chip look={lookOfDecision(answer.decision)} />
    </span>
    <p className="t2 long iso">{answer.explanation}</p>
    <p className="sm t2">{stricterText(answer.policies.decision, answer.bundle.decision)}</p>
    <NearMisses answer={answer} form={form} onTry={onTry} />
    <dl className="kv">
      <dt>Policies</dt>
      <dd className="long">
        {answer.policies.matched.length === 0
          ? 'none matches'
          : answer.policies.matched
              .map((one) => `${one.policy_id} ${one.version} ${one.decision}`)
              .join(', ')}
      </dd>
      <dt>Bundle</dt>
      <dd className="long iso">
        {answer.bundle.rule_id === null
          ? 'no rule matches'
          : `${answer.bundle.rule_id} ${answer.bundle.decision}: ${answer.bundle.reason ?? 'no reason'}`}
      </dd>
      <dt>Limits</dt>
      <dd>{limitsText(answer)}</dd>
      <dt>Judged by</dt>
      <dd className="long iso">{versionsText(answer) || 'no policy and no bundle'}</dd>
      {answer.unknown_fields.length === 0 ? null : (
        <>
          <dt>Not known</dt>
          <dd className="mono long">{answer.unknown_fields.join(', ')}</dd>
        </>
      )}
    </dl>
  </div>
);

type TryItProps = {
  readonly tenant: string;
  readonly actionType: string;
};
/**
 * Evaluates one request against every active policy and the active bundle. It creates no action.
 */
export const TryIt = ({ tenant, actionType }: TryItProps): ReactElement => {
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
  const [from, setFrom] = useState('');
  const fill = useSend(
    (id: string) =>
      read('/api/v1/autonomous/actions/{id}', { path: { id }, tenant }).then((action): Form => ({
        ...form,
        action: action.action_type,
        agent: action.agent,
        entities: String(action.affected_entity_count),
        risk: String(riskOf(action) ?? ''),
        parameters: JSON.stringify(action.parameters),
      })),
    [],
  );
  const set =
    (name: keyof Form) =>
    (value: string): void =>
      setForm((old) => ({ ...old, [name]: value }));
  const figure = (
    name: 'risk' | 'confidence' | 'entities',
    label: string,
    inputMode: 'decimal' | 'numeric',
  ): ReactElement => (
    <Field label={label} inputMode={inputMode} value={form[name]} maxLength={10} onText={set(name)} />
  );
  const off =
    missing ??
    (form.agent.trim() === '' ? 'Enter the agent' : undefined) ??
    ([form.entities, form.confidence, form.risk].some((text) => Number.isNaN(numberIn(text) ?? 0))
      ? 'Entities, confidence and risk must be numbers'
      : undefined) ??
    (objectIn(form.parameters) === undefined ? 'The parameters must be a JSON object' : undefined);
  return (
    <Card title="Try it" right="creates no action">
      <form
        className="b fm"
        onSubmit={(event) => event.preventDefault()}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && off === undefined)
            evaluate.mutate(bodyOf(form));
        }}
      >
        <div className="f2">
          <Choice
            label="Action type"
            value={form.action}
            choices={[
              ...new Set([form.action, ...(types.data?.items ?? []).map(({ action_type: type }) => type)]),
            ]}
            onChoose={set('action')}
          />
          <Field label="Agent" className="mono" value={form.agent} maxLength={63} onText={set('agent')} />
        </div>
        <div className="f2">
          {figure('risk', 'Risk score, 1 to 99', 'decimal')}
          {figure('confidence', 'Confidence, 0 to 1', 'decimal')}
        </div>
        <div className="f2">
          {figure('entities', 'Entities', 'numeric')}
          <Choice label="Posture" value={form.posture} choices={levels} onChoose={set('posture')} />
        </div>
        <Field
          label="Parameters, as JSON"
          className="mono"
          value={form.parameters}
          maxLength={4000}
          onText={set('parameters')}
        />
        <div className="row wrap">
          <ActionButton
            variant="filled"
            off={off}
            showReason
            sending={evaluate.isPending}
            onAct={() => evaluate.mutate(bodyOf(form))}
          >
            Evaluate <kbd>Ctrl ⏎</kbd>
          </ActionButton>
        </div>
        <div className="row">
          <Field
            aria-label="Action to take the values from"
            className="mono grow"
            placeholder="id of an action"
            value={from}
            maxLength={36}
            onText={setFrom}
          />
          <ActionButton
            size="sm"
            off={from.trim() === '' ? 'Enter the id of an action' : undefined}
            sending={fill.isPending}
            onAct={() => fill.mutate(from.trim(), { onSuccess: setForm })}
          >
            From an action
          </ActionButton>
        </div>
        {fill.isError ? <Problem error={fill.error} what="the action could not be read" /> : null}
        {evaluate.isError ? <Problem error={evaluate.error} what="nothing was evaluated" /> : null}
      </form>
      {evaluate.data === undefined ? null : (
        <Answer
          answer={evaluate.data}
          form={form}
          onTry={(next) => {
            setForm(next);
            evaluate.mutate(bodyOf(next));
          }}
        />
      )}
    </Card>
  );
};
