import { useQuery } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import { Link } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { call, read } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { counted, numberText, sentence } from '../format.js';
import { Columns } from '../ui/tables/Columns.js';
import { Field } from '../ui/forms/Field.js';
import { ActionButton, Card, Head } from '../ui/parts.js';
import { LoadedTable, unseen } from '../ui/tables/Table.js';
import { lintSettingsQuery } from './api.js';
import { DocumentForm, type Written } from './editor/DocumentForm.js';
import { SettingCard } from './editor/SettingCard.js';
import { routeQuery } from '../api/route-query.js';

const keys = ['bundles'];

const teamsQuery = () => routeQuery('/api/v1/policy/teams', ['bundles', 'teams']);
const rolloutQuery = () => routeQuery('/api/v1/policy/rollout/settings', ['bundles', 'rollout-settings']);
const signingQuery = () => routeQuery('/api/v1/policy/signing', ['bundles', 'signing']);

/** A team that is edited: its members as they are now, or a new one. */
type Edited = { readonly id: string | undefined; readonly document: object; readonly revision?: string };
type NewTeam = { readonly name: string; readonly agents?: string[]; readonly accounts?: string[] };

type TeamFormProps = {
  readonly team: Edited;
  readonly onLeave: () => void;
};
const TeamForm = ({ team, onLeave }: TeamFormProps): ReactElement => {
  const missing = useMissingScope('POLICY_ACTIVATE');
  const [name, setName] = useState('');
  const id = team.id ?? name.trim();
  const put = useSend(
    ({ content, reason }: Written) =>
      call('put', '/api/v1/policy/teams/{teamId}', {
        path: { teamId: id },
        body: content as NewTeam,
        revision: team.revision,
        reason,
      }),
    keys,
    'The team was saved.',
  );
  return (
    <DocumentForm
      title={team.id === undefined ? 'New team' : `Change team ${team.id}`}
      label="Team as JSON"
      document={JSON.stringify(team.document, null, 2)}
      act="Save the team"
      off={missing ?? (id === '' ? 'Give its id' : undefined)}
      send={put}
      onSend={(written) => put.mutate(written, { onSuccess: onLeave })}
      onLeave={onLeave}
    >
      {team.id === undefined ? (
        <Field label="Id" className="mono" value={name} maxLength={63} onText={setName} />
      ) : null}
    </DocumentForm>
  );
};

/** The teams, whose bundles decide for their agents and accounts. */
const Teams = (): ReactElement => {
  const teams = useQuery(teamsQuery());
  const missing = useMissingScope('POLICY_ACTIVATE');
  const [edited, setEdited] = useState<Edited | undefined>();
  const begin = useSend((teamId: string) => read('/api/v1/policy/teams/{teamId}', { path: { teamId } }), []);
  return (
    <>
      <Card
        title="Teams"
        right={
          <ActionButton
            size="sm"
            off={missing}
            onAct={() => setEdited({ id: undefined, document: { name: '', agents: [], accounts: [] } })}
          >
            New team…
          </ActionButton>
        }
      >
        <LoadedTable
          query={teams}
          rows={3}
          what="teams"
          name="Teams"
          head={['Team', 'Agents', 'Accounts', unseen('Change')]}
          none="There is no team."
          hint="The bundle of the tenant decides for every agent."
        >
          {({ team_id: id, name, agents, accounts }) => (
            <tr key={id}>
              <td>
                <b className="iso">{name}</b> <span className="mono muted iso">{id}</span>
              </td>
              <td className="iso long">{agents.join(', ') || 'none'}</td>
              <td className="iso long">{accounts.join(', ') || 'none'}</td>
              <td>
                <ActionButton
                  size="sm"
                  label={`Change ${id}…`}
                  off={missing}
                  sending={begin.isPending}
                  onAct={() =>
                    begin.mutate(id, {
                      onSuccess: (team) =>
                        setEdited({
                          id,
                          document: { name: team.name, agents: team.agents, accounts: team.accounts },
                          revision: team.revision,
                        }),
                    })
                  }
                >
                  Change…
                </ActionButton>
              </td>
            </tr>
          )}
        </LoadedTable>
      </Card>
      {edited === undefined ? null : (
        <TeamForm key={edited.id ?? ''} team={edited} onLeave={() => setEdited(undefined)} />
      )}
    </>
  );
};

