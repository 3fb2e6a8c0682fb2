import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ProblemError, uuidV5 } from '@interlock/kernel';
import type { Notice } from '@interlock/notify';

/** The content of a link. `expires` is in seconds since 1970. */
export type LinkContent = {
  readonly id: string;
  readonly tenant: string;
  readonly alert: string;
  readonly channel: string;
  readonly page: string;
  readonly expires: number;
};

const order = ['id', 'tenant', 'alert', 'channel', 'page', 'expires'] as const;
const signatureOf = (body: string, key: Buffer): Buffer =>
  createHmac('sha256', key).update(`interlock link v1\n${body}`).digest();

/** Returns the content and its signature, in a form for URLs. */
const linkToken = (content: LinkContent, key: Buffer): string => {
  const body = Buffer.from(JSON.stringify(order.map((name) => content[name]))).toString('base64url');
  return `${body}.${signatureOf(body, key).toString('base64url')}`;
};

/** Returns the content of a token; null if it is signed by none of the keys. */
export const linkIn = (token: string, keys: LinkKeys): LinkContent | null => {
  const [body = '', signature = '', ...rest] = token.split('.');
  const given = Buffer.from(signature, 'base64url');
  const isRight = keys.some((key) => {
    const right = signatureOf(body, key);
    return given.length === right.length && timingSafeEqual(given, right);
  });
  if (rest.length > 0 || !isRight) return null;
  const [id, tenant, alert, channel, page, expires] = JSON.parse(
    Buffer.from(body, 'base64url').toString('utf8'),
  ) as [string, string, string, string, string, number];
  return { id, tenant, alert, channel, page, expires };
};

/** The keys of links and of webhooks' secrets. The first signs; a second is accepted beside it. */
export type LinkKeys = readonly [present: Buffer, ...earlier: Buffer[]];

/** Creates the addresses of one-time links. Null if the installation has no address or no key. */
export type Links = {
  readonly keys: LinkKeys;
  /** Returns the link of a notice; null if the notice requests nothing from people. */
  readonly addressOf: (notice: Notice, channelId: string) => string | null;
};

/**
 * Creates links to the console at `base`. The id derives from the notice and the channel, so that a
 * repeated message has the same link.
 */
export const linksTo = (base: string, keys: LinkKeys, lifeS: number): Links => ({
  keys,
  addressOf: (notice, channelId) => {
    const { page, what, tenant_id: tenant, alert_id: alert } = notice;
    if (page === undefined || what !== 'trigger') return null;
    const token = linkToken(
      {
        id: uuidV5('link', tenant, notice.dedup_key, channelId),
        tenant,
        alert,
        channel: channelId,
        page,
        expires: Math.floor(Date.parse(notice.at) / 1000) + lifeS,
      },
      keys[0],
    );
    // Browsers do not send fragments to servers, so no log and no chat preview contains the token.
    return `${base}/go?tenant=${encodeURIComponent(tenant)}#${token}`;
  },
});

const least = 32;
const most = 2;

/**
 * Returns the keys of links: from the file, one in each line, or one that this process creates in
 * the state directory. Null if neither is configured. Throws `validation-failed` for a key that is
 * too short, and for more than two.
 */
export const linkKeysOf = (file: string | undefined, stateDirectory: string | undefined): LinkKeys | null => {
  const path = file ?? (stateDirectory === undefined ? undefined : join(stateDirectory, 'link-key'));
  if (path === undefined) return null;
  if (file === undefined && !existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    try {
      writeFileSync(path, randomBytes(least).toString('base64url'), { mode: 0o600, flag: 'wx' });
      chmodSync(path, 0o600);
    } catch (error) {
      // Another process created it at the same time.
      if ((error as { readonly code?: string }).code !== 'EEXIST') throw error;
    }
  }
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw wrongKey('must be a file that can be read', cause);
  }
  const [present = Buffer.alloc(0), ...earlier] = text
    .split(/\r?\n/)
    .map((line) => Buffer.from(line.trim()))
    .filter((key) => key.length > 0);
  if ([present, ...earlier].some((key) => key.length < least))
    throw wrongKey(`must hold at least ${least} characters in each line`);
  if (earlier.length >= most) throw wrongKey(`must hold at most ${most} keys`);
  return [present, ...earlier];
};

const wrongKey = (detail: string, cause?: unknown): ProblemError =>
  new ProblemError('validation-failed', 'the key of links cannot be used', {
    violations: [{ pointer: '/ALERTING_LINK_KEY_FILE', detail }],
    cause,
  });
