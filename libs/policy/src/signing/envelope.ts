import type { Timestamp } from '@interlock/contracts';
import { canonicalJson, ProblemError } from '@interlock/kernel';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { schemaViolations, type Schema } from '../condition/json-schema.js';
import type { BundleContent } from '../rules/rule.js';

/**
 * The algorithms: HMAC-SHA256 for parties that share the secret; Ed25519 for verifiers that must
 * not be able to forge.
 */
export const signatureAlgorithms = ['HMAC-SHA256', 'Ed25519'] as const;
export type SignatureAlgorithm = (typeof signatureAlgorithms)[number];

/** A signature. `value` is in lower-case hex, so that it has only one spelling. */
export type BundleSignature = {
  readonly alg: SignatureAlgorithm;
  readonly key_id: string;
  readonly value: string;
};

/** The origin of an exported bundle; people are opaque ids. */
type BundleProvenance = {
  readonly tenant: string;
  readonly bundle_id: string;
  readonly bundle_hash: string;
  readonly exported_at: Timestamp;
  readonly exported_by: string;
};

/**
 * The content to be signed. `export_id` identifies this one export for ever, so that it can be
 * imported only once.
 */
export type UnsignedEnvelope = {
  readonly format: typeof envelopeFormat;
  readonly export_id: string;
  readonly bundle: BundleContent;
  readonly provenance: BundleProvenance;
  readonly expires_at: Timestamp;
};
/**
 * The signed content: everything but the signatures. It names the signers, so that no signature can
 * be removed or attributed to another name.
 */
export type SignedContent = UnsignedEnvelope & {
  readonly signed_by: readonly Omit<BundleSignature, 'value'>[];
};
/**
 * An exported bundle: the bundle with every default written out, its origin, the end of its
 * validity, and its signatures.
 */
export type BundleEnvelope = SignedContent & { readonly signatures: readonly BundleSignature[] };
/**
 * The part of the envelope that an imported bundle keeps. Together with the content it restores the
 * envelope, which can be verified again.
 */
export type SourceSignature = Omit<BundleEnvelope, 'bundle'>;

export const envelopeFormat = 'interlock-bundle/1';
export const keyIdPattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$';
const timestamp = '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$';
const uuid = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

/**
 * JSON Schema (Draft 7) of an exported bundle; the same as
 * `docs/schemas/bundle-envelope.schema.json`. The content of `bundle` has its own schema.
 */
export const envelopeSchema: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'https://interlock.invalid/schemas/bundle-envelope.schema.json',
  title: 'Exported policy bundle',
  type: 'object',
  additionalProperties: false,
  required: ['format', 'export_id', 'bundle', 'provenance', 'expires_at', 'signed_by', 'signatures'],
  properties: {
    format: { type: 'string', enum: [envelopeFormat] },
    export_id: { type: 'string', description: 'Names this one export: it is imported once', pattern: uuid },
    bundle: {
      type: 'object',
      description: 'The bundle with every default written out, by the schema of policy bundles',
    },
    provenance: {
      type: 'object',
      additionalProperties: false,
      required: ['tenant', 'bundle_id', 'bundle_hash', 'exported_at', 'exported_by'],
      properties: {
        tenant: { type: 'string', pattern: '^(_system|[a-z0-9][a-z0-9_-]{0,62})$' },
        bundle_id: { type: 'string', pattern: uuid },
        bundle_hash: {
          type: 'string',
          description: 'SHA-256 over the canonical JSON of `bundle`',
          pattern: '^[0-9a-f]{64}$',
        },
        exported_at: { type: 'string', pattern: timestamp },
        exported_by: {
          type: 'string',
          description: 'An opaque id, never a name',
          pattern: '^(person|service):[A-Za-z0-9._-]{1,128}$',
        },
      },
    },
    expires_at: {
      type: 'string',
      description: 'From this instant on the file is refused',
      pattern: timestamp,
    },
    signed_by: {
      type: 'array',
      description: 'Whose signatures the file has, in their order',
      minItems: 1,
      maxItems: 8,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['alg', 'key_id'],
        properties: {
          alg: { type: 'string', enum: signatureAlgorithms },
          key_id: { type: 'string', pattern: keyIdPattern },
        },
      },
    },
    signatures: {
      type: 'array',
      description: 'Over the canonical JSON (RFC 8785) of all other members',
      minItems: 1,
      maxItems: 8,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['alg', 'key_id', 'value'],
        properties: {
          alg: { type: 'string', enum: signatureAlgorithms },
          key_id: { type: 'string', pattern: keyIdPattern },
          value: { type: 'string', description: 'Lower-case hex', pattern: '^([0-9a-f]{64}|[0-9a-f]{128})$' },
        },
      },
    },
  },
};

/**
 * Returns the bytes that a signature covers. Throws `validation-failed` if the content has no
 * canonical JSON.
 */
export const signedBytes = (envelope: SignedContent): Uint8Array => {
  const { format, export_id, bundle, provenance, expires_at, signed_by } = envelope;
  try {
    return utf8ToBytes(canonicalJson({ format, export_id, bundle, provenance, expires_at, signed_by }));
  } catch (cause) {
    throw new ProblemError(
      'validation-failed',
      'the exported bundle holds a number or a text that JSON has no form for',
      { violations: [{ pointer: '/bundle', detail: 'must be JSON (RFC 8785)' }], cause },
    );
  }
};

const refuse = (pointer: string, detail: string): never => {
  throw new ProblemError('validation-failed', 'this is not an exported bundle', {
    violations: [{ pointer, detail }],
  });
};

/**
 * Parses an exported bundle. It checks only the form, and neither the signatures nor the bundle in
 * it. Throws `validation-failed`, which names every fault.
 */
export const readEnvelope = (value: unknown): BundleEnvelope => {
  const violations = schemaViolations(envelopeSchema, value);
  if (violations.length > 0)
    throw new ProblemError('validation-failed', 'this is not an exported bundle', {
      violations,
      remedy: 'import the file as it was exported',
    });
  const envelope = value as BundleEnvelope;
  const [from, to] = [Date.parse(envelope.provenance.exported_at), Date.parse(envelope.expires_at)];
  if (Number.isNaN(from)) refuse('/provenance/exported_at', 'is not a time');
  if (Number.isNaN(to)) refuse('/expires_at', 'is not a time');
  if (to <= from) refuse('/expires_at', 'must come after `exported_at`');
  const twice = envelope.signatures.findIndex(
    ({ alg, key_id }, i) =>
      envelope.signatures.findIndex((other) => other.alg === alg && other.key_id === key_id) < i,
  );
  if (twice >= 0) refuse(`/signatures/${twice}`, 'is by a key that has signed already');
  return envelope;
};

/** The kept part of an imported file. */
export const sourceSignatureOf = ({ bundle: _, ...rest }: BundleEnvelope): SourceSignature => rest;

/** The file as text. A download can be imported unchanged. */
export const envelopeText = (envelope: BundleEnvelope): string => `${JSON.stringify(envelope, null, 2)}\n`;
