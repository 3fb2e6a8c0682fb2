import type { PublicBundleKey } from '@interlock/policy';
import type { SigningKeyDto } from '../bundles/bundles-answers.dto.js';
import type { StreamRevision, Time } from '@interlock/platform';

export type SigningViewDto = {
  readonly demand: readonly ('HMAC-SHA256' | 'Ed25519')[];
  readonly signs: readonly SigningKeyDto[];
  readonly expiry_h: number;
  readonly longest_h: number;
  readonly revision: StreamRevision;
};

type PublicBundleKeyDto = {
  readonly id: string;
  readonly state: PublicBundleKey['state'];
  readonly not_before: Time | null;
  readonly retired_at: Time | null;
  readonly tenants: readonly string[] | null;
  readonly alg: 'HMAC-SHA256' | 'Ed25519';
  readonly public_key: string | null;
};

export type PublicKeysDto = {
  readonly keys: readonly PublicBundleKeyDto[];
};
