import type { TenantStatus } from '@interlock/rails';
import type { LogPosition } from '@interlock/platform';

type RegisteredCredentialDto = {
  readonly agents: readonly string[];
  readonly accounts: readonly string[];
  /** Signals that it reports. `*`: any. Absent: none. */
  readonly signals?: readonly string[];
  /** Action types that a user of the bus handles. */
  readonly handlers?: readonly string[];
  readonly credential: string;
  readonly public_key: string | null;
};

export type TenantDto = {
  readonly tenant_id: string;
  readonly status: TenantStatus;
  readonly credentials: readonly RegisteredCredentialDto[];
};

export type TenantListDto = {
  readonly items: readonly TenantDto[];
};

export type WrittenTenantDto = TenantDto & {
  readonly position: LogPosition | null;
};
