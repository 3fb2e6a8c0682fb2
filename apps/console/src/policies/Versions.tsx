import { policyContentFields } from '@interlock/contracts';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState, type ReactElement } from 'react';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { plainValue } from '../format.js';
import { Button } from '@mantine/core';
import { Card, Loaded, Skeleton, Time } from '../ui/parts.js';
import { ReasonAct } from '../ui/dialogs/ReasonAct.js';
import { SegmentedControl } from '../ui/forms/SegmentedControl.js';
import { Chip, lookOfStatus } from '../ui/states.js';
import { num, Table, unseen } from '../ui/tables/Table.js';
import { changePolicy, comparedQuery, versionsQuery } from './queries.js';
import {
  directionText,
  policyDocument,
  versionText,
  type Policy,
  type PolicyVersion,
} from './policy-words.js';

const MergeView = lazy(async () => ({
  default: (await import('../studio/editor/MergeView.js')).MergeView,
}));

type RestoreProps = {
  readonly tenant: string;
  readonly policy: Policy;
  readonly version: number;
};
const Restore = ({ tenant, policy, version }: RestoreProps): ReactElement => {
  const missing = useMissingScope('POLICY_WRITE');
  const restore = useSend(
    (reason: string) => changePolicy(tenant, policy, { restore_version: version }, reason),
    ['policies'],
    `Version ${version} was restored.`,
  );
  return (
    <ReasonAct
      label={`Restore ${version}…`}
      off={missing ?? (policy.status === 'retired' ? 'A retired policy cannot change' : undefined)}
      title={`Restore version ${version} of ${policy.policy_id}`}
      act={`Restore version ${version}`}
      send={restore}
    >
      <p className="t2">
        This creates version {policy.version + 1} with the content of version {version}. Version{' '}
        {policy.version} stays readable.
      </p>
    </ReasonAct>
  );
};

type ComparedProps = {
  readonly tenant: string;
  readonly policy: Policy;
  readonly from: number;
};
const Compared = ({ tenant, policy, from }: ComparedProps): ReactElement => {
  const [view, setView] = useState<'fields' | 'json'>('fields');
  const compared = useQuery(comparedQuery(tenant, policy.policy_id, from, policy.version));
  const names = [`Version ${from}`, `Version ${policy.version}, current`] as const;
  return (
    <section className="bt" aria-label={`Version ${from} against ${policy.version}`}>
      <div className="row b wrap">
        <b>
          Version {from} against {policy.version}
        </b>
        <span className="grow" />
        <SegmentedControl
          label="Compare by"
          value={view}
          choices={{ fields: 'Fields', json: 'JSON' }}
          onChoose={setView}
        />
      </div>
      <Loaded query={compared} rows={3} what="the comparison">
        {({ from: before, to: after, changes }) =>
          view === 'json' ? (
            <Suspense fallback={<Skeleton rows={6} />}>
              <MergeView before={policyDocument(before)} after={policyDocument(after)} names={names} />
            </Suspense>
          ) : changes.length === 0 ? (
            <p className="note">Both versions have the same content and status.</p>
          ) : (
            <>
              <p className="note">
                <b>{directionText(before, after)}</b> Restoring version {from} makes version{' '}
                {policy.version + 1} with its content; version {policy.version} stays readable.
              </p>
              <Table name="Differences" head={['Field', ...names]}>
                {[...policyContentFields, 'status' as const].map((field) => {
                  const changed = changes.some((change) => change.field === field);
                  return (
                    <tr key={field} className={changed ? undefined : 'muted'}>
                      <td className="mono">{field}</td>
                      <td className="mono" style={{ whiteSpace: 'normal', overflowWrap: 'anywhere' }}>
                        <bdi className={changed ? 'was' : undefined}>{plainValue(before[field])}</bdi>
                      </td>
                      <td className="mono" style={{ whiteSpace: 'normal', overflowWrap: 'anywhere' }}>
                        <bdi className={changed ? 'is' : undefined}>{plainValue(after[field])}</bdi>
                      </td>
                    </tr>
                  );
                })}
              </Table>
            </>
          )
        }
      </Loaded>
    </section>
  );
};

type VersionsProps = {
  readonly tenant: string;
  readonly policy: Policy;
};
/** Every version of a policy, compared with the current one, with a button that restores it. */
export const Versions = ({ tenant, policy }: VersionsProps): ReactElement => {
  const versions = useQuery(versionsQuery(tenant, policy.policy_id));
  const [chosen, setChosen] = useState<number | undefined>();
  const from = chosen ?? policy.version - 1;
  const row = (one: PolicyVersion): ReactElement => (
    <tr key={one.version} className={one.version === from ? 'sel' : undefined}>
      <td className="num">{one.version}</td>
      <td style={{ whiteSpace: 'normal' }}>{versionText(one)}</td>
      <td>
        <Chip plain look={lookOfStatus(one.status)} />
      </td>
      <td>
        <Time at={one.made_at} />
      </td>
      <td>
        <bdi className="clip">{one.made_by}</bdi>
      </td>
      <td>
        {one.version === policy.version ? (
          'current'
        ) : (
          <span className="row">
            <Button size="sm" aria-pressed={one.version === from} onClick={() => setChosen(one.version)}>
              Compare {one.version}
            </Button>
            <Restore tenant={tenant} policy={policy} version={one.version} />
          </span>
        )}
      </td>
    </tr>
  );
  return (
    <Card title="Versions" right={`version ${policy.version} is current`}>
      <Loaded query={versions} rows={3} what="the versions">
        {({ items }) => (
          <Table
            name="Versions"
            head={[num('Version'), 'What', 'Status', 'Made', 'By', unseen('Compare or restore')]}
          >
            {items.map(row)}
          </Table>
        )}
      </Loaded>
      {from >= 1 && from !== policy.version ? (
        <Compared key={from} tenant={tenant} policy={policy} from={from} />
      ) : null}
    </Card>
  );
};
