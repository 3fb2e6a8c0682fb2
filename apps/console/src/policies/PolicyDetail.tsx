import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { ActionButton, Card } from '../ui/parts.js';
import { ReasonAct } from '../ui/dialogs/ReasonAct.js';
import { cols } from '../ui/tables/Columns.js';
import { Chip, lookOfStatus } from '../ui/states.js';
import { PolicyEditor } from './PolicyEditor.js';
import { lookOfDecision, policySentence, type Policy } from './policy-words.js';
import { changePolicy, usesQuery } from './queries.js';
import { Uses } from './Uses.js';
import { Versions } from './Versions.js';

type About = { readonly tenant: string; readonly policy: Policy };

const statusActs = {
  active: {
    label: 'Activate…',
    title: 'Activate',
    act: 'Activate the policy',
    text: 'It takes part in decisions again from the next evaluation.',
  },
  disabled: {
    label: 'Disable…',
    title: 'Disable',
    act: 'Disable the policy',
    text: 'It no longer takes part in decisions. You can activate it again.',
  },
  retired: {
    label: 'Retire…',
    title: 'Retire',
    act: 'Retire the policy',
    text: 'It no longer takes part in decisions, and nobody can change it. Its versions stay readable.',
  },
} as const;

const StatusAct = ({
  tenant,
  policy,
  to,
}: About & { readonly to: keyof typeof statusActs }): ReactElement => {
  const missing = useMissingScope('POLICY_WRITE');
  const change = useSend(
    (reason: string) => changePolicy(tenant, policy, { status: to }, reason),
    ['policies'],
    `The policy ${policy.policy_id} is ${to}.`,
  );
  const { label, title, act, text } = statusActs[to];
  return (
    <ReasonAct
      label={label}
      off={missing}
      title={`${title} ${policy.policy_id}`}
      act={act}
      send={change}
      danger={to === 'retired'}
    >
      <p className="t2">{text}</p>
    </ReasonAct>
  );
};

/** What the policy did in its latest evaluations. Only auditors may read them. */
const Figures = ({ tenant, policy }: About): ReactElement | null => {
  const missing = useMissingScope('POLICY_AUDIT');
  const { data } = useQuery({ ...usesQuery(tenant, policy.policy_id), enabled: missing === undefined });
  if (data === undefined || data.items.length === 0) return null;
  const matched = data.items.filter((use) => use.matched);
  const decided = (decision: string): number => matched.filter((use) => use.decision === decision).length;
  const limit = policy.max_affected_entities;
  const figures = [
    [`${matched.length} of ${data.items.length}`, 'of the latest evaluations matched'],
    [String(decided('CONFIRM')), 'opened a window'],
    [String(decided('DENY')), 'were denied'],
    [limit === null ? 'none' : String(limit), 'limit of entities by it'],
  ] as const;
  return (
    <div className="figs bt" style={cols('none', { pad: 9 })}>
      {figures.map(([value, words]) => (
        <div key={words}>
          <b>{value}</b>
          <span>{words}</span>
        </div>
      ))}
    </div>
  );
};

/**
 * One policy: its content, its versions, its past decisions, and the changes that a person may
 * make.
 */
export const PolicyDetail = ({ tenant, policy }: About): ReactElement => {
  const [editing, setEditing] = useState(false);
  const missing = useMissingScope('POLICY_WRITE');
  return (
    <>
      <Card
        title={policy.policy_id}
        extra={
          <>
            <span className="tag">version {policy.version}</span>
            <Chip plain look={lookOfStatus(policy.status)} />
          </>
        }
        right={
          policy.status === 'retired' ? undefined : (
            <span className="row wrap">
              {policy.status === 'active' ? (
                <StatusAct tenant={tenant} policy={policy} to="disabled" />
              ) : (
                <>
                  <StatusAct tenant={tenant} policy={policy} to="active" />
                  <StatusAct tenant={tenant} policy={policy} to="retired" />
                </>
              )}
              <ActionButton
                size="sm"
                variant="filled"
                off={missing ?? (editing ? 'You are already editing it' : undefined)}
                onAct={() => setEditing(true)}
              >
                Edit as version {policy.version + 1}
              </ActionButton>
            </span>
          )
        }
      >
        <div className="b col" style={{ gap: 8 }}>
          <b className="long iso">{policy.name}</b>
          <p className="long iso">
            <Chip plain look={lookOfDecision(policy.decision)} /> {policySentence(policy)}
          </p>
        </div>
        <Figures tenant={tenant} policy={policy} />
      </Card>
      {editing ? <PolicyEditor tenant={tenant} policy={policy} onDone={() => setEditing(false)} /> : null}
      <Versions tenant={tenant} policy={policy} />
      <Uses tenant={tenant} id={policy.policy_id} />
    </>
  );
};
