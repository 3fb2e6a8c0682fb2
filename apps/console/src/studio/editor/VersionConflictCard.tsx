import { LinkButton } from '../../ui/LinkButton.js';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { ActionButton, Card } from '../../ui/parts.js';
import { bundleListQuery } from '../api.js';
import { freeVersion } from './versions.js';

type VersionConflictCardProps = {
  readonly version: string;
  readonly onVersion: (version: string) => void;
};
/**
 * Shown when the version in the text belongs to another bundle. The user can open that bundle, or
 * continue under the next free version.
 */
export const VersionConflictCard = ({ version, onVersion }: VersionConflictCardProps): ReactElement => {
  const { data } = useQuery(bundleListQuery());
  const items = data?.items ?? [];
  const theirs = items.find((one) => one.version === version);
  const free = freeVersion(
    version,
    items.map((one) => one.version),
  );
  return (
    <Card title={`Version ${version.slice(0, 40)} already exists`}>
      <p className="b row wrap" role="alert">
        <span>Your text is here, but not saved. A version never changes once it exists.</span>
        {free === undefined ? null : (
          <ActionButton variant="filled" size="sm" onAct={() => onVersion(free)}>
            Continue as {free}
          </ActionButton>
        )}
        {theirs === undefined ? null : (
          <LinkButton size="sm" to="/studio/$bundle/$step" params={{ bundle: theirs.id, step: 'edit' }}>
            Open theirs
          </LinkButton>
        )}
      </p>
    </Card>
  );
};
