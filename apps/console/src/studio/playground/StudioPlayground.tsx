import { Button, Input, SimpleGrid } from '@mantine/core';
import { Choice } from '../../ui/forms/Choice.js';
import { LinkButton } from '../../ui/LinkButton.js';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { tenantStore } from '../../api/client.js';
import { bundlesQuery } from '../../api/queries.js';
import { useMissingScope } from '../../api/session.js';
import { plainValue } from '../../format.js';
import { useKeys } from '../../shell/keys.js';
import { actionTypesQuery, bundleListQuery, tryCase } from '../api.js';
import { declaredFields } from '../fields.js';
import { missOf, withCondition, type Miss } from './near-miss.js';
import { lookOfEffect, valueIn } from '../rules.js';
import { cols } from '../../ui/tables/Columns.js';
import { ActionButton, Card, UntrustedText, Head, Loaded, Problem } from '../../ui/parts.js';
import { Chip } from '../../ui/states.js';
import { Field } from '../../ui/forms/Field.js';
import { Suggested } from '../../ui/forms/Suggested.js';

const route = getRouteApi('/shell/studio/playground');
type Row = { readonly field: string; readonly value: string };
const first: readonly Row[] = [
  { field: 'risk_score', value: '40' },
  { field: 'time.hour', value: '3' },
];

const contextOf = (rows: readonly Row[]): { readonly [field: string]: unknown } =>
  Object.fromEntries(
    rows
      .filter(({ field, value }) => field.trim() !== '' && value !== '')
      .map(({ field, value }) => [field.trim(), valueIn(value)]),
  );

const fieldCols = { ...cols('minmax(0, 1fr) minmax(0, 1fr) 32px', { gap: 4 }), width: '100%' };

/**
 * One request that the user enters: the deciding rule, its reason, and the rules that nearly
 * decided otherwise.
 */
