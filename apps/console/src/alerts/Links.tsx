import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { Incident } from '../api/queries.js';
import { counted, sentence, shortId } from '../format.js';

/** What an incident is linked to: actions, bundles and alerts, each with its page. */
export const Links = ({ links }: { readonly links: Incident['links'] }): ReactElement | null => {
  if (links.length === 0) return null;
  const kinds = ['action', 'bundle', 'alert'] as const;
  const counts = kinds.flatMap((kind) => {
    const count = links.filter((link) => link.kind === kind).length;
    return count === 0 ? [] : [counted(count, kind)];
  });
  return (
    <section aria-label="Linked">
      <h3 className="sm t2">Linked: {counts.join(', ')}</h3>
      <ul>
        {links.map(({ kind, id, stream }) => (
          <li key={stream} className="row">
            <span className="sm muted">{sentence(kind)}</span>
            {kind === 'action' ? (
              <Link to="/actions/$id" params={{ id }} className="mono" title={id}>
                {shortId(id)}
              </Link>
            ) : kind === 'bundle' ? (
              <Link
                to="/studio/$bundle/$step"
                params={{ bundle: id, step: 'rollout' }}
                className="mono"
                title={id}
              >
                {shortId(id)}
              </Link>
            ) : (
              <Link to="/alerts" search={{ id }} className="mono" title={id}>
                {shortId(id)}
              </Link>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
};
