import { Inject, Injectable } from '@nestjs/common';
import { timingSafeEqual } from 'node:crypto';
import { actorKey, refusalKeys, type Actor, type ProblemCode, type Violation } from '@interlock/contracts';
import { type CommandContext, contentHash, isProblem, positionOrNull, ProblemError } from '@interlock/kernel';
import {
  bodyLimit,
  depthLimit,
  isChangeRequested,
  isDeeperThan,
  newId,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import {
  bundleHash,
  bundleIdOf,
  bundleStream,
  bundleViolations,
  envelopeFormat,
  envelopeText,
  exportsStream,
  normalBundle,
  publicBundleKey,
  readEnvelope,
  refusalsStream,
  signEnvelope,
  signingKeys,
  signingStream,
  sourceSignatureOf,
  verifyEnvelope,
  type BundleContent,
  type BundleEnvelope,
  type BundleInput,
  type BundleState,
  type PublicBundleKey,
  type SignatureAlgorithm,
} from '@interlock/policy';
import { BUNDLE_KEYS, type BundleKeys } from './bundle-keys.js';
import { BundlesService, type WrittenBundle } from '../bundles/bundles.service.js';
import { Catalogue } from '../policies/catalogue.js';
import { BundleHandler, ExportsHandler, RefusalsHandler, SigningHandler } from '../handlers.js';
import { LintService } from '../bundles/lint.service.js';
import { RegistrySettings } from '../registry-settings.js';
import { TeamsService } from '../teams/teams.service.js';

/** Replaces an actor known only by id with their first name in the tenant. */
type Named = (actor: Actor) => Promise<Actor>;

export type Exported = { readonly envelope: BundleEnvelope; readonly text: string };
export type SigningView = {
  readonly demand: readonly SignatureAlgorithm[];
  readonly signs: readonly { readonly alg: SignatureAlgorithm; readonly key_id: string }[];
  readonly expiry_h: number;
  readonly longest_h: number;
  readonly revision: string;
};

/** Refused imports that are recorded for investigation, with the signer and the time. */
const recorded: readonly ProblemCode[] = [
  'bundle-signature-invalid',
  'bundle-signature-missing',
  'bundle-key-unknown',
  'bundle-expired',
  'bundle-replayed',
];
const hourMs = 3_600_000;

/** Signed export and import of bundles. */
@Injectable()
export class ExchangeService {
  constructor(
    private readonly bundles: BundleHandler,
    private readonly signingSettings: SigningHandler,
    private readonly tenantSettings: RegistrySettings,
    private readonly exports: ExportsHandler,
    private readonly refusals: RefusalsHandler,
    private readonly drafts: BundlesService,
    private readonly teams: TeamsService,
    private readonly catalogue: Catalogue,
    private readonly lints: LintService,
    @Inject(BUNDLE_KEYS) private readonly keys: BundleKeys,
  ) {}

  /**
   * Exports the bundle as a signed file, and records the export. Throws `not-found`,
   * `bundle-signing-unavailable`, `bundle-too-large`.
   */
  async export(
    tenantId: string,
    bundleId: string,
    expiresInH: number | undefined,
    actor: Actor,
    context: CommandContext,
  ): Promise<Exported> {
    const { expiryH, longestH } = this.keys;
    const hours = expiresInH ?? expiryH;
    if (hours > longestH)
      throw new ProblemError('validation-failed', 'the query has 1 fault', {
        violations: [{ pointer: '/query/expires_in_h', detail: `must be at most ${longestH}` }],
      });
    const { content, bundle_hash } = await this.drafts.present(tenantId, bundleId);
    const signers = await this.#signers(tenantId, context.now);
    const expires_at = new Date(Date.parse(context.now) + hours * hourMs).toISOString();
    const provenance = {
      tenant: tenantId,
      bundle_id: bundleId,
      bundle_hash,
      exported_at: context.now,
      exported_by: actorKey(actor),
    };
    const envelope = signEnvelope(
      { format: envelopeFormat, export_id: newId(), bundle: content, provenance, expires_at },
      signers,
    );
    const exported = { envelope, text: fitting(envelope) };
    const key_ids = signers.map(({ id }) => id);
    await this.exports.handle(
      exportsStream(tenantId, bundleId),
      {
        kind: 'record-export',
        bundle_id: bundleId,
        version: content.version,
        bundle_hash,
        export_id: envelope.export_id,
        key_ids,
        expires_at,
      },
      context,
    );
    return exported;
  }

  /**
   * Creates a draft from an exported file. Checks in this order: its form, its signatures, its
   * expiry, an earlier import, the bundle's schema, its lint errors, its version.
   * Throws `validation-failed`, the errors of `verifyEnvelope`, `bundle-replayed`,
   * `bundle-invalid`, `bundle-lint-failed`, `already-exists`.
   */
  async import(
    tenantId: string,
    body: unknown,
    team: string | null,
    named: Named,
    context: CommandContext,
  ): Promise<WrittenBundle> {
    if (team !== null) await this.teams.mustExist(tenantId, team);
    const envelope = readEnvelope(body);
    try {
      return await this.#import(tenantId, envelope, team, named, context);
    } catch (error) {
      if (isProblem(error) && recorded.includes(error.code))
        await this.#refuse(tenantId, envelope, error.code, context);
      throw error;
    }
  }

  async signing(tenantId: string, now: string): Promise<SigningView> {
    const { state, revision } = await this.signingSettings.load(signingStream(tenantId));
    return this.#view(tenantId, state.demand, revision, now);
  }

  /** Throws `validation-failed` for an algorithm without a key, and `stale-revision`. */
  async configure(
    tenantId: string,
    demand: readonly SignatureAlgorithm[],
    principal: Principal,
    context: CommandContext,
  ): Promise<SigningView | ChangeRequestedDto> {
    const unmet = demand.filter(
      (alg) => !this.publicKeys(tenantId).some((key) => key.alg === alg && key.state !== 'revoked'),
    );
    if (unmet.length > 0)
      throw new ProblemError('validation-failed', 'this setting would prevent every import', {
        violations: unmet.map((alg) => ({ pointer: '/demand', detail: `there is no ${alg} key` })),
        remedy: 'add a key to the key file first',
      });
    const { changes, signing } = this.tenantSettings;
    const written = await changes.write(signing, {
      stream: signingStream(tenantId),
      command: { kind: 'ConfigureSigning', demand },
      principal,
      context,
    });
    return isChangeRequested(written)
      ? written
      : this.#view(tenantId, written.state.demand, written.revision, context.now);
  }

  /** Returns the public parts of a tenant's keys. */
  publicKeys(tenantId: string): readonly PublicBundleKey[] {
    return this.keys.keys
      .filter(({ tenants }) => tenants === null || tenants.includes(tenantId))
      .map((key) => ({ ...publicBundleKey(key), tenants: key.tenants === null ? null : [tenantId] }));
  }

  #view(tenantId: string, demand: readonly SignatureAlgorithm[], revision: bigint, now: string): SigningView {
    const { expiryH: expiry_h, longestH: longest_h } = this.keys;
    return {
      demand,
      signs: signingKeys(this.keys.keys, tenantId, now).map(({ alg, id }) => ({ alg, key_id: id })),
      expiry_h,
      longest_h,
      revision: `${revision}`,
    };
  }

  async #signers(tenantId: string, now: string): Promise<ReturnType<typeof signingKeys>> {
    const signers = signingKeys(this.keys.keys, tenantId, now);
    if (signers.length === 0)
      throw new ProblemError('bundle-signing-unavailable', 'there is no key to sign with', {
        remedy: 'set BUNDLE_KEYS_FILE or HMAC_SECRET of the policy registry',
      });
    const {
      state: { demand },
    } = await this.signingSettings.load(signingStream(tenantId));
    const unmet = demand.filter((alg) => !signers.some((key) => key.alg === alg));
    if (unmet.length > 0)
      throw new ProblemError(
        'bundle-signing-unavailable',
        `the tenant demands a signature by ${unmet.join(' and ')}, and there is no such key to sign with`,
        { remedy: 'add one to the key file' },
      );
    return signers;
  }

  async #import(
    tenantId: string,
    envelope: BundleEnvelope,
    team: string | null,
    named: Named,
    context: CommandContext,
  ): Promise<WrittenBundle> {
    const { keys, longestH } = this.keys;
    if (keys.length === 0)
      throw new ProblemError('bundle-signing-unavailable', 'there is no key to verify with', {
        remedy: 'set BUNDLE_KEYS_FILE or HMAC_SECRET of the policy registry',
      });
    const {
      state: { demand },
    } = await this.signingSettings.load(signingStream(tenantId));
    verifyEnvelope(envelope, {
      keys,
      demand,
      tenant: tenantId,
      now: context.now,
      longestH,
      equal: timingSafeEqual,
    });
    const bundleId = bundleIdOf(tenantId, String(envelope.bundle.version));
    const stream = bundleStream(tenantId, bundleId);
    const { state: before } = await this.bundles.load(stream);
    // A file that was imported before has passed these checks. The decider distinguishes a repeat
    // of that command from a second import.
    const content = wasImported(before, envelope)
      ? envelope.bundle
      : await this.#checked(tenantId, envelope, team);
    const { state, revision, position } = await this.bundles.handle(
      stream,
      {
        kind: 'CreateBundle',
        bundle_id: bundleId,
        content,
        source: 'imported',
        source_signature: sourceSignatureOf(envelope),
        ...(await exportedAs(tenantId, envelope, named)),
        ...(team === null ? {} : { team }),
      },
      context,
    );
    if (state.status === 'none') throw new ProblemError('not-found', 'there is no such bundle');
    return { state, revision, position: positionOrNull(position) };
  }

  async #checked(
    tenantId: string,
    { bundle, provenance }: BundleEnvelope,
    team: string | null,
  ): Promise<BundleContent> {
    const catalogue = await this.catalogue.fields(tenantId);
    const refuse = (violations: readonly Violation[]): never => {
      throw new ProblemError(
        'bundle-invalid',
        `the bundle has ${violations.length} ${violations.length === 1 ? 'fault' : 'faults'}`,
        { violations },
      );
    };
    const violations = bundleViolations(bundle, catalogue);
    if (violations.length > 0)
      refuse(violations.map((one) => ({ ...one, pointer: `/bundle${one.pointer}` })));
    const content = normalBundle(bundle as BundleInput);
    // INVARIANT: the signed content is stored unchanged, so that its stored signature can be
    // verified again.
    if (bundleHash(content) !== provenance.bundle_hash)
      refuse([
        { pointer: '/bundle', code: 'form', detail: 'must have every default written out, as an export has' },
      ]);
    const { findings } = await this.lints.content(tenantId, content, team);
    const faults = findings
      .filter(({ severity }) => severity === 'error')
      .map(({ pointer, check, message }): Violation => ({
        pointer: `/bundle${pointer}`,
        code: check,
        detail: message,
      }));
    if (faults.length > 0)
      throw new ProblemError(
        'bundle-lint-failed',
        `linting finds ${faults.length} ${faults.length === 1 ? 'error' : 'errors'} in the bundle`,
        { violations: faults, remedy: 'correct the bundle where it comes from' },
      );
    return content;
  }

  async #refuse(
    tenantId: string,
    envelope: BundleEnvelope,
    code: ProblemCode,
    context: CommandContext,
  ): Promise<void> {
    const { version } = envelope.bundle as { readonly version?: unknown };
    const named = typeof version === 'string' && /^\d{1,5}\.\d{1,5}\.\d{1,5}$/.test(version) ? version : null;
    const key_ids = envelope.signatures
      .map(({ key_id }) => key_id)
      .filter((id) => this.keys.keys.some((key) => key.id === id));
    await this.refusals.handle(
      refusalsStream(tenantId, context.now.slice(0, 10)),
      {
        kind: 'record-refusal',
        code,
        file_hash: contentHash(envelope),
        export_id: envelope.export_id,
        bundle_id: named === null ? null : bundleIdOf(tenantId, named),
        version: named,
        key_ids,
      },
      { ...context, commandId: newId() },
    );
  }
}

