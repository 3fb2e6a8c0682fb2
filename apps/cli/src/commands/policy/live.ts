import { isObject } from '@interlock/kernel';
import type { Schema } from '@interlock/api-types';
import type { ProblemDetails } from '@interlock/contracts';
import type { Command } from 'commander';
import { digestOfRead } from '../../asked.js';
import { calls } from '../../program/routes.js';
import { remark, tell, withOutput, type Output, type Shape } from '../../output/output.js';
import { CliError, personal, refusalText, Session, visible, type Globals } from '../../connection/session.js';
import { bundleLine, bundleLines } from './bundles.js';
import { isExported, parseJson, unusable, withExitCodes } from './files.js';
import { readText } from '../../reading.js';

type BundleView = Schema<'BundleDto'>;
type CanaryStatus = Schema<'CanaryStatusDto'>;
type Answer<T> = {
  readonly status: number;
  readonly etag: string | null;
  readonly body: T & Partial<ProblemDetails>;
};

const base = '/api/v1/policy';

const ask = async <T>(
  session: Session,
  method: string,
  path: string,
  body?: unknown,
  headers: { readonly [name: string]: string } = {},
): Promise<Answer<T>> => {
  const response = await session.fetch(method, `${base}${path}`, body, headers);
  const text = await response.text();
  return {
    status: response.status,
    etag: response.headers.get('etag'),
    body: (text === '' ? {} : JSON.parse(text)) as Answer<T>['body'],
  };
};
const refused = (problem: Partial<ProblemDetails>, status: number): CliError =>
  new CliError(refusalText(problem, status));
const good = <T>({ status, body }: Answer<T>): T => {
  if (status >= 400) throw refused(body, status);
  return body;
};

/** Prints a bundle in one line after a change, with the change. */
const done = (what: string): Shape<BundleView> => ({
  text: (view) => `${what}: ${visible(bundleLine(view))}`,
  names: ({ id }) => [id],
});

/**
 * Creates the draft, or changes it at the revision that was read. It also imports an exported file.
 */
const push = async (
  session: Session,
  file: string,
  options: Output & { readonly ifMatch?: string; readonly as?: string },
): Promise<void> => {
  const value = parseJson(readText(file), file);
  if (isExported(value)) {
    const imported = good(await ask<BundleView>(session, 'POST', '/bundles/import', value));
    await tell(imported, done('imported'), options);
    return;
  }
  if (!isObject(value) || typeof value['version'] !== 'string')
    throw unusable(`${file} is not a bundle: it has no version`);
  const there = await ask<BundleView>(
    session,
    'GET',
    `/bundles/version/${encodeURIComponent(value['version'])}`,
  );
  if (there.status === 404) {
    if (options.ifMatch !== undefined)
      throw new CliError(`there is no bundle ${value['version']} at revision ${options.ifMatch}`);
    const created = good(await ask<BundleView>(session, 'POST', '/bundles', value));
    await tell(created, done('created'), options);
    if (options.as === undefined)
      remark(
        `no person stands for it yet, so it cannot be approved; this makes you its author: interlock --as NAME policy adopt ${visible(created.version)} --digest ${visible(created.bundle_hash)}`,
      );
    return;
  }
  const before = good(there);
  const put = good(
    await ask<BundleView>(session, 'PUT', `/bundles/${before.id}`, value, {
      'if-match': `"${options.ifMatch ?? before.revision}"`,
    }),
  );
  await tell(put, done(put.bundle_hash === before.bundle_hash ? 'unchanged' : 'changed'), options);
};

const byVersion = async (session: Session, version: string): Promise<BundleView> =>
  good(await ask<BundleView>(session, 'GET', `/bundles/version/${encodeURIComponent(version)}`));

/**
 * Shows a draft that has no person as author, and makes the caller the author of exactly that
 * content.
 */
const adopt = async (
  globals: Globals,
  version: string,
  options: Output & { readonly digest?: string },
): Promise<void> => {
  const session = personal(globals);
  const bundle = await byVersion(session, version);
  const read = await digestOfRead(
    { lines: bundleLines(bundle), digest: bundle.bundle_hash },
    'adopt',
    options.digest,
  );
  const adopted = await ask<BundleView>(session, 'POST', `/bundles/${bundle.id}/adopt`, {
    bundle_hash: read,
  });
  await tell(good(adopted), done('adopted'), options);
};

