import {
  commentMarker,
  githubClose,
  githubComment,
  githubIssue,
  githubLabel,
  githubReport,
  issueMarker,
  type AlertNotice,
  type Attempt,
} from '@interlock/notify';
import { isObject } from '@interlock/kernel';
import type { OutboundAnswer } from '@interlock/outbound';
import { attemptFrom, type Sender } from './sending.js';

type Call = (method: 'GET' | 'POST' | 'PATCH', path: string, body?: object) => Promise<OutboundAnswer>;

const parsed = ({ body }: OutboundAnswer): unknown => {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return null;
  }
};
const memberOf = (value: unknown, name: string): unknown =>
  isObject(value) ? (value as { readonly [member: string]: unknown })[name] : undefined;
const numberOf = (value: unknown): string | null => {
  const number = memberOf(value, 'number');
  return typeof number === 'number' && Number.isSafeInteger(number) ? `${number}` : null;
};

/** Returns the result of an answer. GitHub also answers 403 for too many requests. */
const readAttempt = (answer: OutboundAnswer, reference: string | null = null): Attempt => {
  const attempt = attemptFrom(answer, reference);
  const { headers, status } = answer;
  const isLimited =
    status === 403 && (headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0');
  return isLimited
    ? { ...attemptFrom({ ...answer, status: 429 }), detail: 'the receiver answered 403: too many requests' }
    : attempt;
};

/**
 * Returns the result of a write. What answers without an object of GitHub's, such as a proxy with a
 * page, has not written it as far as is known.
 */
const writeAttempt = (answer: OutboundAnswer): Attempt => {
  const attempt = readAttempt(answer);
  return attempt.outcome !== 'delivered' || isObject(parsed(answer))
    ? attempt
    : { outcome: 'again', detail: `${attempt.detail} without what was written`, retry_after_ms: null };
};

const pageSize = 20;
/** Older items are not searched: more than 200 new ones are a storm. */
const mostPages = 10;

/**
 * Returns the item of a list that contains a marker. An unreadable list fails the attempt, because
 * a retry could create duplicates.
 */
const marked = async (
  call: Call,
  path: string,
  marker: string,
): Promise<{ readonly found: unknown } | { readonly failed: Attempt }> => {
  for (let page = 1; page <= mostPages; page += 1) {
    const answer = await call('GET', `${path}&per_page=${pageSize}&page=${page}`);
    const attempt = readAttempt(answer);
    if (attempt.outcome !== 'delivered') return { failed: attempt };
    const items = parsed(answer);
    if (!Array.isArray(items))
      return {
        failed: { outcome: 'again', detail: 'the receiver answered no list', retry_after_ms: null },
      };
    const found: unknown = items.find((item) => String(memberOf(item, 'body') ?? '').includes(marker));
    if (found !== undefined || items.length < pageSize) return { found };
  }
  return { found: undefined };
};

/**
 * Opens, comments on and closes one issue per episode, and opens one per report. GitHub has no
 * idempotency keys, so a repeat first searches for the marker of the earlier attempt.
 */
export const sendGithub: Sender<'github'> = async (
  { http },
  { repository, token_ref, api_url },
  { notice, reference, isRepeat, secret },
) => {
  const token = secret(token_ref).trim();
  const call: Call = (method, path, body) =>
    http.send({
      method,
      url: `${api_url.replace(/\/$/, '')}/repos/${repository}${path}`,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
  const since = encodeURIComponent(notice.at);

  const open = async (): Promise<Attempt> => {
    if (isRepeat) {
      const known = await marked(
        call,
        `/issues?labels=${githubLabel(notice)}&state=all&since=${since}`,
        issueMarker(notice),
      );
      if ('failed' in known) return known.failed;
      const number = numberOf(known.found);
      if (number !== null)
        return { outcome: 'delivered', detail: `issue ${number} was there already`, reference: number };
    }
    const answer = await call(
      'POST',
      '/issues',
      notice.what === 'report' ? githubReport(notice) : githubIssue(notice),
    );
    const number = numberOf(parsed(answer));
    const attempt = readAttempt(answer, number);
    // Without its number, the issue could be neither commented on nor closed. A repeat finds it.
    return attempt.outcome === 'delivered' && number === null
      ? { outcome: 'again', detail: `${attempt.detail} without the number of an issue`, retry_after_ms: null }
      : attempt;
  };
  const comment = async (of: AlertNotice, issue: string): Promise<Attempt> => {
    if (isRepeat) {
      const known = await marked(call, `/issues/${issue}/comments?since=${since}`, commentMarker(of));
      if ('failed' in known) return known.failed;
      if (known.found !== undefined)
        return { outcome: 'delivered', detail: 'the comment was there already', reference: null };
    }
    return writeAttempt(await call('POST', `/issues/${issue}/comments`, githubComment(of)));
  };
  const close = async (issue: string): Promise<Attempt> =>
    writeAttempt(await call('PATCH', `/issues/${issue}`, githubClose));

  switch (notice.what) {
    case 'trigger':
      return reference === null ? open() : comment(notice, reference);
    case 'acknowledge':
    case 'resolve': {
      if (reference === null)
        return { outcome: 'delivered', detail: 'there is no issue of this episode', reference: null };
      const said = await comment(notice, reference);
      return notice.what === 'acknowledge' || said.outcome !== 'delivered' ? said : close(reference);
    }
    case 'report':
      return open();
    case 'test': {
      const made = await open();
      if (made.outcome !== 'delivered' || made.reference === null) return made;
      const closed = await close(made.reference);
      return closed.outcome === 'delivered' ? made : closed;
    }
  }
};
