import { isObject } from '@interlock/kernel';
import type { Schema } from '@interlock/api-types';
import type { ProblemDetails } from '@interlock/contracts';
import type { Command } from 'commander';
import { digestOfRead } from '../asked.js';
import { calls } from '../routes.js';
import { CliError, isPerson, print, Session, type Globals } from '../session.js';
import { bundleLine, bundleLines } from './policy-bundles.js';
import { isExported, parseJson, readTextFile, unusable, withExitCodes } from './policy-files.js';

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
const refused = ({ code, detail, violations = [] }: Partial<ProblemDetails>, status: number): CliError =>
  new CliError(
    `${code ?? status}: ${detail ?? 'the request failed'}${violations.map((one) => `\n  ${one.pointer}: ${one.detail}`).join('')}`,
  );
const good = <T>({ status, body }: Answer<T>): T => {
  if (status >= 400) throw refused(body, status);
  return body;
};

const tell = (what: string, view: BundleView, json: boolean): void => {
  print(json ? JSON.stringify(view, null, 2) : `${what}: ${bundleLine(view)}`);
};

/** Creates the draft, or changes it at the revision that was read; of an exported file, imports it. */
const push = async (
  session: Session,
  file: string,
  options: { readonly json: boolean; readonly ifMatch?: string; readonly as?: string },
): Promise<void> => {
  const value = parseJson(readTextFile(file), file);
  if (isExported(value)) {
    tell('imported', good(await ask<BundleView>(session, 'POST', '/bundles/import', value)), options.json);
    return;
  }
  if (!isObject(value) || typeof value['version'] !== 'string')
    throw unusable(`${file} is no bundle: it has no version`);
  const there = await ask<BundleView>(
    session,
    'GET',
    `/bundles/version/${encodeURIComponent(value['version'])}`,
  );
  if (there.status === 404) {
    if (options.ifMatch !== undefined)
      throw new CliError(`there is no bundle ${value['version']} at revision ${options.ifMatch}`);
    const created = good(await ask<BundleView>(session, 'POST', '/bundles', value));
    tell('created', created, options.json);
    if (options.as === undefined && !options.json)
      print(
        `no person stands for it yet, so nobody can approve it; this makes you its author: interlock --as NAME policy adopt ${created.version} --digest ${created.bundle_hash}`,
      );
    return;
  }
  const before = good(there);
  const put = good(
    await ask<BundleView>(session, 'PUT', `/bundles/${before.id}`, value, {
      'if-match': `"${options.ifMatch ?? before.revision}"`,
    }),
  );
  tell(put.bundle_hash === before.bundle_hash ? 'unchanged' : 'changed', put, options.json);
};

const byVersion = async (session: Session, version: string): Promise<BundleView> =>
  good(await ask<BundleView>(session, 'GET', `/bundles/version/${encodeURIComponent(version)}`));

/** Shows a draft that no person made, and makes who calls its author, of that very content. */
const adopt = async (
  globals: Globals,
  version: string,
  { digest, json }: { readonly digest?: string; readonly json: boolean },
): Promise<void> => {
  if (!isPerson(globals)) throw unusable('who adopts must say who they are: --as NAME');
  const session = new Session(globals);
  const bundle = await byVersion(session, version);
  const read = await digestOfRead(
    { lines: bundleLines(bundle), digest: bundle.bundle_hash },
    'adopt',
    digest,
  );
  tell(
    'adopted',
    good(await ask<BundleView>(session, 'POST', `/bundles/${bundle.id}/adopt`, { bundle_hash: read })),
    json,
  );
};

type ActivateOptions = { readonly approval?: string; readonly digest?: string; readonly json: boolean };

/** Shows the bundle, its rules and who approved what of it, and activates that very content. */
const activate = async (
  session: Session,
  version: string,
  { approval, digest, json }: ActivateOptions,
): Promise<void> => {
  const bundle = await byVersion(session, version);
  const read = await digestOfRead(
    { lines: bundleLines(bundle), digest: bundle.bundle_hash },
    'activate',
    digest,
  );
  tell(
    'activated',
    good(
      await ask<BundleView>(session, 'POST', `/bundles/${bundle.id}/activate`, {
        bundle_hash: read,
        ...(approval === undefined ? {} : { approval_id: approval }),
      }),
    ),
    json,
  );
};

