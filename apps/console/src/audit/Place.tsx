import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { shortId } from '../format.js';
import { Tooltip } from '../ui/Tooltip.js';

type PlaceProps = {
  readonly event: { readonly stream: string; readonly type: string };
};
/** The stream of an event, with a link to the action's page if it is an action's stream. */
export const Place = ({ event: { stream, type } }: PlaceProps): ReactElement => {
  const [, category, id = ''] = /^([a-z_]+)-[^:]+:(.+)$/.exec(stream) ?? [];
  return (
    <>
      <Tooltip label={stream}>
        <Link to="/audit" search={{ stream }} className="mono">
          {type}
        </Link>
      </Tooltip>
      {category === 'action' ? (
        <>
          {' of '}
          <Tooltip label={id}>
            <Link to="/actions/$id" params={{ id }} className="mono">
              {shortId(id)}
            </Link>
          </Tooltip>
        </>
      ) : null}
    </>
  );
};
