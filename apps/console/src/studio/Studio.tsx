import { LinkButton } from '../ui/LinkButton.js';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, Navigate, useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { read, tenantStore } from '../api/client.js';
import { useSend } from '../api/send.js';
import { bundlesQuery } from '../api/queries.js';
import { useMissingScope } from '../api/session.js';
import { counted } from '../format.js';
import { bundleListQuery, bundleQuery, createBundle, type Bundle } from './api.js';
import { useClone } from './BundleMenu.js';
import { Desk } from './Desk.js';
import { DraftActs } from './DraftActs.js';
import { whoText } from './rules.js';
import { ImportCard } from './ImportCard.js';
import { ActionButton, Card, Empty, Head, Loaded, Problem, Time } from '../ui/parts.js';
import { saveFile } from '../ui/tables/save.js';
import { Chip, lookOfStatus } from '../ui/states.js';
import { Table, unseen } from '../ui/tables/Table.js';

const index = getRouteApi('/shell/studio');
const desk = getRouteApi('/shell/studio/$bundle/$step');

/** Saves a bundle as a signed file. Another Interlock installation imports it at most once. */
const exportBundle = async ({ id, version }: Bundle): Promise<void> => {
  const file = await read('/api/v1/policy/bundles/{id}/export', { path: { id } });
  saveFile(`${version}.bundle.json`, JSON.stringify(file, null, 2), 'application/json');
};

const Bundles = ({ items }: { readonly items: readonly Bundle[] }): ReactElement => {
  const missing = useMissingScope('POLICY_WRITE');
  const cloning = useClone();
  const exported = useSend(exportBundle, []);
  return (
    <Card title="Bundles" extra={<span className="tag">{items.length}</span>}>
      {cloning.isError ? <Problem error={cloning.error} /> : null}
      {exported.isError ? <Problem error={exported.error} what="nothing was exported" /> : null}
      {items.length === 0 ? (
        <Empty>
          <b>No bundle yet.</b> Without a bundle, every action needs approval.
        </Empty>
      ) : (
        <Table name="Bundles" head={['Version', 'Status', 'Rules', 'By', 'Made', 'Team', unseen('Do')]}>
          {items.map((bundle) => (
            <tr key={bundle.id}>
              <td>
                <Link
                  to="/studio/$bundle/$step"
                  params={{ bundle: bundle.id, step: 'edit' }}
                  search={(old) => old}
                  className="mono iso"
                >
                  {bundle.version}
                </Link>
              </td>
              <td>
                <Chip plain look={lookOfStatus(bundle.status)} />
              </td>
              <td>{counted(bundle.rules.length, 'rule')}</td>
              <td className="iso">{whoText(bundle.created_by)}</td>
              <td>
                <Time at={bundle.created_at} />
              </td>
              <td className="iso">{bundle.team ?? 'everyone'}</td>
              <td>
                <ActionButton
                  size="sm"
                  label={`New draft from ${bundle.version}`}
                  off={missing ?? (cloning.isPending ? 'Still creating' : undefined)}
                  onAct={() => cloning.mutate({ id: bundle.id, bump: 'minor' })}
                >
                  New draft
                </ActionButton>{' '}
                <ActionButton
                  size="sm"
                  label={`Export ${bundle.version}`}
                  sending={exported.isPending}
                  onAct={() => exported.mutate(bundle)}
                >
                  Export
                </ActionButton>
                <DraftActs bundle={bundle} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  );
};

/** Creates the first bundle, which is empty: every action then asks a person. */
const First = (): ReactElement => {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const missing = useMissingScope('POLICY_WRITE');
  const making = useMutation({
    mutationFn: () =>
      createBundle(tenantStore.get(), {
        version: '1.0.0',
        rules: [
          {
            id: 'ask-for-everything',
            agent: '*',
            action: '*',
            effect: 'needs_approval',
            priority: 0,
            conditions: [],
            reason: 'No other rule governs it yet',
            budget: { cost: 1, compute: 1 },
          },
        ],
        notes: '',
      }),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ['bundles', 'list'] });
      await navigate({
        to: '/studio/$bundle/$step',
        params: { bundle: id, step: 'edit' },
        search: (old) => old,
      });
    },
  });
  return (
    <>
      <ActionButton
        variant="filled"
        off={missing ?? (making.isPending ? 'Still creating' : undefined)}
        onAct={() => making.mutate()}
      >
        Create the first bundle
      </ActionButton>
      {making.isError ? <Problem error={making.error} /> : null}
    </>
  );
};

/**
 * Opens the newest draft, or else the active bundle. Lists all bundles if the address asks for
 * that.
 */
export const StudioIndex = (): ReactElement => {
  const { all, from, recipe } = index.useSearch();
  const list = useQuery(bundleListQuery());
  const deciding = useQuery(bundlesQuery());
  const items = list.data?.items ?? [];
  const draft = items
    .filter(({ status }) => status === 'draft')
    .toSorted((a, b) => (a.created_at < b.created_at ? 1 : -1))[0];
  const wanted = from !== undefined || recipe !== undefined;
  const first = draft ?? (wanted ? undefined : (deciding.data?.canary ?? deciding.data?.active ?? undefined));
  if (all !== true && list.data !== undefined && deciding.data !== undefined && first !== undefined)
    return (
      <Navigate
        to="/studio/$bundle/$step"
        params={{ bundle: first.id, step: 'edit' }}
        search={{ ...(from === undefined ? {} : { from }), ...(recipe === undefined ? {} : { recipe }) }}
        replace
      />
    );
  return (
    <div>
      <Head title="Policy studio">
        {wanted ? <span className="sub">Choose the bundle to base the new draft on.</span> : null}
        <span className="row ml wrap">
          {list.data !== undefined && items.length === 0 ? <First /> : null}
          <LinkButton to="/studio/settings">Settings</LinkButton>
          <LinkButton to="/studio/analytics">Analytics</LinkButton>
          <LinkButton to="/studio/playground">Playground</LinkButton>
          <LinkButton to="/studio/recipes">Recipes</LinkButton>
        </span>
      </Head>
      <div className="col" style={{ gap: 12 }}>
        <Loaded query={list} rows={6} what="bundles">
          {({ items: found }) => <Bundles items={found} />}
        </Loaded>
        <ImportCard />
      </div>
    </div>
  );
};

/** PolicyStudio with one bundle in the editor. */
export const PolicyStudio = (): ReactElement => {
  const { bundle: id, step } = desk.useParams();
  const { from, recipe } = desk.useSearch();
  const bundle = useQuery(bundleQuery(id));
  return (
    <Loaded query={bundle} rows={10} what="this bundle">
      {(data) => <Desk key={data.id} bundle={data} step={step} taken={{ from, recipe }} />}
    </Loaded>
  );
};
