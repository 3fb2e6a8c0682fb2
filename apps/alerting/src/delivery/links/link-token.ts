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

/** Returns the content of a token; null if its signature is wrong. */
export const linkIn = (token: string, key: Buffer): LinkContent | null => {
  const [body = '', signature = '', ...rest] = token.split('.');
  const given = Buffer.from(signature, 'base64url');
  const right = signatureOf(body, key);
  if (rest.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) return null;
  const [id, tenant, alert, channel, page, expires] = JSON.parse(
    Buffer.from(body, 'base64url').toString('utf8'),
  ) as [string, string, string, string, string, number];
  return { id, tenant, alert, channel, page, expires };
};

/** Creates the addresses of one-time links. Null if the installation has no address or no key. */
export type Links = {
  readonly key: Buffer;
  /** Returns the link of a notice; null if the notice requests nothing from people. */
  readonly addressOf: (notice: Notice, channelId: string) => string | null;
};

/**
 * Creates links to the console at `base`. The id derives from the notice and the channel, so that a
 * repeated message has the same link.
 */
export const linksTo = (base: string, key: Buffer, lifeS: number): Links => ({
  key,
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
      key,
    );
    // Browsers do not send fragments to servers, so no log and no chat preview contains the token.
    return `${base}/go?tenant=${encodeURIComponent(tenant)}#${token}`;
  },
});

const least = 32;

/**
 * Returns the key of links: from the file, or one that this process creates in the state directory.
 * Null if neither is configured. Throws `validation-failed` for a key that is too short.
 */
export const linkKeyOf = (file: string | undefined, stateDirectory: string | undefined): Buffer | null => {
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
  let key: Buffer;
  try {
    key = Buffer.from(readFileSync(path, 'utf8').trim());
  } catch (cause) {
    throw wrongKey('must be a file that can be read', cause);
  }
  if (key.length < least) throw wrongKey(`must hold at least ${least} characters`);
  return key;
};

const wrongKey = (detail: string, cause?: unknown): ProblemError =>
  new ProblemError('validation-failed', 'the key of links cannot be used', {
    violations: [{ pointer: '/ALERTING_LINK_KEY_FILE', detail }],
    cause,
  });
