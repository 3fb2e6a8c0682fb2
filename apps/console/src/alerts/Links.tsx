import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { Incident } from '../api/queries.js';
import { counted, sentence, shortId } from '../format.js';
import { Tooltip } from '../ui/Tooltip.js';

const pageOf = (kind: Incident['links'][number]['kind'], id: string): LinkProps =>
  kind === 'action'
    ? { to: '/actions/$id', params: { id } }
    : kind === 'bundle'
      ? { to: '/studio/$bundle/$step', params: { bundle: id, step: 'rollout' } }
      : { to: '/alerts', search: { id } };

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
            <Tooltip label={id}>
              <Link {...pageOf(kind, id)} className="mono">
                {shortId(id)}
              </Link>
            </Tooltip>
          </li>
        ))}
      </ul>
    </section>
  );
};
