import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { shortId } from '../format.js';

/** The stream of an event, and the action's own page where it is one's. */
export const Place = ({
  event: { stream, type },
}: {
  readonly event: { readonly stream: string; readonly type: string };
}): ReactElement => {
  const [, category, id = ''] = /^([a-z_]+)-[^:]+:(.+)$/.exec(stream) ?? [];
  return (
    <>
      <Link to="/audit" search={{ stream }} className="mono" title={stream}>
        {type}
      </Link>
      {category === 'action' ? (
        <>
          {' of '}
          <Link to="/actions/$id" params={{ id }} className="mono">
            {shortId(id)}
          </Link>
        </>
      ) : null}
    </>
  );
};
