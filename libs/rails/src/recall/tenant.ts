import type { RecalledStreams } from '@interlock/kernel';
import { tenantDecider, type TenantCommand, type TenantEvent, type TenantState } from '../tenant.js';

const kinds = {
  TenantCreated: 'create',
  TenantSuspended: 'suspend',
  TenantResumed: 'resume',
  TenantRemoved: 'remove',
} as const;

export const tenantRecall: RecalledStreams<TenantCommand, TenantEvent, TenantState> = {
  category: 'tenant',
  kind: 'tenant',
  decider: tenantDecider,
  recall: ([{ type, data }], _state, { tenant, id }) => {
    if (id !== 'registry') return [];
    switch (type) {
      case 'CredentialRegistered':
        return [{ kind: 'register', ...data }];
      case 'CredentialRevoked':
        return [{ kind: 'revoke', ...data }];
      case 'TenantCreated':
      case 'TenantSuspended':
      case 'TenantResumed':
      case 'TenantRemoved':
        return data.tenant_id === tenant ? [{ kind: kinds[type], ...data }] : [];
    }
  },
};
