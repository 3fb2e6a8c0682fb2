import { queryOptions } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import { read, tenantStore } from '../api/client.js';
import { routeQuery } from '../api/route-query.js';

export type Mode = Schema<'AutonomyModeDto'>['mode'];
export type ModeEntry = Schema<'AutonomyModeDto'>;
export type EarnedCell = Schema<'EarnedCellDto'>;
export type ActionType = Schema<'ActionTypeDto'>;
export type McpServer = Schema<'McpServerDto'>;
export type McpTool = Schema<'McpToolDto'>;

export const modesQuery = (tenant = tenantStore.get()) =>
  routeQuery('/api/v1/autonomy/config', ['autonomy', 'modes', tenant], { query: { limit: 100 }, tenant });
export const budgetsQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['autonomy', 'budgets', tenant],
    queryFn: async ({ signal }) => {
      const page = await read('/api/v1/autonomy/budget', { query: { limit: 100 }, tenant, signal });
      return 'items' in page ? page.items : [page];
    },
  });
export const budgetDayQuery = (account: string, tenant = tenantStore.get()) =>
  routeQuery('/api/v1/autonomy/budget/state', ['autonomy', 'budget-day', account, tenant], {
    query: { account_id: account },
    tenant,
  });
export const earnedQuery = (tenant = tenantStore.get()) =>
  routeQuery('/api/v1/autonomy/earned', ['autonomy', 'earned', tenant], { query: { limit: 100 }, tenant });
export const thresholdsQuery = (tenant = tenantStore.get()) =>
  routeQuery('/api/v1/autonomy/thresholds', ['autonomy', 'thresholds', tenant], {
    query: { limit: 100 },
    tenant,
  });
export const explainQuery = (account: string, type: string, tenant = tenantStore.get()) =>
  routeQuery('/api/v1/autonomy/explain', ['autonomy', 'explain', account, type, tenant], {
    query: { account_id: account, action_type: type },
    tenant,
  });
export const autoApprovalQuery = (tenant = tenantStore.get()) =>
  routeQuery('/api/v1/autonomy/auto-approval', ['autonomy', 'auto-approval', tenant], { tenant });
/** The limits of a tenant, which its actions must not exceed. */
export const limitsQuery = (tenant = tenantStore.get()) =>
  routeQuery('/api/v1/autonomy/limits', ['autonomy', 'limits', tenant], { tenant });
export const typeQuery = (type: string, tenant = tenantStore.get()) =>
  routeQuery('/api/v1/action-types/{actionType}', ['policies', 'type', type, tenant], {
    path: { actionType: type },
    tenant,
  });
export const typeVersionsQuery = (type: string, tenant = tenantStore.get()) =>
  routeQuery('/api/v1/action-types/{actionType}/versions', ['policies', 'type-versions', type, tenant], {
    path: { actionType: type },
    tenant,
  });
export const mcpServersQuery = (tenant = tenantStore.get()) =>
  routeQuery('/api/v1/mcp/servers', ['mcp', 'servers', tenant], { tenant });
export const tenantsQuery = (tenant = tenantStore.get()) =>
  routeQuery('/api/v1/autonomous/tenants', ['tenants', tenant], { tenant }, { retry: false });
