import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { useEffect, type ReactElement } from 'react';
import { Problem } from '../ui/parts.js';
import { PageMissing } from './lazy-page.js';

/** How often, in milliseconds, a page whose code did not load checks whether the server is back. */
const againMs = 5000;

/**
 * Shown when a page failed or its code could not be loaded. It has a Retry button. If only the
 * server was away, the page reloads by itself.
 */
export const PageFailed = ({ error, reset }: ErrorComponentProps): ReactElement => {
  const router = useRouter();
  const fetched = !(error instanceof PageMissing);
  useEffect(() => {
    if (fetched) return;
    const timer = setInterval(() => {
      // Code that failed to load is fetched again only after the whole page reloads.
      void fetch('/health/live', { cache: 'no-store' }).then(
        ({ ok }) => {
          if (ok) location.reload();
        },
        () => undefined,
      );
    }, againMs);
    return () => clearInterval(timer);
  }, [fetched]);
  return (
    <Problem
      error={error}
      what={
        fetched ? 'this page failed' : 'this page could not be loaded; it returns when the server answers'
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
