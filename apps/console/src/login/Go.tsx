import { useMutation } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { useEffect, useRef, type ReactElement } from 'react';
import { lookedAt } from '../action/approvals/seen.js';
import { call, tenantStore } from '../api/client.js';
import { Problem } from '../ui/parts.js';
import { dropLink, linkIn, targetOf } from './link-token.js';

/**
 * Opens the one-time link of a message. The link only names a page; the session decides what the
 * user may do there. If the request has changed since the message, the page says so before it takes
 * an approval.
 */
export const GoPage = (): ReactElement => {
  const router = useRouter();
  const sent = useRef(false);
  const open = useMutation({
    mutationFn: (token: string) => call('post', '/api/v1/alerts/links/open', { body: { token } }),
    onSuccess: ({ page }) => {
      const target = targetOf(page);
      if (target !== undefined) lookedAt(target.id, target.digest);
      const tenant = tenantStore.get();
      const address = new URL(page, location.origin);
      address.searchParams.delete('digest');
      if (tenant !== undefined) address.searchParams.set('tenant', tenant);
      router.history.replace(`${address.pathname}${address.search}`);
    },
  });
  const { mutate } = open;
  useEffect(() => {
    const token = linkIn();
    if (token === '' || sent.current) return;
    sent.current = true;
    dropLink();
    mutate(token);
  }, [mutate]);
  return (
    <div className="card">
      <div className="b col" style={{ gap: 12 }}>
        <h1>About this message</h1>
        {open.isError ? (
          <Problem error={open.error} />
        ) : (
          <p role="status">{open.isIdle ? 'This address has no sign-in link.' : 'Opening…'}</p>
        )}
        <Link to="/approvals" className="btn">
          See what waits for you
        </Link>
      </div>
    </div>
  );
};