type ActivateOptions = Output & { readonly approval?: string; readonly digest?: string };

/** Shows the bundle, its rules and its approvals, and activates exactly that content. */
const activate = async (session: Session, version: string, options: ActivateOptions): Promise<void> => {
  const { approval, digest } = options;
  const bundle = await byVersion(session, version);
  const read = await digestOfRead(
    { lines: bundleLines(bundle), digest: bundle.bundle_hash },
    'activate',
    digest,
  );
  const activated = await ask<BundleView>(session, 'POST', `/bundles/${bundle.id}/activate`, {
    bundle_hash: read,
    ...(approval === undefined ? {} : { approval_id: approval }),
  });
  await tell(good(activated), done('activated'), options);
};

type RollbackOptions = Output & { readonly reason?: string };
type RolledBack = Schema<'RolledBackBundleDto'>;

const rolledBackShape: Shape<RolledBack> = {
  text: ({ restored, ...view }, screen, wide) =>
    [
      done('rolled back').text(view, screen, wide),
      restored === null
        ? 'no bundle decides now: every action needs an approval'
        : `${visible(restored.version)} decides at 100 %`,
    ].join('\n'),
  names: ({ id }) => [id],
};

/**
 * Rolls a bundle back, which restores the previous one. Without a version, it takes the canary,
 * otherwise the active one.
 */
const rollBack = async (
  session: Session,
  version: string | undefined,
  options: RollbackOptions,
): Promise<void> => {
  const { reason } = options;
  if (reason === undefined || reason.trim() === '') throw unusable('say why, with --reason');
  const { active, canary } = good(await ask<Schema<'DecidingBundlesDto'>>(session, 'GET', '/bundles/active'));
  const bundle = version === undefined ? (canary ?? active) : await byVersion(session, version);
  if (bundle === null) throw new CliError('no bundle is active: there is nothing to roll back');
  const answer = await ask<RolledBack>(session, 'POST', `/bundles/${bundle.id}/rollback`, { reason });
  await tell(good(answer), rolledBackShape, options);
};

const statusText = ({
  canary_pct,
  dwell_ends_at: dwell = null,
  held = null,
  gates = null,
}: CanaryStatus): string =>
  [
    `  at ${canary_pct} %`,
    ...(dwell === null ? [] : [`dwell until ${dwell}`]),
    ...(held === null ? [] : [`held: ${held.reason}`]),
    ...(gates === null
      ? []
      : [
          `gates ${gates.threshold_verdict.passed ? 'passed' : `not passed (${gates.threshold_verdict.failing.join(', ')})`}, evidence: ${gates.evidence.outcome}`,
        ]),
  ].join(', ');

type Status = {
  readonly active: BundleView | null;
  readonly canary: BundleView | null;
  readonly rollout: CanaryStatus | null;
};
const statusShape: Shape<Status> = {
  text: ({ active, canary, rollout }) =>
    [
      active === null ? 'no bundle is active' : bundleLine(active),
      ...(canary === null ? [] : [bundleLine(canary)]),
      ...(canary === null || rollout === null ? [] : [statusText(rollout)]),
      ...(rollout?.withdrawn === true ? ['bundles were withdrawn: every action needs an approval'] : []),
      ...(rollout?.bypass === undefined || rollout.bypass === null
        ? []
        : [`bypassed until ${rollout.bypass.until}: ${rollout.bypass.reason}`]),
    ]
      .map(visible)
      .join('\n'),
  names: ({ active, canary }) => [active, canary].flatMap((bundle) => (bundle === null ? [] : [bundle.id])),
};

/** Prints the deciding bundles, the state of the canary, and whether bundles are bypassed. */
const status = async (session: Session, options: Output): Promise<void> => {
  const { active, canary } = good(await ask<Schema<'DecidingBundlesDto'>>(session, 'GET', '/bundles/active'));
  const named = canary ?? active;
  const rollout =
    named === null
      ? null
      : good(await ask<CanaryStatus>(session, 'GET', `/bundles/${named.id}/canary-status`));
  await tell({ active, canary, rollout }, statusShape, options);
};

type Bypass = Schema<'BypassStateDto'>;
type BypassOptions = Output & { readonly reason?: string; readonly minutes?: string; readonly end: boolean };

