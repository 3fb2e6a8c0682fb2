import { setTimeout as delay } from 'node:timers/promises';
import { CliError } from '../cli-error.js';
import { deviceRow, type DeviceRow } from './device-rows.js';

type Named = { readonly slug?: string } | null;
type NetboxDevice = {
  readonly id: number;
  readonly name: string | null;
  readonly site?: Named;
  readonly primary_ip?: { readonly address?: string } | null;
  readonly custom_fields?: { readonly [name: string]: unknown } | null;
};
type Page = { readonly next: string | null; readonly results: readonly NetboxDevice[] };

const pageSize = 100;
const mostPages = 1000;
const tries = 4;

const textIn = (value: unknown): string =>
  typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value);

/**
 * Returns a device of NetBox: its name in lower case, its site, and its primary address. The custom
 * fields `interlock_<member>` supply the members that NetBox lacks.
 */
const rowOf = ({ id, name, site, primary_ip: ip, custom_fields: fields }: NetboxDevice): DeviceRow => {
  const own = (member: string): string => textIn(fields?.[`interlock_${member}`]);
  return deviceRow(`netbox ${id}`, {
    device_id: (name ?? '').toLowerCase(),
    site_id: site?.slug ?? '',
    host: (ip?.address ?? '').replace(/\/\d+$/, ''),
    port: own('port'),
    username: own('username'),
    credentials_ref: own('credentials_ref'),
    host_key_fingerprint: own('host_key_fingerprint'),
    profile: own('profile'),
    cells: own('cells'),
    call_home: own('call_home'),
    transport: own('transport'),
  });
};

const isPage = (value: unknown): value is Page => {
  const { next, results } = (value ?? {}) as { readonly next?: unknown; readonly results?: unknown };
  return (next === null || typeof next === 'string') && Array.isArray(results);
};

/**
 * Sends a request, and repeats it if NetBox is busy, after the time that NetBox asks for, at most
 * half a minute.
 */
const ask = async (url: URL, token: string): Promise<Page> => {
  for (let left = tries; ; left -= 1) {
    const response = await fetch(url, {
      headers: { authorization: `Token ${token}`, accept: 'application/json' },
      redirect: 'error',
    }).catch((error: unknown) => {
      const cause = (error as Error).cause;
      throw new CliError(
        `NetBox does not answer at ${url.origin}: ${cause instanceof Error ? cause.message : 'it redirects'}`,
      );
    });
    const text = await response.text();
    const isBusy = response.status === 429 || response.status === 503;
    if (isBusy && left > 1) {
      await delay(Math.min(30, Number(response.headers.get('retry-after') ?? 1) || 1) * 1000);
      continue;
    }
    let value: unknown = null;
    try {
      value = JSON.parse(text);
    } catch {
      // An answer that is no JSON is reported below.
    }
    if (!response.ok) {
      const { detail } = (value ?? {}) as { readonly detail?: unknown };
      throw new CliError(
        `NetBox refuses (status ${response.status})${typeof detail === 'string' ? `: ${detail}` : ''}`,
      );
    }
    if (!isPage(value)) throw new CliError(`${url.origin} does not answer as NetBox does`);
    return value;
  }
};

/**
 * Returns the devices of a NetBox that match `query`, such as `site=ldn1&status=active`, page by
 * page. The token is sent only to the given address. Throws CliError for refusals and invalid
 * answers.
 */
export const devicesOfNetbox = async (
  address: string,
  query: string,
  token: string,
): Promise<readonly DeviceRow[]> => {
  if (!URL.canParse(address)) throw new CliError(`\`${address}\` is not an address`, 2);
  const base = new URL(address);
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(base.hostname);
  if (base.protocol !== 'https:' && !(base.protocol === 'http:' && isLocal))
    throw new CliError('the address of NetBox begins with https://, because the token is sent there', 2);
  let url = new URL(`${base.pathname.replace(/\/$/, '')}/api/dcim/devices/`, base);
  url.search = query;
  url.searchParams.set('limit', `${pageSize}`);
  const rows: DeviceRow[] = [];
  for (let page = 0; page < mostPages; page += 1) {
    const { next, results } = await ask(url, token);
    rows.push(...results.map(rowOf));
    if (next === null) return rows;
    if (!URL.canParse(next) || new URL(next).origin !== base.origin)
      throw new CliError('NetBox names a next page at another address');
    url = new URL(next);
  }
  throw new CliError(`NetBox has more than ${mostPages} pages`);
};
