import { streamName, type ProblemCode, type Timestamp } from '@interlock/contracts';
import { ProblemError, type Decider } from '@interlock/kernel';
import { signatureAlgorithms, type SignatureAlgorithm } from './envelope.js';

/**
 * Returns the stream of a tenant's requirements for imported files: `exchange-<tenant>:settings`.
 */
export const signingStream = (tenantId: string): string => streamName('exchange', tenantId, 'settings');
/** Returns the stream of a bundle's exports. */
export const exportsStream = (tenantId: string, bundleId: string): string =>
  streamName('exchange', tenantId, `exports=${bundleId}`);
/** Returns the stream of a day's refused imports; the day is `YYYY-MM-DD` in UTC. */
export const refusalsStream = (tenantId: string, day: string): string =>
  streamName('exchange', tenantId, `refused=${day}`);

export type SigningConfigured = {
  readonly type: 'SigningConfigured';
  readonly data: { readonly demand: readonly SignatureAlgorithm[] };
};
export type SigningState = { readonly demand: readonly SignatureAlgorithm[] };
export type SigningCommand = {
  readonly kind: 'ConfigureSigning';
  readonly demand: readonly SignatureAlgorithm[];
};

/**
 * The decider of the algorithms that a tenant requires. If it requires none, a signature by any
 * known key is enough.
 */
export const signingDecider: Decider<SigningCommand, SigningConfigured, SigningState> = {
  name: 'signing',
  types: ['SigningConfigured'],
  initial: { demand: [] },
  decide: ({ demand: asked }, state) => {
    const demand = signatureAlgorithms.filter((alg) => asked.includes(alg));
    if (demand.length !== asked.length)
      throw new ProblemError('validation-failed', 'this is not a list of algorithms', {
        violations: [
          { pointer: '/demand', detail: `must name each of ${signatureAlgorithms.join(', ')} once at most` },
        ],
      });
    return demand.join() === state.demand.join() ? [] : [{ type: 'SigningConfigured', data: { demand } }];
  },
  evolve: (_, { data }) => ({ demand: data.demand }),
};

/** The event's actor is the exporter. */
export type BundleExported = {
  readonly type: 'BundleExported';
  readonly data: {
    readonly bundle_id: string;
    readonly version: string;
    readonly bundle_hash: string;
    readonly export_id: string;
    readonly key_ids: readonly string[];
    readonly expires_at: Timestamp;
  };
};
export type ExportsState = { readonly exported: number };
export type ExportsCommand = BundleExported['data'] & { readonly kind: 'record-export' };

/** The decider of one bundle's exports. Each export is new, because its id is. */
export const exportsDecider: Decider<ExportsCommand, BundleExported, ExportsState> = {
  name: 'exports',
  types: ['BundleExported'],
  initial: { exported: 0 },
  decide: ({ kind: _, ...data }) => [{ type: 'BundleExported', data }],
  evolve: ({ exported }) => ({ exported: exported + 1 }),
};

/** INVARIANT: it contains text from the file only in the form of an id or a version. */
export type BundleImportRefused = {
  readonly type: 'BundleImportRefused';
  readonly data: {
    readonly code: ProblemCode;
    readonly file_hash: string;
    readonly export_id: string;
    readonly bundle_id: string | null;
    readonly version: string | null;
    readonly key_ids: readonly string[];
  };
};
export type RefusalsState = { readonly refused: readonly string[] };
export type RefusalsCommand = BundleImportRefused['data'] & { readonly kind: 'record-refusal' };

/** The largest number of refused imports recorded per day, each file once for each reason. */
export const mostRefusals = 100;

/** The decider of imports that were refused because of their signer or time. */
export const refusalsDecider: Decider<RefusalsCommand, BundleImportRefused, RefusalsState> = {
  name: 'refusals',
  types: ['BundleImportRefused'],
  initial: { refused: [] },
  decide: ({ kind: _, ...data }, { refused }) =>
    refused.length >= mostRefusals || refused.includes(`${data.code} ${data.file_hash}`)
      ? []
      : [{ type: 'BundleImportRefused', data }],
  evolve: ({ refused }, { data }) => ({ refused: [...refused, `${data.code} ${data.file_hash}`] }),
};
