import { useState, type ReactElement } from 'react';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { Act, Card } from '../ui/parts.js';
import { ReasonAct } from '../ui/ReasonAct.js';
import { Chip, lookOfStatus } from '../ui/states.js';
import { PolicyEditor } from './PolicyEditor.js';
import { lookOfDecision, policySentence, type Policy } from './policy-words.js';
import { changePolicy } from './queries.js';
import { Uses } from './Uses.js';
import { Versions } from './Versions.js';

type About = { readonly tenant: string; readonly policy: Policy };

const statusActs = {
  active: {
    label: 'Activate…',
    title: 'Activate',
    act: 'Activate the policy',
    text: 'It decides again, from the next evaluation on.',
  },
  disabled: {
    label: 'Disable…',
    title: 'Disable',
    act: 'Disable the policy',
    text: 'It no longer decides. It can be activated again.',
  },
  retired: {
    label: 'Retire…',
    title: 'Retire',
    act: 'Retire the policy',
    text: 'It no longer decides, and nobody can change it any more. Its versions stay readable.',
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

/** One policy: what it says, its versions, who it decided on, and what a person may do to it. */
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
              <Act
                size="sm"
                variant="filled"
                off={missing ?? (editing ? 'It is being edited' : undefined)}
                onAct={() => {
                  setEditing(true);
                }}
              >
                Edit as version {policy.version + 1}
              </Act>
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
      </Card>
      {editing ? (
        <PolicyEditor
          tenant={tenant}
          policy={policy}
          onDone={() => {
            setEditing(false);
          }}
        />
      ) : null}
      <Versions tenant={tenant} policy={policy} />
      <Uses tenant={tenant} id={policy.policy_id} />
    </>
  );
};
