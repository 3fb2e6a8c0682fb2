import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { useEffect, type ReactElement } from 'react';
import { Problem } from '../ui/parts.js';
import { PageMissing } from './lazy-page.js';

/** How often a page whose code did not arrive asks whether the server is there again. */
const againMs = 5000;

/**
 * The page's own code could not be fetched, or it failed: Retry, and where only the server was
 * away, it comes back by itself.
 */
export const PageFailed = ({ error, reset }: ErrorComponentProps): ReactElement => {
  const router = useRouter();
  const fetched = !(error instanceof PageMissing);
  useEffect(() => {
    if (fetched) return;
    const timer = setInterval(() => {
      // What did not arrive is fetched again only by a new page.
      void fetch('/health/live', { cache: 'no-store' }).then(
        ({ ok }) => {
          if (ok) location.reload();
        },
        () => undefined,
      );
    }, againMs);
    return () => {
      clearInterval(timer);
    };
  }, [fetched]);
  return (
    <Problem
      error={error}
      what={
        fetched ? 'this page failed' : 'this page could not be loaded; it comes back when the server answers'
      }
      stays="Stop works from every page."
      onRetry={() => {
        if (fetched) {
          reset();
          void router.invalidate();
        } else location.reload();
      }}
    />
  );
};
