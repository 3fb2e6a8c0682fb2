import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense, useState, type ReactElement } from 'react';
import { useMissingScope } from '../api/session.js';
import { sentence, shortId } from '../format.js';
import { planQuery, plansQuery, usePlanDecision } from './queries.js';
import { When } from './When.js';
import { Blast, FailureRule, PlanApproval, TakingBack } from './Side.js';
import {
  brokeOffText,
  cancelOff,
  failedNode,
  listText,
  nodeLook,
  noOf,
  planLook,
  storyOf,
  takingBack,
  type Plan,
} from './words.js';
import { useKeys } from '../shell/keys.js';
import { cols, Columns } from '../ui/tables/Columns.js';
import { whoText } from '../studio/rules.js';
import { CopyLink } from '../ui/CopyLink.js';
import { Dossier } from '../ui/Dossier.js';
import { Glyph, Icon } from '../ui/glyphs.js';
import { ConfirmButton } from '../ui/ConfirmButton.js';
import { Card, DryRun, UntrustedText, Head, Id, Loaded, Problem, Skeleton, Time } from '../ui/parts.js';
import { useRowKeys } from '../ui/tables/rows.js';
import { SegmentedControl } from '../ui/forms/SegmentedControl.js';
import { Chip } from '../ui/states.js';
import { LoadedTable, num, Table } from '../ui/tables/Table.js';
import css from './plan.module.css';
import { cx } from '../ui/cx.js';
import { copyLink } from '../ui/copy.js';

const PlanGraph = lazy(async () => ({ default: (await import('./Graph.js')).PlanGraph }));

export const PlansPage = (): ReactElement => {
  const plans = useQuery(plansQuery());
  useRowKeys();
  return (
    <div>
      <Head title="Plans" />
      <Card title="Actions that belong together" right="one approval, one blast radius, one failure rule">
        <LoadedTable
          query={plans}
          rows={8}
          what="plans"
          name="Plans"
          head={['State', 'Plan', num('Actions'), 'On failure', 'Submitted', 'Ended']}
          none="No plan yet."
          hint={
            <>
              To submit several actions in a fixed order, use{' '}
              <span className="mono">interlock plans submit FILE</span>.
            </>
          }
        >
          {(plan) => (
            <tr key={plan.plan_id}>
              <td>
                <Chip plain look={planLook[plan.state]} />
              </td>
              <td>
                <Link to="/plans/$id" params={{ id: plan.plan_id }} data-row>
                  <bdi>{plan.submission_id.slice(0, 80)}</bdi>
                </Link>
                <DryRun of={plan} />
              </td>
              <td className="num">{plan.nodes}</td>
              <td className="mono">{plan.failure_rule}</td>
              <td>
                <Time at={plan.submitted_at} zoned />
              </td>
              <td>
                <Time at={plan.ended_at} />
              </td>
            </tr>
          )}
        </LoadedTable>
      </Card>
    </div>
  );
};

const Story = ({ plan }: { readonly plan: Plan }): ReactElement => (
  <section className="card o1" aria-label="What happened">
    <div className={cx('figs lnk', css['story'])} style={cols('none', { pad: 11 })}>
      {storyOf(plan).map(({ kind, glyph, title, text }) => (
        <div key={title}>
          <b>
            <Glyph name={glyph} kind={kind} size={15} />
            {title}
          </b>
          <span className="long iso">{text}</span>
        </div>
      ))}
    </div>
  </section>
);

const backText = (plan: Plan, nodeId: string): string => {
  const step = takingBack(plan).find(({ node }) => node.node_id === nodeId);
  if (step === undefined) return 'nothing to take back';
  const { taken_back: done, compensation_state: state } = step.node;
  const word = done === true ? 'done' : done === false ? 'failed' : state === null ? 'waits' : 'now';
  return `${step.no}., ${word}`;
};

const List = ({ plan }: { readonly plan: Plan }): ReactElement => {
  const failed = failedNode(plan)?.node_id;
  return (
    <Card
      title="The same as a list"
      className="o3"
      right={
        <span className="hide-m">
          <kbd>J</kbd> <kbd>K</kbd> move <kbd>Enter</kbd> open the action
        </span>
      }
    >
      <Table
        name="Actions of the plan"
        className={css['list']}
        head={[
          num('No'),
          'Action',
          'State',
          { text: 'After', className: 'hide-m' },
          { text: 'Entities', className: 'hide-m num' },
          { text: 'Dry run', className: 'hide-m' },
          'Taken back',
        ]}
      >
        {plan.nodes.map((node) => {
          const look = nodeLook(node);
          const id = node.action_id ?? node.preview_action_id;
          return (
            <tr key={node.node_id}>
              <td className="num">{noOf(plan, node.node_id)}</td>
              <td>
                <Link className="fw" to="/actions/$id" params={{ id }} data-row>
                  {sentence(node.action_type)}
                </Link>
                <div className="xs muted">
                  <UntrustedText text={node.entity_id} />
                </div>
              </td>
              <td>
                <Chip plain look={look} />
                {node.node_id === failed ? <div className="xs red fw">{brokeOffText(plan)}</div> : null}
              </td>
              <td className="hide-m">
                {listText(node.depends_on.map((before) => String(noOf(plan, before))))}
              </td>
              <td className="hide-m num">{node.affected_entity_count}</td>
              <td className="hide-m t2">
                {node.preview_state === null
                  ? 'under way'
                  : node.holds.length > 0
                    ? `would hold: ${node.holds.map(({ gate }) => sentence(gate).toLowerCase()).join(', ')}`
                    : node.preview_state === 'COMPLETED'
                      ? 'would pass'
                      : sentence(node.preview_state.toLowerCase())}
              </td>
              <td className="long t2">{backText(plan, node.node_id)}</td>
            </tr>
          );
        })}
      </Table>
    </Card>
  );
};

