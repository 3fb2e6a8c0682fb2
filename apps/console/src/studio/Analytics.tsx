import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { Schema } from '@interlock/api-types';
import type { ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { counted, numberText } from '../format.js';
import { LinkButton } from '../ui/LinkButton.js';
import { ActionButton, Card, Empty, UntrustedText, Head, Loaded, Problem, Time } from '../ui/parts.js';
import { Chip } from '../ui/states.js';
import { num, Table } from '../ui/tables/Table.js';
import { routeQuery } from '../api/route-query.js';

type Analytics = Schema<'AnalyticsDto'>;
type Suggestion = Schema<'SuggestionDto'>;

const analyticsQuery = () => routeQuery('/api/v1/policy/analytics', ['bundles', 'analytics']);
const suggestionsQuery = () => routeQuery('/api/v1/policy/suggestions', ['bundles', 'suggestions']);

const targetWords: readonly (readonly [keyof Analytics['targets'], string, string])[] = [
  ['rolled_back_pct', 'Bundles that were rolled back', ' %'],
  ['canaries_passing_pct', 'Canaries that passed', ' %'],
  ['coverage_pct', 'Decisions made by a rule', ' %'],
  ['mttr_min', 'Time to roll a bad bundle back', ' min'],
];
const lookOfTarget = (onTarget: boolean | null) =>
  onTarget === null
    ? ({ kind: 'unk', glyph: 'none', word: 'no figure yet' } as const)
    : onTarget
      ? ({ kind: 'green', glyph: 'ok', word: 'on target' } as const)
      : ({ kind: 'yellow', glyph: 'tri', word: 'off target' } as const);

const Figures = ({ data }: { readonly data: Analytics }): ReactElement => (
  <>
    <Table name="Policy figures" head={['Figure', num('Measured'), 'Target', 'State']}>
      {targetWords.map(([name, words, unit]) => {
        const { value, target, on_target: onTarget } = data.targets[name];
        return (
          <tr key={name}>
            <td>{words}</td>
            <td className="num">{value === null ? '–' : `${numberText(value)}${unit}`}</td>
            <td>{target}</td>
            <td>
              <Chip look={lookOfTarget(onTarget)} />
            </td>
          </tr>
        );
      })}
    </Table>
    <p className="b t2">
      From <Time at={data.from} zoned /> to <Time at={data.to} zoned />:{' '}
      {counted(data.rollbacks.activated, 'bundle')} activated, {data.rollbacks.rolled_back} rolled back;{' '}
      {counted(data.coverage.governed, 'decision')} of {numberText(data.coverage.evaluations, 0)} by a rule.
    </p>
    {data.active === null || data.active.never_hit.length === 0 ? null : (
      <p className="b t2 long iso">
        Rules of {data.active.version} that matched nothing: {data.active.never_hit.join(', ')}
      </p>
    )}
  </>
);

const Rules = ({ rules }: { readonly rules: Analytics['rules'] }): ReactElement => (
  <Card title="Matches by rule">
    {rules.length === 0 ? (
      <Empty>
        <b>No rule matched in this period.</b>
      </Empty>
    ) : (
      <Table name="Rules" head={['Rule', 'Bundle', num('Matches'), 'Decisions']}>
        {rules.map((rule) => (
          <tr key={`${rule.bundle_version} ${rule.rule_id}`}>
            <td className="mono iso">{rule.rule_id}</td>
            <td className="mono iso">{rule.bundle_version}</td>
            <td className="num">{numberText(rule.hits, 0)}</td>
            <td>
              {Object.entries(rule.decisions)
                .map(([decision, count]) => `${decision} ${numberText(Number(count), 0)}`)
                .join(', ')}
            </td>
          </tr>
        ))}
      </Table>
    )}
  </Card>
);

const kindWords: { readonly [K in Suggestion['kind']]: string } = {
  approvals: 'People keep approving it',
  denials: 'People keep rejecting it',
  incidents: 'It keeps ending in incidents',
};

/** A rule that past decisions of people suggest. A draft made from it is an ordinary bundle. */
const Suggested = ({ item }: { readonly item: Suggestion }): ReactElement => {
  const missing = useMissingScope('POLICY_WRITE');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const draft = useSend(
    (_sent: undefined) => call('post', '/api/v1/policy/suggestions/{id}/draft', { path: { id: item.id } }),
    ['bundles'],
  );
  const { approved, rejected, denied_by_policy: denied, executed, failed, incidents } = item.evidence;
  return (
    <div className="b">
      <h3 className="line iso">
        {kindWords[item.kind]}: <span className="mono">{item.action_type}</span> by{' '}
        <UntrustedText text={item.agent} />
      </h3>
      <p className="t2 long iso">{item.because}</p>
      <p className="muted sm">
        {approved} approved, {rejected} rejected, {denied} denied by a rule, {executed} executed, {failed}{' '}
        failed, {counted(incidents, 'incident')}
      </p>
      {item.drafted_version === null ? (
        <ActionButton
          size="sm"
          off={missing}
          sending={draft.isPending}
          label={`Draft the rule ${item.rule.id}`}
          onAct={() =>
            draft.mutate(undefined, {
              onSuccess: ({ id }) => {
                void queries.invalidateQueries({ queryKey: ['bundles', 'list'] });
                void navigate({ to: '/studio/$bundle/$step', params: { bundle: id, step: 'edit' } });
              },
            })
          }
        >
          Draft the rule
        </ActionButton>
      ) : (
        <p className="sm">Drafted as {item.drafted_version}.</p>
      )}
      {draft.isError ? <Problem error={draft.error} what="nothing was drafted" /> : null}
    </div>
  );
};

/** The figures of bundles and rules, and the rules that people's decisions suggest. */
export const StudioAnalytics = (): ReactElement => {
  const analytics = useQuery(analyticsQuery());
  const suggestions = useQuery(suggestionsQuery());
  return (
    <div>
      <Head title="Analytics">
        <span className="ml">
          <LinkButton to="/studio">Policy studio</LinkButton>
        </span>
      </Head>
      <div className="col" style={{ gap: 12 }}>
        <Card title="Suggestions" right="from approvals, rejections and incidents">
          <Loaded query={suggestions} rows={3} what="suggestions">
            {({ items }) =>
              items.length === 0 ? (
                <Empty>
                  <b>No suggestions.</b> Repeated approvals or rejections become a suggested rule here.
                </Empty>
              ) : (
                items.map((item) => <Suggested key={item.id} item={item} />)
              )
            }
          </Loaded>
        </Card>
        <Card title="Figures">
          <Loaded query={analytics} rows={4} what="the figures">
            {(data) => <Figures data={data} />}
          </Loaded>
        </Card>
        {analytics.data === undefined ? null : <Rules rules={analytics.data.rules} />}
      </div>
    </div>
  );
};
