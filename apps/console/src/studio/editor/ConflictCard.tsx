import { Button } from '@mantine/core';
import type { ReactElement } from 'react';
import { Card } from '../../ui/parts.js';
import type { Bundle } from '../api.js';
import { SideBySide } from '../analysis/DiffViewer.js';
import { bundleText } from './text.js';

type ConflictCardProps = {
  readonly theirs: Bundle;
  readonly mine: string;
  readonly onResolve: (keep: 'mine' | 'theirs') => void;
};
/**
 * Shown when someone else saved this draft meanwhile. It shows both texts, so that nothing is lost.
 */
export const ConflictCard = ({ theirs, mine, onResolve }: ConflictCardProps): ReactElement => (
  <Card title="Somebody else has saved this draft" mb={12}>
    <div className="b">
      <p className="row wrap" role="alert">
        <span>Choose the text to continue with. Yours is kept here, but is not saved until you save it.</span>
        <Button size="sm" onClick={() => onResolve('mine')}>
          Continue with mine
        </Button>
        <Button size="sm" onClick={() => onResolve('theirs')}>
          Take theirs
        </Button>
      </p>
    </div>
    <SideBySide
      before={bundleText(theirs)}
      after={mine}
      names={[`theirs, revision ${theirs.revision}`, 'mine']}
    />
  </Card>
);
