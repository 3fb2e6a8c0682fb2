import { LinkButton } from '../../ui/LinkButton.js';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { Act, Card } from '../../ui/parts.js';
import { bundleListQuery } from '../api.js';
import { freeVersion } from './versions.js';

/**
 * The version that the text names is another bundle's: theirs can be looked at, and mine goes on
 * under the next one that is free.
 */
export const TakenCard = ({
  version,
  onVersion,
}: {
  readonly version: string;
  readonly onVersion: (version: string) => void;
}): ReactElement => {
  const { data } = useQuery(bundleListQuery());
  const items = data?.items ?? [];
  const theirs = items.find((one) => one.version === version);
  const free = freeVersion(
    version,
    items.map((one) => one.version),
  );
  return (
    <Card title={`Version ${version.slice(0, 40)} exists already`}>
      <p className="b row wrap" role="alert">
        <span>Yours is here, not saved: a version is one bundle for ever.</span>
        {free === undefined ? null : (
          <Act
            variant="filled"
            size="sm"
            onAct={() => {
              onVersion(free);
            }}
          >
            Go on as {free}
          </Act>
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
