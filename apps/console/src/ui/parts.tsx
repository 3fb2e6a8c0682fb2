import { Button, type ButtonProps } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useId, type ReactElement, type ReactNode } from 'react';
import { ApiProblem } from '../api/client.js';
import { durationText, momentText, shortId, zoneName } from '../format.js';
import { serverNow, useNow } from '../state/clock.js';
import { settings } from '../state/settings.js';
import { staleStore } from '../state/stale.js';
import { streamState } from '../api/live.js';
import { useStore } from '../state/store.js';

export const Card = ({
  title,
  right,
  extra,
  children,
  className = '',
  mb,
}: {
  readonly title: string;
  readonly right?: ReactNode;
  readonly extra?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
  /** The space below it, in pixels. */
  readonly mb?: number;
}): ReactElement => {
  const id = useId();
  return (
    <section
      className={`card ${className}`}
      aria-labelledby={id}
      style={mb === undefined ? undefined : { marginBottom: mb }}
    >
      <header>
        <h2 id={id}>{title}</h2>
        {extra}
        {right === undefined ? null : <span className="r">{right}</span>}
      </header>
      {children}
    </section>
  );
};

/**
 * A button that is never `disabled`: while it is off, its reason can be reached by keyboard and is
 * read with it.
 */
export const Act = ({
  off: given,
  onAct,
  children,
  id,
  showReason = false,
  label,
  always = false,
  sending = false,
  ...look
}: Pick<ButtonProps, 'className' | 'variant' | 'size' | 'px'> & {
  readonly off?: string | undefined;
  /** It stops or refuses something: it stays on, however old the page is. */
  readonly always?: boolean;
  /** What it sends is on its way: it is off, and says so. */
  readonly sending?: boolean;
  readonly onAct: () => void;
  readonly children: ReactNode;
  readonly id?: string;
  readonly showReason?: boolean;
  readonly label?: string;
}): ReactElement => {
  const reason = useId();
  const stale = useStore(staleStore);
  const off =
    given ??
    (sending ? 'It is being sent' : undefined) ??
    (stale && !always ? 'Offline: what you see may be old' : undefined);
  return (
    <>
      <Button
        {...look}
        {...(id === undefined ? {} : { id })}
        data-disabled={off !== undefined}
        aria-disabled={off === undefined ? undefined : true}
        aria-describedby={off === undefined ? undefined : reason}
        aria-label={label}
        title={off}
        onClick={() => {
          if (off === undefined) onAct();
        }}
      >
        {sending ? 'Sending…' : children}
      </Button>
      {off === undefined ? null : (
        <span id={reason} className={showReason ? 'why-off' : 'vh'}>
          {off}
        </span>
      )}
    </>
  );
};

/**
 * RFC 9457 as people read it: title, detail, what to do, and the trace to give to whoever helps.
 */
export const Problem = ({
  error,
  onRetry,
  what,
  stays,
}: {
  readonly error: unknown;
  readonly onRetry?: () => void;
  readonly what?: string;
  /** What still works, in a sentence. */
  readonly stays?: string;
}): ReactElement => {
  const problem = error instanceof ApiProblem ? error.problem : undefined;
  return (
    <div className="problem" role="alert">
      <div>
        <b className="iso">{problem?.title ?? 'Something went wrong'}</b>
        {what === undefined ? null : <span className="muted"> · {what}</span>}
      </div>
      <div className="long iso">{problem?.detail ?? 'the console could not show this'}</div>
      {problem?.violations.map(({ pointer, detail }) => (
        <div key={`${pointer}${detail}`} className="long iso">
          <span className="mono">{pointer}</span> {detail}
        </div>
      ))}
      {problem?.remedy === undefined ? null : <div className="long iso">{problem.remedy}</div>}
      {stays === undefined ? null : <div className="muted">{stays}</div>}
      <div className="row wrap">
        {onRetry === undefined ? null : (
          <Button size="sm" onClick={onRetry}>
            Retry
          </Button>
        )}
        {problem?.trace === undefined ? null : <span className="mono xs muted">trace {problem.trace}</span>}
      </div>
    </div>
  );
};