/**
 * Returns the actor keys that count as the exporter for approvals. Returns an empty object for
 * another tenant's export, or if the exporter has only one key.
 */
const exportedAs = async (
  tenantId: string,
  { provenance: { tenant, exported_by } }: BundleEnvelope,
  named: Named,
): Promise<{ readonly exported_as?: readonly string[] }> => {
  if (tenant !== tenantId || !exported_by.startsWith('person:')) return {};
  const keys = refusalKeys(await named({ kind: 'person', person_id: exported_by.slice('person:'.length) }));
  return keys.length > 1 ? { exported_as: keys } : {};
};

const wasImported = (state: BundleState, { export_id }: BundleEnvelope): boolean =>
  state.status !== 'none' && state.imports.includes(export_id);

/**
 * Returns an export that fits. INVARIANT: an export can be imported again unchanged, so it respects
 * the limits of a request body.
 */
const fitting = (envelope: BundleEnvelope): string => {
  const text = [envelopeText(envelope), `${JSON.stringify(envelope)}\n`].find(
    (one) => Buffer.byteLength(one) <= bodyLimit,
  );
  if (text === undefined || isDeeperThan(envelope, depthLimit))
    throw new ProblemError(
      'bundle-too-large',
      `as a file the bundle is larger than ${bodyLimit} bytes or nests deeper than ${depthLimit}, and could not be imported again`,
      { remedy: 'split the bundle' },
    );
  return text;
};
