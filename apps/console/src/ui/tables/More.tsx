import { Button } from '@mantine/core';
import type { ReactElement } from 'react';
import { numberText } from '../../format.js';
import { useKeys } from '../../shell/keys.js';
import type { Held } from '../useHeld.js';

type MoreProps = {
  readonly held: Pick<Held<unknown>, 'more' | 'show'>;
};
/**
 * A button that shows the waiting new rows, so that no row moves under the pointer or the focus by
 * itself.
 */
export const More = ({ held: { more, show } }: MoreProps): ReactElement => {
  useKeys(more > 0 ? { '.': show } : {});
  return (
    <div className="more" aria-live="polite">
      {more > 0 ? (
        <Button size="sm" onClick={show}>
          <span>
            <span className="count">{numberText(more, 0)}</span> new, press <kbd>.</kbd> to show
          </span>
        </Button>
      ) : null}
    </div>
  );
};
