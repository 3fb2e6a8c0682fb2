import { isProblem } from '@interlock/kernel';
import { tlsRemedyOf, type TlsSettings } from './tls.js';

type Status = 'ok' | 'warning' | 'failed' | 'skipped';
/** The result of a check. A warning or failure has a remedy. */
export type Finding = { readonly status: Status; readonly found: string; readonly remedy?: string };
/** A check's answer, as the command prints it. */
export type Result = {
  readonly name: string;
  readonly status: Status;
  readonly found: string;
  readonly remedy: string | null;
};
type Check<C> = {
  readonly name: string;
  /** Another check of this part that must succeed first; otherwise this one would only time out. */
  readonly needs?: string;
  /** What to do if the check itself fails with an error that has no remedy. */
  readonly remedy: string;
  readonly look: (part: C) => Finding | Promise<Finding>;
};
/** An external part: how it is opened, and the checks that need it open. */
export type Part<C> = {
  readonly name: string;
  /** Why the installation does not have this part, so that every check is skipped. */
  readonly absent?: string | undefined;
  readonly open: () => Promise<{ readonly part: C; readonly found: string }>;
  /** Where the certificates of the part are set. A part without them is never reached over TLS. */
  readonly tls?: TlsSettings;
  /** What to do about an error of `open`, unless it is a fault of the environment or of TLS. */
  readonly remedyOf: (error: unknown) => string;
  readonly close?: (part: C) => Promise<void>;
  readonly checks: readonly Check<C>[];
};

export const ok = (found: string): Finding => ({ status: 'ok', found });
export const warning = (found: string, remedy: string): Finding => ({ status: 'warning', found, remedy });
export const failed = (found: string, remedy: string): Finding => ({ status: 'failed', found, remedy });
export const skipped = (found: string): Finding => ({ status: 'skipped', found });

class Late extends Error {}

/** Rejects if the work takes longer than `ms`; its later result goes to `late`. */
const within = async <T>(work: Promise<T>, ms: number, late: (value: T) => void): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  let isLate = false;
  work.then(
    (value) => {
      if (isLate) late(value);
    },
    () => undefined,
  );
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          isLate = true;
          reject(new Late(`no answer within ${ms / 1000} s`));
        }, ms);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Describes an error: a problem's own detail, otherwise the message of the error or of its first
 * cause.
 */
export const wordsOf = (error: unknown): string => {
  if (isProblem(error)) return error.detail;
  if (error instanceof AggregateError && error.message === '') return wordsOf(error.errors[0]);
  return error instanceof Error && error.message !== '' ? error.message : String(error);
};

/** A problem's own remedy. */
const ownRemedy = (error: unknown): string | undefined => (isProblem(error) ? error.remedy : undefined);

const resultOf = (name: string, { status, found, remedy }: Finding): Result => ({
  name,
  status,
  found,
  remedy: remedy ?? null,
});

/**
 * Runs the checks of a part, one after another, each within `timeoutMs`. An error is a failed
 * check. If the part cannot be opened, its other checks are skipped.
 */
export const examine = async <C>(part: Part<C>, timeoutMs: number): Promise<readonly Result[]> => {
  const reachable = `${part.name} reachable`;
  const others = (reason: string): readonly Result[] =>
    part.checks.map(({ name }) => resultOf(`${part.name} ${name}`, skipped(reason)));
  if (part.absent !== undefined) return [resultOf(reachable, skipped(part.absent)), ...others(part.absent)];
  const close = async (opened: { readonly part: C }): Promise<void> => {
    await part.close?.(opened.part).catch(() => undefined);
  };
  let opened: { readonly part: C; readonly found: string };
  try {
    opened = await within(Promise.resolve().then(part.open), timeoutMs, (value) => void close(value));
  } catch (error) {
    const own = isProblem(error, 'validation-failed')
      ? (error.remedy ?? 'correct the variables that are named')
      : undefined;
    const tls = part.tls === undefined ? undefined : tlsRemedyOf(error, part.tls);
    const failure = failed(wordsOf(error).trim(), own ?? tls ?? part.remedyOf(error));
    return [resultOf(reachable, failure), ...others(`\`${reachable}\` failed`)];
  }
  const results = [resultOf(reachable, ok(opened.found))];
  for (const { name, needs, remedy, look } of part.checks) {
    const failure = results.find(
      (one) => one.status === 'failed' && one.name === `${part.name} ${needs ?? ''}`,
    );
    if (failure !== undefined) {
      results.push(resultOf(`${part.name} ${name}`, skipped(`\`${failure.name}\` failed`)));
      continue;
    }
    const finding = await within(
      Promise.resolve().then(() => look(opened.part)),
      timeoutMs,
      () => undefined,
    ).catch((error: unknown) => failed(wordsOf(error).trim(), ownRemedy(error) ?? remedy));
    results.push(resultOf(`${part.name} ${name}`, finding));
  }
  await within(close(opened), timeoutMs, () => undefined).catch(() => undefined);
  return results;
};

/** The shortest secret that is hidden, because shorter texts occur in ordinary words. */
const leastSecret = 4;

/** INVARIANT: no text of a result contains a secret, whichever part's error quotes it. */
export const withoutSecrets = (results: readonly Result[], secrets: readonly string[]): readonly Result[] => {
  const hidden = [...new Set(secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]))]
    .filter(({ length }) => length >= leastSecret)
    .sort((a, b) => b.length - a.length);
  const clean = (text: string): string => hidden.reduce((all, one) => all.replaceAll(one, '***'), text);
  return results.map((result) => ({
    ...result,
    found: clean(result.found),
    remedy: result.remedy === null ? null : clean(result.remedy),
  }));
};

/** True if a host is this machine, so that nobody else sees the traffic. */
export const isLocal = (host: string): boolean =>
  host === '' || host.startsWith('/') || /^(?:localhost|127(?:\.\d+){3}|\[?::1\]?)$/i.test(host);

/** The finding for hosts that are reached without TLS: `elsewhere`, unless all are this machine. */
export const withoutTls = (hosts: readonly string[], elsewhere: Finding): Finding =>
  hosts.every(isLocal) ? ok('no TLS, and the traffic does not leave this machine') : elsewhere;

const aheadMs = 1000;
/** The verifier of tokens tolerates the same difference. */
const mostMs = 5000;

/**
 * Compares another clock with this machine's. `skewMs` is positive if the other is ahead;
 * `uncertainMs` is how far the measurement itself may be wrong.
 */
export const clockFinding = (skewMs: number, uncertainMs: number): Finding => {
  const off = Math.max(0, Math.abs(skewMs) - uncertainMs);
  if (off <= aheadMs) return ok(`its clock agrees with this machine's, to ${Math.ceil(uncertainMs)} ms`);
  const found = `its clock is ${(off / 1000).toFixed(1)} s ${skewMs > 0 ? 'ahead of' : 'behind'} this machine's`;
  const remedy = 'synchronise both machines with NTP';
  return off > mostMs ? failed(found, remedy) : warning(found, remedy);
};