export const StudioPlayground = (): ReactElement => {
  const { bundle: asked } = route.useSearch();
  const navigate = useNavigate();
  const list = useQuery(bundleListQuery());
  const deciding = useQuery(bundlesQuery());
  const types = useQuery(actionTypesQuery());
  const missing = useMissingScope('POLICY_READ');
  const bundle = asked ?? deciding.data?.active?.id ?? list.data?.items[0]?.id;
  const [agent, setAgent] = useState('night-shift');
  const [action, setAction] = useState('cell_failover');
  const [rows, setRows] = useState<readonly Row[]>(first);
  const decision = useMutation({
    mutationFn: (sent: readonly Row[]) =>
      tryCase(tenantStore.get(), { id: bundle ?? '' }, { agent, action, context: contextOf(sent) }),
  });
  const off =
    missing ??
    (bundle === undefined ? 'There is no bundle to try' : decision.isPending ? 'Still deciding' : undefined);
  const decide = (sent: readonly Row[] = rows): void => {
    if (off === undefined) decision.mutate(sent);
  };
  useKeys({ 'Ctrl+Enter': () => decide() });
  const tryMiss = (miss: Miss): void => {
    const changed = withCondition(rows, miss);
    setRows(changed);
    decide(changed);
  };
  const answer =
    decision.data !== undefined && 'cases' in decision.data ? decision.data.cases.items[0] : undefined;
  const fields = [...declaredFields(types.data?.items ?? [])].sort();
  return (
    <div>
      <Head title="Playground">
        <span className="sub">It writes nothing and creates no action.</span>
        <span className="row ml wrap">
          <LinkButton to="/studio">Policy studio</LinkButton>
        </span>
      </Head>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing={12} style={{ alignItems: 'start' }}>
        <Card title="Request">
          <form
            className="b col"
            style={{ gap: 10 }}
            onSubmit={(event) => {
              event.preventDefault();
              decide();
            }}
          >
            <Loaded query={list} rows={1} what="bundles">
              {({ items }) => (
                <Choice
                  label="Bundle"
                  value={bundle ?? ''}
                  choices={items.map(({ id, version, status }) => ({
                    value: id,
                    label: `${version} ${status}`,
                  }))}
                  onChoose={(id) => void navigate({ to: '/studio/playground', search: { bundle: id } })}
                />
              )}
            </Loaded>
            <div className="f2">
              <Field label="Agent" value={agent} spellCheck={false} onText={setAgent} />
              <Choice
                label="Action"
                value={action}
                choices={[
                  ...new Set([action, ...(types.data?.items ?? []).map(({ action_type: type }) => type)]),
                ]}
                onChoose={setAction}
              />
            </div>
            <fieldset className="fm" style={{ gap: 4, justifyItems: 'start' }}>
              <legend className="sm t2">Fields (omitted ones count as missing)</legend>
              {rows.map(({ field, value }, i) => {
                const set = (change: Partial<Row>): void =>
                  setRows(rows.map((row, at) => (at === i ? { ...row, ...change } : row)));
                return (
                  <div key={i} className="grid" style={fieldCols}>
                    <Suggested
                      aria-label={`Field ${i + 1}`}
                      known={fields}
                      value={field}
                      onChange={(written) => set({ field: written })}
                    />
                    <Input
                      aria-label={`Value ${i + 1}`}
                      value={value}
                      spellCheck={false}
                      onChange={(event) => set({ value: event.target.value })}
                    />
                    <Button
                      variant="subtle"
                      size="sm"
                      aria-label={`Remove field ${i + 1}`}
                      onClick={() => setRows(rows.filter((_, at) => at !== i))}
                    >
                      ×
                    </Button>
                  </div>
                );
              })}
              <Button variant="subtle" size="sm" onClick={() => setRows([...rows, { field: '', value: '' }])}>
                + Field
              </Button>
            </fieldset>
            <div className="row wrap">
              <ActionButton variant="filled" off={off} onAct={() => decide()}>
                {decision.isPending ? 'Deciding…' : 'Decide'} <kbd>Ctrl Enter</kbd>
              </ActionButton>
            </div>
          </form>
        </Card>
        <Card
          title="Decision"
          extra={
            answer === undefined ? undefined : <Chip look={lookOfEffect(answer.decision ?? answer.effect)} />
          }
        >
          <div aria-live="polite">
            {decision.isError ? <Problem error={decision.error} /> : null}
            {answer === undefined ? (
              <p className="note">
                <b>No request yet.</b> The bundle and the guardrails decide together. The strictest wins.
              </p>
            ) : (
              <div className="b col" style={{ gap: 10 }}>
                <p className="long iso">{answer.explanation}</p>
                <dl className="kv">
                  <dt>The bundle says</dt>
                  <dd>{lookOfEffect(answer.effect).word}</dd>
                  <dt>By rule</dt>
                  <dd>{answer.rule_id === null ? 'none' : <UntrustedText text={answer.rule_id} />}</dd>
                  <dt>Matched</dt>
                  <dd className="iso">
                    {answer.matched_rules.length === 0 ? 'none' : answer.matched_rules.join(', ')}
                  </dd>
                  <dt>Missing</dt>
                  <dd className="iso">
                    {answer.unknown_fields.length === 0 ? 'nothing' : answer.unknown_fields.join(', ')}
                  </dd>
                  <dt>Budget</dt>
                  <dd>
                    cost {answer.budget.cost}, compute {answer.budget.compute}
                  </dd>
                </dl>
                <h3 className="sm fw">Nearly matched</h3>
                {(answer.near_misses ?? []).length === 0 ? (
                  <p className="muted sm">No rule or policy missed by one condition only.</p>
                ) : (
                  <ul className="col" style={{ gap: 6 }} aria-label="Near misses">
                    {(answer.near_misses ?? []).map((given, i) => {
                      const miss = missOf(given);
                      return miss === undefined ? null : (
                        <li key={i} className="row wrap">
                          <span className="long iso">
                            <b className="mono">{miss.name}</b> would {miss.would}: {miss.field} is{' '}
                            {plainValue(miss.actual)}, it needs {miss.op} {plainValue(miss.value)}
                          </span>
                          <Button
                            className="ml"
                            size="sm"
                            aria-label={`Try ${miss.field} for ${miss.name}`}
                            onClick={() => tryMiss(miss)}
                          >
                            Try it
                          </Button>
                        </li>
                      );
                    })}
                  </ul>
                )}
              </div>
            )}
          </div>
        </Card>
      </SimpleGrid>
    </div>
  );
};