const bypassShape: Shape<Bypass> = {
  text: ({ bypass: standing }) =>
    standing === null
      ? 'ended: bundles decide again'
      : `bypassed until ${visible(standing.until)}: every action needs an approval`,
  names: () => [],
};

/** Bypasses a tenant's bundles for some minutes by break-glass, or ends that. */
const bypass = async (globals: Globals, options: BypassOptions): Promise<void> => {
  const { reason, minutes, end } = options;
  const session = personal(globals);
  if (end && (reason !== undefined || minutes !== undefined))
    throw unusable('--end takes neither --reason nor --minutes');
  if (!end && (reason === undefined || reason.trim() === '')) throw unusable('say why, with --reason');
  const wanted = minutes === undefined ? {} : { minutes: Number(minutes) };
  if (wanted.minutes !== undefined && !(Number.isInteger(wanted.minutes) && wanted.minutes >= 1))
    throw unusable('--minutes must be a whole number from 1');

  const answer = end
    ? await ask<Bypass>(session, 'DELETE', '/bypass')
    : await ask<Bypass>(session, 'POST', '/bypass', { reason, ...wanted });
  await tell(good(answer), bypassShape, options);
};

/** A command with output options, whose exit code is a finding. */
const coded = (command: Command): Command => withExitCodes(withOutput(command));

/** `interlock policy push|adopt|activate|rollback|status|bypass`: on the running system. */
export const addPolicyLive = (policy: Command, globals: () => Globals): void => {
  coded(
    calls(
      policy.command('push <file>'),
      'GET /api/v1/policy/bundles/version/{version}',
      'POST /api/v1/policy/bundles',
      'PUT /api/v1/policy/bundles/{id}',
      'POST /api/v1/policy/bundles/import',
    ).description('create the draft of a bundle, change it where it is there, or import an exported file'),
  )
    .option('--if-match <revision>', 'the revision that is changed; else the one that is there')
    .action((file: string, options: Output & { readonly ifMatch?: string }) =>
      push(new Session(globals()), file, {
        ...options,
        ...(globals().as === undefined ? {} : { as: globals().as! }),
      }),
    );
  coded(
    calls(policy.command('adopt <version>'), 'POST /api/v1/policy/bundles/{id}/adopt').description(
      'show a draft that a service made and become its author; then another person can approve it',
    ),
  )
    .option(
      '--digest <hash>',
      'of the bundle that you have read before; without it you are asked on the terminal',
    )
    .action((version: string, options: Output & { readonly digest?: string }) =>
      adopt(globals(), version, options),
    );
  coded(
    calls(policy.command('activate <version>'), 'POST /api/v1/policy/bundles/{id}/activate').description(
      'show an approved bundle and let it decide: at 10 % beside an active one, else at 100 %',
    ),
  )
    .option('--approval <id>', 'by this approval; else by any of its present content')
    .option(
      '--digest <hash>',
      'of the bundle that you have read before; without it you are asked on the terminal',
    )
    .action((version: string, options: ActivateOptions) =>
      activate(new Session(globals()), version, options),
    );
  coded(
    calls(policy.command('rollback [version]'), 'POST /api/v1/policy/bundles/{id}/rollback').description(
      'take a bundle out, and put the one before back; without a version the canary, else the active one',
    ),
  )
    .option('--reason <text>', 'why, for the record')
    .action((version: string | undefined, options: RollbackOptions) =>
      rollBack(new Session(globals()), version, options),
    );
  coded(
    calls(
      policy.command('status'),
      'GET /api/v1/policy/bundles/active',
      'GET /api/v1/policy/bundles/{id}/canary-status',
    ).description('what decides now, and how its canary does'),
  ).action((options: Output) => status(new Session(globals()), options));
  coded(
    calls(policy.command('bypass'), 'POST /api/v1/policy/bypass', 'DELETE /api/v1/policy/bypass').description(
      "break-glass: take the tenant's bundles out; every action then needs an approval, and it ends by itself",
    ),
  )
    .option('--reason <text>', 'why, for the record')
    .option('--minutes <n>', 'for how long; else an hour')
    .option('--end', 'put them back', false)
    .action((options: BypassOptions) => bypass(globals(), options));
};
