import type { ReactElement } from 'react';
import { counted } from '../format.js';
import { useKeys } from '../shell/keys.js';
import type { Held } from './useHeld.js';

/** What is new and waits until somebody asks for it, so that no row moves under the pointer or the focus. */
export const More = ({
  held: { more, show },
  what,
}: {
  readonly held: Pick<Held<unknown>, 'more' | 'show'>;
  /** One of them: `action`. */
  readonly what: string;
}): ReactElement => {
  useKeys(more > 0 ? { '.': show } : {});
  return (
    <div className="more" aria-live="polite">
      {more > 0 ? (
        <button type="button" className="btn sm" onClick={show}>
          {counted(more, `new ${what}`)}, press <kbd>.</kbd> to show
        </button>
      ) : null}
    </div>
  );
};
