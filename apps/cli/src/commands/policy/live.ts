import { isObject } from '@interlock/kernel';
import type { Schema } from '@interlock/api-types';
import { digestOfRead } from '../../asked.js';
import { remark, type Shape } from '../../output/output.js';
import { CliError, visible, answerOf } from '../../connection/session.js';
import { bundleDigest, bundleLine, bundleLines } from './bundles.js';
import { isExported, unusable } from './files.js';
import { parseJson } from '../../readers.js';
import { readText } from '../../reading.js';
import { answer, all, type Call } from '../../program/declare.js';

type BundleView = Schema<'BundleDto'>;
type CanaryStatus = Schema<'CanaryStatusDto'>;

/** Prints a bundle in one line after a change, with the change. */
const done = (what: string): Shape<BundleView> => ({
  text: (view) => `${what}: ${visible(bundleLine(view))}`,
  names: ({ id }) => [id],
});

/**
 * Creates the draft, or changes it at the revision that was read. It also imports an exported file.
 */
const push = answer({
  command: 'push <file>',
  about: 'create the draft of a bundle, change an existing draft, or import an exported file',
  routes: [
    'GET /api/v1/policy/bundles/version/{version}',
    'POST /api/v1/policy/bundles',
    'PUT /api/v1/policy/bundles/{id}',
    'POST /api/v1/policy/bundles/import',
  ],
  options: { '--if-match <revision>': 'the revision to change; default: the current one' },
  run: async ({ globals, session, options, tell }, file) => {
    const value = parseJson(readText(file), file);
    if (isExported(value)) {
      const imported = await session.ask('POST /api/v1/policy/bundles/import', [], { body: value });
      await tell(imported, done('imported'));
      return;
    }
    if (!isObject(value) || typeof value['version'] !== 'string')
      throw unusable(`${file} is not a bundle: it has no version`);
    const there = await session.send('GET /api/v1/policy/bundles/version/{version}', [value['version']]);
    if (there.status === 404) {
      if (options.ifMatch !== undefined)
        throw new CliError(`there is no bundle ${value['version']} at revision ${options.ifMatch}`);
      const created = await session.ask('POST /api/v1/policy/bundles', [], { body: value });
      await tell(created, done('created'));
      if (globals.as === undefined)
        remark(
          `no person is its author yet, so it cannot be approved; this makes you its author: interlock --as NAME policy adopt ${visible(created.version)} --digest ${visible(created.bundle_hash)}`,
        );
      return;
    }
    const before = await answerOf<BundleView>(there);
    const put = await session.ask('PUT /api/v1/policy/bundles/{id}', [before.id], {
      body: value,
      headers: { 'if-match': `"${options.ifMatch ?? before.revision}"` },
    });
    await tell(put, done(put.bundle_hash === before.bundle_hash ? 'unchanged' : 'changed'));
  },
});

/** Shows a bundle, its rules and its approvals, and returns the hash of exactly that content. */
const readBundle = async ({ session }: Call, version: string, reading: string, given: string | undefined) => {
  const bundle = await session.ask('GET /api/v1/policy/bundles/version/{version}', [version]);
  const question = { lines: bundleLines(bundle), digest: bundle.bundle_hash };
  return { id: bundle.id, bundle_hash: await digestOfRead(question, reading, given) };
};

const adopt = answer({
  command: 'adopt <version>',
  about: 'show a draft that a service made and become its author, so that another person can approve it',
  routes: ['POST /api/v1/policy/bundles/{id}/adopt'],
  options: bundleDigest,
  personal: true,
  run: async (call, version) => {
    const { id, ...body } = await readBundle(call, version, 'adopt', call.options.digest);
    return call.session.ask('POST /api/v1/policy/bundles/{id}/adopt', [id], { body });
  },
  shape: done('adopted'),
});

const activate = answer({
  command: 'activate <version>',
  about: 'show an approved bundle and activate it: at 10 % beside an active one, or at 100 % without one',
  routes: ['POST /api/v1/policy/bundles/{id}/activate'],
  options: {
    '--approval <id>': 'use this approval; default: any approval of its present content',
    ...bundleDigest,
  },
  run: async (call, version) => {
    const { approval, digest } = call.options;
    const { id, bundle_hash } = await readBundle(call, version, 'activate', digest);
    const body = { bundle_hash, approval_id: approval };
    return call.session.ask('POST /api/v1/policy/bundles/{id}/activate', [id], { body });
  },
  shape: done('activated'),
});

const rolledBackShape: Shape<Schema<'RolledBackBundleDto'>> = {
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
const rollBack = answer({
  command: 'rollback [version]',
  about: 'replace a bundle by the previous one; default: the canary, or else the active bundle',
  routes: ['POST /api/v1/policy/bundles/{id}/rollback'],
  options: { '--reason <text>': 'why, for the record' },
  run: async ({ session, options: { reason } }, version) => {
    if (reason === undefined || reason.trim() === '') throw unusable('say why, with --reason');
    const { active, canary } = await session.ask('GET /api/v1/policy/bundles/active');
    const bundle =
      version === undefined
        ? (canary ?? active)
        : await session.ask('GET /api/v1/policy/bundles/version/{version}', [version]);
    if (bundle === null) throw new CliError('no bundle is active: there is nothing to roll back');
    return session.ask('POST /api/v1/policy/bundles/{id}/rollback', [bundle.id], { body: { reason } });
  },
  shape: rolledBackShape,
});

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
const status = answer({
  command: 'status',
  about: 'show what decides now, and the state of its canary',
  routes: ['GET /api/v1/policy/bundles/active', 'GET /api/v1/policy/bundles/{id}/canary-status'],
  run: async ({ session }) => {
    const { active, canary } = await session.ask('GET /api/v1/policy/bundles/active');
    const named = canary ?? active;
    const rollout =
      named === null ? null : await session.ask('GET /api/v1/policy/bundles/{id}/canary-status', [named.id]);
    return { active, canary, rollout };
  },
  shape: statusShape,
});

const bypassShape: Shape<Schema<'BypassStateDto'>> = {
  text: ({ bypass: standing }) =>
    standing === null
      ? 'ended: bundles decide again'
      : `bypassed until ${visible(standing.until)}: every action needs an approval`,
  names: () => [],
};

const minutesOf = (text: string): number => {
  if (Number.isInteger(Number(text)) && Number(text) >= 1) return Number(text);
  throw unusable('--minutes must be a whole number from 1');
};

/** Bypasses a tenant's bundles for some minutes by break-glass, or ends that. */
const bypass = answer({
  command: 'bypass',
  about: "break-glass: suspend the tenant's bundles for a while; every action then needs an approval",
  routes: ['POST /api/v1/policy/bypass', 'DELETE /api/v1/policy/bypass'],
  options: {
    '--reason <text>': 'why, for the record',
    '--minutes <n>': { about: 'for how long; default: an hour', read: minutesOf },
    '--end': { about: 'end the bypass', preset: false },
  },
  personal: true,
  run: ({ session, options: { reason, minutes, end } }) => {
    if (end && (reason !== undefined || minutes !== undefined))
      throw unusable('--end takes neither --reason nor --minutes');
    if (!end && (reason === undefined || reason.trim() === '')) throw unusable('say why, with --reason');
    return end
      ? session.ask('DELETE /api/v1/policy/bypass')
      : session.ask('POST /api/v1/policy/bypass', [], { body: { reason, minutes } });
  },
  shape: bypassShape,
});

/** `interlock policy push|adopt|activate|rollback|status|bypass`: on the running system. */
export const addPolicyLive = all(push, adopt, activate, rollBack, status, bypass);
