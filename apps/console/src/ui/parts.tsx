import { Button, UnstyledButton, type ButtonProps } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useId, type ReactElement, type ReactNode } from 'react';
import { ApiProblem } from '../api/client.js';
import { durationText, momentText, shortId, zoneName } from '../format.js';
import { serverNow, useNow } from '../state/clock.js';
import { settings } from '../state/settings.js';
import { staleStore } from '../state/stale.js';
import { streamState } from '../api/live.js';
import { useStore } from '../state/store.js';
import { copy } from './copy.js';
import { Tooltip } from './Tooltip.js';

type CardProps = {
  readonly title: string;
  readonly right?: ReactNode;
  readonly extra?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
  /** The space below the card in pixels. */
  readonly mb?: number;
};
export const Card = ({ title, right, extra, children, className = '', mb }: CardProps): ReactElement => {
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
 * A button that is never `disabled`. While it is off, keyboard and screen reader users can still
 * reach it and its reason.
 */
export const ActionButton = ({
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
  /** True if the button stops or refuses something. It then works even if the page is stale. */
  readonly always?: boolean;
  /** True while the request is being sent. The button is then off and shows "Sending…". */
  readonly sending?: boolean;
  readonly onAct: () => void;
  readonly children: ReactNode;
  readonly id?: string;
  readonly showReason?: boolean;
  readonly label?: string | undefined;
}): ReactElement => {
  const reason = useId();
  const stale = useStore(staleStore);
  const off =
    given ??
    (sending ? 'Still sending' : undefined) ??
    (stale && !always ? 'Offline: this page may be out of date' : undefined);
  return (
    <>
      <Tooltip label={showReason ? undefined : off}>
        <Button
          {...look}
          {...(id === undefined ? {} : { id })}
          data-disabled={off !== undefined}
          aria-disabled={off === undefined ? undefined : true}
          aria-describedby={off !== undefined && showReason ? reason : undefined}
          aria-label={label}
          onClick={() => {
            if (off === undefined) onAct();
          }}
        >
          {sending ? 'Sending…' : children}
        </Button>
      </Tooltip>
      {off !== undefined && showReason ? (
        <span id={reason} className="why-off">
          {off}
        </span>
      ) : null}
    </>
  );
};

type ProblemProps = {
  readonly error: unknown;
  readonly onRetry?: () => void;
  readonly what?: string;
  /** Says in a sentence what still works. */
  readonly stays?: string;
  /** True if the request is repeated by itself. */
  readonly again?: boolean;
};
/**
 * A problem detail (RFC 9457) for people: title, detail, remedy, and the trace id to give to
 * support.
 */
export const Problem = ({ error, onRetry, what, stays, again = false }: ProblemProps): ReactElement => {
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
        {again ? <span className="sm muted">It is tried again by itself every 10 s.</span> : null}
        {problem?.trace === undefined ? null : (
          <>
            <span className="mono xs muted">trace {problem.trace}</span>
            <Button size="sm" variant="subtle" onClick={() => copy(problem.trace ?? '', 'Trace')}>
              Copy
            </Button>
          </>
        )}
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

/** How often, in milliseconds, a query without any data is tried again. */
const againMs = 10_000;

/**
 * The result of a query: a skeleton while it loads, its problem if there is no data, or else its
 * data. Old data is shown with its age.
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
    const timer = setInterval(() => void refetch(), againMs);
    return () => clearInterval(timer);
  }, [failed, refetch]);
  if (query.data === undefined)
    return query.isError ? (
      <Problem
        error={query.error}
        {...(what === undefined ? {} : { what })}
        stays="The rest of this page works, and so does Stop."
        again
        onRetry={() => void refetch()}
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

/** Data older than this, in milliseconds, shows its age while no stream announces changes. */
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
      Updated {durationText(age)} ago: {failed ? 'refresh failed' : 'no updates since'}.
    </p>
  );
};

type TimeProps = {
  readonly at: string | null;
  readonly zoned?: boolean;
};
/**
 * A time to the second. Its tooltip has the exact time, which a setting and `Shift Z` show in all
 * places.
 */
export const Time = ({ at, zoned = false }: TimeProps): ReactElement => {
  const { zone, exact } = useStore(settings);
  if (at === null) return <span>–</span>;
  return (
    <Tooltip label={exact ? undefined : at}>
      <time dateTime={at} className={exact ? 'long' : 'nw'}>
        {exact ? at : momentText(at, zone, serverNow())}
        {zoned && !exact ? ` ${zoneName(zone)}` : ''}
      </time>
    </Tooltip>
  );
};

export const Ago = ({ at }: { readonly at: string }): ReactElement => {
  const now = useNow();
  return <span className="nw">{durationText(now - Date.parse(at))}</span>;
};

/** An id with its middle left out. The tooltip holds the whole id, and a press copies it. */
export const Id = ({ id }: { readonly id: string }): ReactElement => (
  <Tooltip label={id}>
    <UnstyledButton className="mono iso" onClick={() => copy(id, 'Id')}>
      {shortId(id)}
      <span className="vh">, copy</span>
    </UnstyledButton>
  </Tooltip>
);

/** The number of characters for which a column of untrusted text has room. */
const clipped = 28;

type UntrustedTextProps = {
  readonly text: string;
  readonly whole?: boolean;
  /** True within a link, which takes the focus itself and leads to the whole text. */
  readonly linked?: boolean;
};
/**
 * Text of unknown origin. It is never treated as markup, and its reading direction affects nothing
 * else. A column cuts long text off and shows the rest in a tooltip; `whole` text wraps instead.
 */
export const UntrustedText = ({ text, whole = false, linked = false }: UntrustedTextProps): ReactElement => (
  <Tooltip label={whole || linked || text.length <= clipped ? undefined : text.slice(0, 500)}>
    <bdi
      className={whole ? 'long mono' : 'clip mono'}
      tabIndex={whole || linked || text.length <= clipped ? undefined : 0}
    >
      {text.slice(0, whole ? 500 : 200)}
    </bdi>
  </Tooltip>
);

/** The mark of a dry run, so that nobody takes it for a real change. */
export const DryRun = ({ of }: { readonly of: { readonly dry_run: boolean } }): ReactElement | null =>
  of.dry_run ? (
    <>
      {' '}
      <span className="tag">dry run</span>
    </>
  ) : null;

type HeadProps = {
  readonly title: ReactNode;
  readonly children?: ReactNode;
};
export const Head = ({ title, children }: HeadProps): ReactElement => (
  <div className="ph">
    <h1>{title}</h1>
    {children}
  </div>
);
