import { queryOptions } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import { call, tenantStore } from '../api/client.js';

export type Mode = Schema<'AutonomyModeDto'>['mode'];
export type ModeEntry = Schema<'AutonomyModeDto'>;
export type EarnedCell = Schema<'EarnedCellDto'>;
export type ActionType = Schema<'ActionTypeDto'>;
export type McpServer = Schema<'McpServerDto'>;
export type McpTool = Schema<'McpToolDto'>;

export const modesQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['autonomy', 'modes', tenant],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/autonomy/config', { query: { limit: 100 }, tenant, signal }),
  });
export const budgetsQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['autonomy', 'budgets', tenant],
    queryFn: async ({ signal }) => {
      const page = await call('get', '/api/v1/autonomy/budget', { query: { limit: 100 }, tenant, signal });
      return 'items' in page ? page.items : [page];
    },
  });
export const budgetDayQuery = (account: string, tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['autonomy', 'budget-day', account, tenant],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/autonomy/budget/state', { query: { account_id: account }, tenant, signal }),
  });
export const earnedQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['autonomy', 'earned', tenant],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/autonomy/earned', { query: { limit: 100 }, tenant, signal }),
  });
export const thresholdsQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['autonomy', 'thresholds', tenant],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/autonomy/thresholds', { query: { limit: 100 }, tenant, signal }),
  });
export const explainQuery = (account: string, type: string, tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['autonomy', 'explain', account, type, tenant],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/autonomy/explain', {
        query: { account_id: account, action_type: type },
        tenant,
        signal,
      }),
  });
export const autoApprovalQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['autonomy', 'auto-approval', tenant],
    queryFn: ({ signal }) => call('get', '/api/v1/autonomy/auto-approval', { tenant, signal }),
  });
/** The limits of a tenant, which its actions must not exceed. */
export const limitsQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['autonomy', 'limits', tenant],
    queryFn: ({ signal }) => call('get', '/api/v1/autonomy/limits', { tenant, signal }),
  });
export const typeQuery = (type: string, tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['policies', 'type', type, tenant],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/action-types/{actionType}', { path: { actionType: type }, tenant, signal }),
  });
export const typeVersionsQuery = (type: string, tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['policies', 'type-versions', type, tenant],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/action-types/{actionType}/versions', {
        path: { actionType: type },
        tenant,
        signal,
      }),
  });
export const mcpServersQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['mcp', 'servers', tenant],
    queryFn: ({ signal }) => call('get', '/api/v1/mcp/servers', { tenant, signal }),
  });
export const tenantsQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['tenants', tenant],
    queryFn: ({ signal }) => call('get', '/api/v1/autonomous/tenants', { tenant, signal }),
    retry: false,
  });