export const Skeleton = ({ rows = 4 }: { readonly rows?: number }): ReactElement => (
  <div aria-busy="true">
    <span className="vh">Loading</span>
    {Array.from({ length: rows }, (_, i) => (
      <span key={i} className="sk" />
    ))}
  </div>
);

export const Empty = ({ children }: { readonly children: ReactNode }): ReactElement => (
  <p className="note">{children}</p>
);

/** What could not be read at all is asked for again so often, by itself. */
const againMs = 10_000;

/**
 * What a query came to: its first loading, its problem where there is nothing to show, else what it
 * read, with its age where that is old.
 */
export const Loaded = <T,>({
  query,
  children,
  rows,
  what,
}: {
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => ReactNode;
  readonly rows?: number;
  readonly what?: string;
}): ReactElement => {
  const { refetch } = query;
  const failed = query.data === undefined && query.isError;
  useEffect(() => {
    if (!failed) return;
    const timer = setInterval(() => {
      void refetch();
    }, againMs);
    return () => {
      clearInterval(timer);
    };
  }, [failed, refetch]);
  if (query.data === undefined)
    return query.isError ? (
      <Problem
        error={query.error}
        {...(what === undefined ? {} : { what })}
        stays="Everything else on this page goes on, and Stop works."
        onRetry={() => {
          void refetch();
        }}
      />
    ) : (
      <Skeleton {...(rows === undefined ? {} : { rows })} />
    );
  return (
    <>
      <Age at={query.dataUpdatedAt} failed={query.isError} />
      <div className={query.isError ? 'stale' : undefined}>{children(query.data)}</div>
    </>
  );
};

/** Data that is so old says so, where nothing tells what is new. */
const oldMs = 30_000;

const Age = ({ at, failed }: { readonly at: number; readonly failed: boolean }): ReactElement | null => {
  const stream = useStore(streamState);
  const away = failed || stream.kind === 'offline';
  return away ? <OldAge at={at} failed={failed} /> : null;
};

const OldAge = ({ at, failed }: { readonly at: number; readonly failed: boolean }): ReactElement | null => {
  useNow();
  const age = Date.now() - at;
  if (!failed && age < oldMs) return null;
  return (
    <p className="note xs">
      As it was {durationText(age)} ago: {failed ? 'it could not be read anew' : 'nothing came since'}.
    </p>
  );
};

export const Time = ({
  at,
  zoned = false,
}: {
  readonly at: string | null;
  readonly zoned?: boolean;
}): ReactElement => {
  const { zone } = useStore(settings);
  if (at === null) return <span>–</span>;
  return (
    <time dateTime={at} title={at} className="nw">
      {momentText(at, zone, serverNow())}
      {zoned ? ` ${zoneName(zone)}` : ''}
    </time>
  );
};

export const Ago = ({ at }: { readonly at: string }): ReactElement => {
  const now = useNow();
  return <span className="nw">{durationText(now - Date.parse(at))}</span>;
};

/** Shown short in the middle, copied whole. */
export const Id = ({ id }: { readonly id: string }): ReactElement => (
  <span className="mono iso" title={id}>
    {shortId(id)}
  </span>
);

/** What somebody else wrote: never markup, and its direction stays in it. */
export const Foreign = ({ text }: { readonly text: string }): ReactElement => (
  <bdi className="clip mono" title={text.slice(0, 500)}>
    {text.slice(0, 200)}
  </bdi>
);

/** The mark of what changed nothing, so that nobody takes it for a change. */
export const DryRun = ({ of }: { readonly of: { readonly dry_run: boolean } }): ReactElement | null =>
  of.dry_run ? (
    <>
      {' '}
      <span className="tag">dry run</span>
    </>
  ) : null;

export const Head = ({
  title,
  children,
}: {
  readonly title: ReactNode;
  readonly children?: ReactNode;
}): ReactElement => (
  <div className="ph">
    <h1>{title}</h1>
    {children}
  </div>
);