const views = { both: 'Both', graph: 'Graph', list: 'List' } as const;

const Whole = ({ plan }: { readonly plan: Plan }): ReactElement => {
  const [view, setView] = useState<'both' | 'graph' | 'list'>('both');
  return (
    <Columns side={388} wide>
      <div>
        <Story plan={plan} />
        {view === 'list' ? null : (
          <Card
            title="Graph"
            className="o4"
            extra={<SegmentedControl label="View" value={view} choices={views} onChoose={setView} />}
            right={
              <span className="lgd hide-m">
                <span>grey: after</span>
                <span className={css['violet']}>violet: taken back, in this order</span>
              </span>
            }
          >
            <Suspense fallback={<Skeleton rows={6} />}>
              <PlanGraph plan={plan} />
            </Suspense>
          </Card>
        )}
        {view === 'list' ? (
          <SegmentedControl label="View" value={view} choices={views} onChoose={setView} />
        ) : null}
        {view === 'graph' ? null : <List plan={plan} />}
        <When plan={plan} />
      </div>
      <div>
        <TakingBack plan={plan} />
        <PlanApproval key={plan.plan_id} plan={plan} />
        <Blast plan={plan} />
        <FailureRule plan={plan} />
      </div>
    </Columns>
  );
};

const CancelPlan = ({ plan }: { readonly plan: Plan }): ReactElement => {
  const decide = usePlanDecision();
  const missing = useMissingScope('AUTONOMOUS_APPROVE');
  return (
    <span className="row wrap">
      {decide.isError ? <Problem error={decide.error} what="nothing was cancelled" /> : null}
      <ConfirmButton
        id="cancel"
        size="sm"
        always
        off={cancelOff(plan) ?? missing}
        sending={decide.isPending}
        confirm={`Yes, cancel all ${plan.nodes.length}`}
        onAct={() => decide.mutate({ plan, kind: 'cancel', comment: '' })}
      >
        Cancel plan
      </ConfirmButton>
    </span>
  );
};

const route = getRouteApi('/shell/plans/$id');

export const PlanPage = (): ReactElement => {
  const { id } = route.useParams();
  const query = useQuery(planQuery(id));
  useRowKeys();
  useKeys({ y: copyLink });
  return (
    <div>
      <div className="crumb">
        <Link to="/plans">Plans</Link> <Icon name="right" size={11} /> <Id id={id} />
      </div>
      <Loaded query={query} rows={12} what="this plan">
        {(plan) => (
          <>
            <div className="ph">
              <h1 className="iso">{plan.description ?? plan.submission_id}</h1>
              <Chip look={planLook[plan.state]} />
              <DryRun of={plan} />
              <span className="ml row wrap">
                <CopyLink />
                <Dossier />
                <CancelPlan key={plan.plan_id} plan={plan} />
              </span>
            </div>
            <div className="meta">
              <span>
                Submitted{' '}
                <b>
                  <Time at={plan.submitted_at} zoned />
                </b>
              </span>
              <span>
                by{' '}
                <b className="iso">
                  {plan.requester.startsWith('person:')
                    ? `person ${shortId(plan.requester.slice(7))}`
                    : plan.requester}
                </b>
              </span>
              <span>
                actions <b>{plan.nodes.length}</b>
              </span>
              <span>
                entities{' '}
                <b>
                  {plan.affected_entity_count} of at most {plan.max_affected_entities}
                </b>
              </span>
              <span>
                on failure <b className="mono">{plan.failure_rule}</b>
              </span>
              {plan.approval === null || plan.approval.approved_by.length === 0 ? null : (
                <span>
                  approved by <b className="iso">{plan.approval.approved_by.map(whoText).join(', ')}</b>
                </span>
              )}
              {plan.ended_at === null && cancelOff(plan) !== undefined ? (
                <span>Cancel is off: {cancelOff(plan)?.toLowerCase()}.</span>
              ) : null}
            </div>
            <Whole plan={plan} />
          </>
        )}
      </Loaded>
    </div>
  );
};
