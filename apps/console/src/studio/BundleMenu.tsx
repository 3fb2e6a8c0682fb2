import { Button, Menu } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { tenantStore } from '../api/client.js';
import { useMissingScope } from '../api/session.js';
import { Icon } from '../ui/glyphs.js';
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

type BundleMenuProps = {
  readonly bundle: Bundle;
  readonly cloneOnly?: boolean;
};
/**
 * A menu of the bundles, of which one is edited. With `cloneOnly`, a button that creates a draft
 * from the current one.
 */
export const BundleMenu = ({ bundle, cloneOnly = false }: BundleMenuProps): ReactElement => {
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
          onAct={() => cloning.mutate({ id: bundle.id, bump: 'minor' })}
        >
          New draft from {bundle.version}
        </ActionButton>
        {cloning.isError ? <Problem error={cloning.error} /> : null}
      </>
    );
  const items = list.data?.items ?? [bundle];
  const shown = items.some(({ id }) => id === bundle.id) ? items : [bundle, ...items];
  const words = ({ version, status, team }: (typeof shown)[number]): string =>
    `${version} ${status}${team === null ? '' : ` of ${team}`}`;
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button className="mono" maw="100%" aria-label={`Bundle ${words(bundle)}`}>
          {words(bundle)} <Icon name="down" size={12} />
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah="60vh" style={{ overflowY: 'auto' }}>
        {shown.map((one) => (
          <Menu.Item
            key={one.id}
            className="mono"
            aria-current={one.id === bundle.id ? 'true' : undefined}
            onClick={() =>
              void navigate({ to: '/studio/$bundle/$step', params: { bundle: one.id, step: 'edit' } })
            }
          >
            {words(one)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => void navigate({ to: '/studio', search: { all: true } })}>
          All bundles…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
};