type Rollout = Schema<'RolloutSettingsDto'>;
const rolloutFigures = [
  'error_budget_pct',
  'sample_ratio_budget_pct',
  'cost_bound',
  'dwell_h',
  'incident_min_executions',
] as const satisfies readonly (keyof Rollout)[];

/** By what a bundle is promoted, held or taken back while it is rolled out. */
const RolloutSetting = (): ReactElement => (
  <SettingCard
    title="Rollout"
    query={useQuery(rolloutQuery())}
    scope="POLICY_ACTIVATE"
    documentOf={(settings) => settings}
    put={(_settings, { content, reason }) =>
      call('put', '/api/v1/policy/rollout/settings', { body: content, reason })
    }
    keys={keys}
  >
    {(settings) => (
      <dl className="kv b">
        {rolloutFigures.map((name) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{sentence(name)}</dt>
            <dd>{numberText(settings[name])}</dd>
          </div>
        ))}
        <dt>Promotes by itself</dt>
        <dd>{settings.auto_promote ? 'yes' : 'no'}</dd>
        <dt>Incidents</dt>
        <dd>{counted(settings.incident_table.length, 'row')} of the incident table</dd>
      </dl>
    )}
  </SettingCard>
);

/** The signatures that an import needs, and the keys that sign an export. */
const SigningSetting = (): ReactElement => (
  <SettingCard
    title="Signing"
    query={useQuery(signingQuery())}
    scope="POLICY_ACTIVATE"
    documentOf={({ demand }) => ({ demand })}
    put={({ revision }, { content, reason }) =>
      call('put', '/api/v1/policy/signing', { body: content as Schema<'SigningDto'>, revision, reason })
    }
    keys={keys}
  >
    {({ demand, signs, expiry_h: hours }) => (
      <dl className="kv b">
        <dt>An import needs</dt>
        <dd>{demand.join(' and ') || 'no signature'}</dd>
        <dt>An export is signed by</dt>
        <dd className="mono">{signs.map(({ alg, key_id: id }) => `${alg} ${id}`).join(', ') || 'no key'}</dd>
        <dt>An export is valid for</dt>
        <dd>{counted(hours, 'hour')}</dd>
      </dl>
    )}
  </SettingCard>
);

/** The invariants of the linter, and how grave each finding is. */
const LintSetting = (): ReactElement => (
  <SettingCard
    title="Linter"
    query={useQuery(lintSettingsQuery())}
    scope="POLICY_ACTIVATE"
    documentOf={({ invariants, severities }) => ({ invariants, severities })}
    put={({ revision }, { content, reason }) =>
      call('put', '/api/v1/policy/lint/settings', { body: content, revision, reason })
    }
    keys={keys}
  >
    {({ invariants, severities }) => (
      <dl className="kv b">
        <dt>Invariants</dt>
        <dd>{invariants.length}</dd>
        {Object.entries(severities).map(([name, severity]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{sentence(name)}</dt>
            <dd>{severity}</dd>
          </div>
        ))}
      </dl>
    )}
  </SettingCard>
);

/** The settings by which bundles are made, checked, signed and rolled out. */
export const StudioSettings = (): ReactElement => (
  <div>
    <Head title="Settings of policies">
      <Link to="/studio" search={{ all: true }}>
        Bundles
      </Link>
    </Head>
    <Columns side={436}>
      <div>
        <Teams />
        <RolloutSetting />
      </div>
      <div>
        <SigningSetting />
        <LintSetting />
      </div>
    </Columns>
  </div>
);
