import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Schema } from '@interlock/api-types';
import { useState, type ReactElement } from 'react';
import { useMissingScope } from '../api/session.js';
import { sentence } from '../format.js';
import { NoAccessCard } from '../ui/dialogs/NoAccess.js';
import { Card, DryRun, Empty, Loaded, Time } from '../ui/parts.js';
import { SegmentedControl } from '../ui/forms/SegmentedControl.js';
import { Chip } from '../ui/states.js';
import { num, Table } from '../ui/tables/Table.js';
import { lookOfDecision, versionText, type PolicyVersion } from './policy-words.js';
import { usesQuery, versionsQuery } from './queries.js';

type Use = Schema<'PolicyUseDto'>;
/** A line of the trail: an evaluation that considered the policy, or a change of the policy. */
type Line =
  | { readonly kind: 'evaluation'; readonly at: string; readonly use: Use }
  | { readonly kind: 'change'; readonly at: string; readonly version: PolicyVersion };

const Evaluation = ({ use }: { readonly use: Use }): ReactElement => (
  <tr>
    <td>
      <Time at={use.at} />
    </td>
    <td>
      {use.action_id === null ? (
        sentence(use.action_type)
      ) : (
        <Link to="/actions/$id" params={{ id: use.action_id }}>
          {sentence(use.action_type)}
        </Link>
      )}
      <DryRun of={use} />
      <div className="xs muted long iso" style={{ whiteSpace: 'normal' }}>
        <bdi>{use.agent}</bdi>; {use.matched ? 'matched' : 'did not match'} as version{' '}
        {use.policy_version ?? '–'}; {use.explanation}
      </div>
    </td>
    <td>
      <Chip plain look={lookOfDecision(use.decision)} />
    </td>
    <td className="num mono xs muted">{use.position}</td>
  </tr>
);

const Change = ({ version }: { readonly version: PolicyVersion }): ReactElement => (
  <tr>
    <td>
      <Time at={version.made_at} />
    </td>
    <td>
      Version {version.version}
      <div className="xs muted">
        <bdi>{version.made_by}</bdi>; {versionText(version)}
      </div>
    </td>
    <td className="t2">changed</td>
    <td />
  </tr>
);

const shows = { all: 'All', evaluation: 'Evaluations', change: 'Changes' } as const;

const List = ({ tenant, id }: { readonly tenant: string; readonly id: string }): ReactElement => {
  const [show, setShow] = useState<keyof typeof shows>('all');
  const uses = useQuery(usesQuery(tenant, id));
  const versions = useQuery(versionsQuery(tenant, id));
  const lines: readonly Line[] = [
    ...(uses.data?.items ?? []).map((use): Line => ({ kind: 'evaluation', at: use.at, use })),
    ...(versions.data?.items ?? []).map((version): Line => ({
      kind: 'change',
      at: version.made_at,
      version,
    })),
  ]
    .filter(({ kind }) => show === 'all' || kind === show)
    .toSorted((a, b) => b.at.localeCompare(a.at));
  return (
    <Card
      title="Audit trail"
      extra={<SegmentedControl label="Show" value={show} choices={shows} onChoose={setShow} />}
      right={
        <Link to="/audit" search={{ stream: `policy-${tenant}:${id}` }}>
          In audit
        </Link>
      }
    >
      <Loaded query={uses} rows={4} what="the audit trail">
        {({ items }) =>
          items.length === 0 && show !== 'change' ? (
            <Empty>
              <b>No evaluation used it yet.</b> Evaluations appear here with the first action of its types.
            </Empty>
          ) : (
            <Table name="Audit trail" head={['Time', 'What', 'Final decision', num('Position')]}>
              {lines.map((line) =>
                line.kind === 'change' ? (
                  <Change key={`version ${line.version.version}`} version={line.version} />
                ) : (
                  <Evaluation key={line.use.evaluation_id} use={line.use} />
                ),
              )}
            </Table>
          )
        }
      </Loaded>
    </Card>
  );
};

/** The evaluations that used a policy, for users who may read them. */
export const Uses = (about: { readonly tenant: string; readonly id: string }): ReactElement => {
  const missing = useMissingScope('POLICY_AUDIT');
  return missing === undefined ? <List {...about} /> : <NoAccessCard card="Audit trail" missing={missing} />;
};
