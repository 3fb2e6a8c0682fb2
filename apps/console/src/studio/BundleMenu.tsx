import { NativeSelect } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { tenantStore } from '../api/client.js';
import { useMissingScope } from '../api/session.js';
import { ActionButton, Problem } from '../ui/parts.js';
import { bundleListQuery, cloneBundle, type Bundle } from './api.js';

/** Creates a draft from a bundle and opens it. */
export const useClone = () => {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: ({ id, bump }: { readonly id: string; readonly bump: 'major' | 'minor' | 'patch' }) =>
      cloneBundle(tenantStore.get(), id, bump),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ['bundles', 'list'] });
      await navigate({
        to: '/studio/$bundle/$step',
        params: { bundle: made.id, step: 'edit' },
        search: (old) => old,
      });
    },
  });
};

/** Selects the bundle to edit, or creates a draft from the current one. */
export const BundleMenu = ({
  bundle,
  cloneOnly = false,
}: {
  readonly bundle: Bundle;
  readonly cloneOnly?: boolean;
}): ReactElement => {
  const navigate = useNavigate();
  const list = useQuery(bundleListQuery());
  const missing = useMissingScope('POLICY_WRITE');
  const cloning = useClone();
  if (cloneOnly)
    return (
      <>
        <ActionButton
          size="sm"
          off={missing ?? (cloning.isPending ? 'Still creating' : undefined)}
          onAct={() => {
            cloning.mutate({ id: bundle.id, bump: 'minor' });
          }}
        >
          New draft from {bundle.version}
        </ActionButton>
        {cloning.isError ? <Problem error={cloning.error} /> : null}
      </>
    );
  const items = list.data?.items ?? [bundle];
  return (
    <NativeSelect
      className="mono"
      maw="100%"
      aria-label="Bundle"
      value={bundle.id}
      onChange={(event) => {
        const { value } = event.target;
        void (value === ''
          ? navigate({ to: '/studio', search: { all: true } })
          : navigate({ to: '/studio/$bundle/$step', params: { bundle: value, step: 'edit' } }));
      }}
    >
      {[...(items.some(({ id }) => id === bundle.id) ? [] : [bundle]), ...items].map(
        ({ id, version, status, team }) => (
          <option key={id} value={id}>
            {version} {status}
            {team === null ? '' : ` of ${team}`}
          </option>
        ),
      )}
      <option value="">All bundles…</option>
    </NativeSelect>
  );
};
