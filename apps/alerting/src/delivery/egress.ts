import { readFileSync } from 'node:fs';
import { isIP, type Socket } from 'node:net';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { ProblemError } from '@interlock/kernel';
import {
  createOutbound,
  judgeAddress,
  networkFaults,
  type AddressRules,
  type OutboundAnswer,
  type OutboundMethod,
  type OutboundPlace,
  type Resolve,
} from '@interlock/outbound';
import {
  tenantSecrets,
  type ServiceContext,
  type TenantSecrets,
  type TenantSecretsOptions,
} from '@interlock/platform';
import type { DeliveryConfig } from './config.js';
import { failureOf } from './failure.js';

type HttpRequest = {
  readonly method: OutboundMethod;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | null;
};

/**
 * Access to the outside world under one rule of addresses, and the tenants' secrets. It needs
 * neither log nor database.
 */
export type Egress = {
  /**
   * Sends a request. The status counts, so a body that is too long, breaks off or does not end is
   * cut there. Throws SendFailure.
   */
  readonly http: { readonly send: (request: HttpRequest) => Promise<OutboundAnswer> };
  /** Connects for a protocol other than HTTP. Throws SendFailure. */
  readonly connect: (place: OutboundPlace) => Promise<Socket>;
  readonly secrets: TenantSecrets;
  /**
   * Returns why an address can never be sent to, as far as its text shows; null if it may. A host
   * name is checked again when it is resolved.
   */
  readonly fault: (url: string) => string | null;
  /** Returns why a host and port can never be connected to; null for a host name. */
  readonly hostFault: (host: string, port: number) => string | null;
  /** The PEM certificates that verify receivers instead of the system's. */
  readonly ca: string | null;
  readonly timeoutMs: number;
};

const certificates = (path: string | undefined): string | null => {
  if (path === undefined) return null;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ProblemError('validation-failed', 'the file of certificates cannot be read', {
      violations: [{ pointer: '/ALERTING_CA_FILE', detail: 'must be a file that can be read' }],
      cause,
    });
  }
};

const list = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

/** Parses networks. A single address becomes a network of one. */
const networksOf = (text: string | undefined): readonly string[] => {
  const networks = list(text).map((one) => (isIP(one) === 0 ? one : `${one}/${isIP(one) === 6 ? 128 : 32}`));
  const faults = networkFaults(networks);
  if (faults.length > 0)
    throw new ProblemError('validation-failed', 'the allowed networks cannot be read', {
      violations: faults.map((one) => ({
        pointer: '/ALERTING_ALLOWED_NETWORKS',
        detail: `\`${one}\` is neither an address nor a network such as \`10.1.0.0/16\``,
      })),
    });
  return networks;
};

/** The port of an address of HTTP. */
export const portIn = (url: URL): number => Number(url.port) || (url.protocol === 'http:' ? 80 : 443);

const verdictOf = (
  host: string,
  port: number,
  rules: AddressRules,
): ReturnType<typeof judgeAddress> | null => {
  const plain = host.replace(/^\[(.*)\]$/, '$1');
  const address = plain === 'localhost' ? '127.0.0.1' : plain;
  return isIP(address) === 0 ? null : judgeAddress(address, port, rules);
};

const hostFault = (host: string, port: number, rules: AddressRules): string | null => {
  const verdict = verdictOf(host, port, rules);
  return typeof verdict === 'object' && verdict !== null ? verdict.refused : null;
};

const addressFault = (text: string, rules: AddressRules): string | null => {
  if (!URL.canParse(text)) return 'must be an address such as `https://example.org/path`';
  const url = new URL(text);
  const isClear = url.protocol === 'http:';
  if (!isClear && url.protocol !== 'https:') return 'must begin with `https://`';
  if (url.username !== '' || url.password !== '') return 'must hold no user and no password';
  if (url.hash !== '') return 'must have no fragment';
  const verdict = verdictOf(url.hostname, portIn(url), rules);
  if (verdict === null) return isClear ? 'must begin with `https://`' : null;
  if (typeof verdict === 'object') return verdict.refused;
  return isClear && verdict === 'public' ? 'must begin with `https://`' : null;
};

/** Returns where the channels' secrets are stored. */
export const channelPlaces = (
  config: Pick<DeliveryConfig, 'ALERTING_SECRETS_DIR' | 'ALERTING_SECRETS_ENV_PREFIX'>,
  environment: ServiceContext['environment'],
): TenantSecretsOptions => ({
  directory:
    config.ALERTING_SECRETS_DIR ??
    (environment['INTERLOCK_HOME'] === undefined
      ? undefined
      : join(environment['INTERLOCK_HOME'], 'channel-secrets')),
  prefix: config.ALERTING_SECRETS_ENV_PREFIX,
  environment,
  place: "channels' directory of secrets",
  owner: 'alerting',
});

/**
 * Creates the egress. Throws `validation-failed` if the configuration names a missing file or an
 * invalid network.
 */
export const egressOf = (
  config: DeliveryConfig,
  environment: ServiceContext['environment'],
  { resolve, ca: given = null }: { readonly resolve?: Resolve; readonly ca?: string | null } = {},
): Egress => {
  const own = given ?? certificates(config.ALERTING_CA_FILE);
  const ca = own === null ? null : [...rootCertificates, own].join('\n');
  const timeoutMs = config.ALERTING_SEND_MS;
  const rules = {
    allowed: networksOf(config.ALERTING_ALLOWED_NETWORKS),
    own: list(config.ALERTING_OWN_ADDRESSES),
  };
  const outbound = createOutbound({
    ...rules,
    ...(resolve === undefined ? {} : { resolve }),
    ...(ca === null ? {} : { ca }),
  });
  const failing = (error: unknown): never => {
    throw failureOf(error);
  };
  return {
    http: {
      send: ({ method, url, headers, body }) =>
        outbound
          .send(method, {
            url,
            headers: { ...headers, 'user-agent': 'interlock', 'accept-encoding': 'identity' },
            body,
            deadlineMs: timeoutMs,
            maxBytes: config.ALERTING_ANSWER_BYTES,
            brokenBody: 'cut',
          })
          .catch(failing),
    },
    connect: (place) => outbound.connect(place).catch(failing),
    fault: (text) => addressFault(text, rules),
    hostFault: (host, port) => hostFault(host, port, rules),
    ca,
    timeoutMs,
    secrets: tenantSecrets(channelPlaces(config, environment)),
  };
};
