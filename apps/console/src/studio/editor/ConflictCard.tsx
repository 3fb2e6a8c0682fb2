import { Button } from '@mantine/core';
import type { ReactElement } from 'react';
import { Card } from '../../ui/parts.js';
import type { Bundle } from '../api.js';
import { SideBySide } from '../analysis/DiffViewer.js';
import { bundleText } from './text.js';

/** Somebody else saved this draft meanwhile: their text and mine, and nothing is lost. */
export const ConflictCard = ({
  theirs,
  mine,
  onResolve,
}: {
  readonly theirs: Bundle;
  readonly mine: string;
  readonly onResolve: (keep: 'mine' | 'theirs') => void;
}): ReactElement => (
  <Card title="Somebody else saved this draft meanwhile" mb={12}>
    <div className="b">
      <p className="row wrap" role="alert">
        <span>
          Both texts are here. Choose which one you go on with; yours is saved only when you save it.
        </span>
        <Button
          size="sm"
          onClick={() => {
            onResolve('mine');
          }}
        >
          Go on with mine
        </Button>
        <Button
          size="sm"
          onClick={() => {
            onResolve('theirs');
          }}
        >
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