/** Takes a bundle out, which puts the one before back; without a version the canary, else the active one. */
const rollBack = async (
  session: Session,
  version: string | undefined,
  { reason, json }: { readonly reason?: string; readonly json: boolean },
): Promise<void> => {
  if (reason === undefined || reason.trim() === '') throw unusable('say why, with --reason');
  const { active, canary } = good(await ask<Schema<'DecidingBundlesDto'>>(session, 'GET', '/bundles/active'));
  const bundle = version === undefined ? (canary ?? active) : await byVersion(session, version);
  if (bundle === null) throw new CliError('no bundle is active: there is nothing to roll back');
  const { restored, ...view } = good(
    await ask<Schema<'RolledBackBundleDto'>>(session, 'POST', `/bundles/${bundle.id}/rollback`, { reason }),
  );
  tell('rolled back', view, json);
  if (!json)
    print(
      restored === null
        ? 'no bundle decides now: every action needs an approval'
        : `${restored.version} decides at 100 %`,
    );
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

/** What decides now, how its canary does, and whether bundles are bypassed. */
const status = async (session: Session, json: boolean): Promise<void> => {
  const { active, canary } = good(await ask<Schema<'DecidingBundlesDto'>>(session, 'GET', '/bundles/active'));
  const named = canary ?? active;
  const rollout =
    named === null
      ? null
      : good(await ask<CanaryStatus>(session, 'GET', `/bundles/${named.id}/canary-status`));
  if (json) {
    print(JSON.stringify({ active, canary, rollout }, null, 2));
    return;
  }
  print(active === null ? 'no bundle is active' : bundleLine(active));
  if (canary !== null) print(`${bundleLine(canary)}\n${statusText(rollout!)}`);
  if (rollout?.withdrawn === true) print('bundles were withdrawn: every action needs an approval');
  if (rollout?.bypass !== undefined && rollout.bypass !== null)
    print(`bypassed until ${rollout.bypass.until}: ${rollout.bypass.reason}`);
};

type BypassOptions = { readonly reason?: string; readonly minutes?: string; readonly end: boolean };

/** Break-glass: takes a tenant's bundles out for some minutes, or puts them back. */
const bypass = async (globals: Globals, { reason, minutes, end }: BypassOptions): Promise<void> => {
  if (!isPerson(globals)) throw unusable('who bypasses must say who they are: --as NAME');
  if (end && (reason !== undefined || minutes !== undefined))
    throw unusable('--end takes neither --reason nor --minutes');
  if (!end && (reason === undefined || reason.trim() === '')) throw unusable('say why, with --reason');
  const wanted = Number(minutes);
  if (!end && (minutes === undefined || !Number.isInteger(wanted) || wanted < 1))
    throw unusable('say for how long, with --minutes: a whole number from 1');
  const session = new Session(globals);
  if (end) {
    good(await ask(session, 'DELETE', '/bypass'));
    print('ended: bundles decide again');
    return;
  }
  const { bypass: until } = good(
    await ask<Schema<'BypassStateDto'>>(session, 'POST', '/bypass', {
      reason,
      minutes: wanted,
    }),
  );
  print(`bypassed until ${until?.until ?? 'ended'}: every action needs an approval`);
};

/** `interlock policy push|adopt|activate|rollback|status|bypass`: on the running system. */
export const addPolicyLive = (policy: Command, globals: () => Globals): void => {
  withExitCodes(
    calls(
      policy.command('push <file>'),
      'GET /api/v1/policy/bundles/version/{version}',
      'POST /api/v1/policy/bundles',
      'PUT /api/v1/policy/bundles/{id}',
      'POST /api/v1/policy/bundles/import',
    ).description('create the draft of a bundle, change it where it is there, or import an exported file'),
  )
    .option('--if-match <revision>', 'the revision that is changed; else the one that is there')
    .option('--json', 'the bundle as JSON', false)
    .action((file: string, options: { readonly json: boolean; readonly ifMatch?: string }) =>
      push(new Session(globals()), file, {
        ...options,
        ...(globals().as === undefined ? {} : { as: globals().as! }),
      }),
    );
  withExitCodes(
    calls(policy.command('adopt <version>'), 'POST /api/v1/policy/bundles/{id}/adopt').description(
      'show a draft that a service made and become its author; then another person can approve it',
    ),
  )
    .option(
      '--digest <hash>',
      'of the bundle that you have read before; without it you are asked on the terminal',
    )
    .option('--json', 'the bundle as JSON', false)
    .action((version: string, options: { readonly digest?: string; readonly json: boolean }) =>
      adopt(globals(), version, options),
    );
  withExitCodes(
    calls(policy.command('activate <version>'), 'POST /api/v1/policy/bundles/{id}/activate').description(
      'show an approved bundle and let it decide: at 10 % beside an active one, else at 100 %',
    ),
  )
    .option('--approval <id>', 'by this approval; else by any of its present content')
    .option(
      '--digest <hash>',
      'of the bundle that you have read before; without it you are asked on the terminal',
    )
    .option('--json', 'the bundle as JSON', false)
    .action((version: string, options: ActivateOptions) =>
      activate(new Session(globals()), version, options),
    );
  withExitCodes(
    calls(policy.command('rollback [version]'), 'POST /api/v1/policy/bundles/{id}/rollback').description(
      'take a bundle out, and put the one before back; without a version the canary, else the active one',
    ),
  )
    .option('--reason <text>')
    .option('--json', 'the bundle as JSON', false)
    .action((version: string | undefined, options: { readonly reason?: string; readonly json: boolean }) =>
      rollBack(new Session(globals()), version, options),
    );
  withExitCodes(
    calls(
      policy.command('status'),
      'GET /api/v1/policy/bundles/active',
      'GET /api/v1/policy/bundles/{id}/canary-status',
    ).description('what decides now, and how its canary does'),
  )
    .option('--json', 'as JSON', false)
    .action((options: { readonly json: boolean }) => status(new Session(globals()), options.json));
  withExitCodes(
    calls(policy.command('bypass'), 'POST /api/v1/policy/bypass', 'DELETE /api/v1/policy/bypass').description(
      "break-glass: take the tenant's bundles out; every action then needs an approval, and it ends by itself",
    ),
  )
    .option('--reason <text>')
    .option('--minutes <n>', 'for how long')
    .option('--end', 'put them back', false)
    .action((options: BypassOptions) => bypass(globals(), options));
};
