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

export const modesQuery = () =>
  routeQuery('/api/v1/autonomy/config', ['autonomy', 'modes'], { query: { limit: 100 } });
export const budgetsQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['autonomy', 'budgets', tenant],
    queryFn: async ({ signal }) => {
      const page = await read('/api/v1/autonomy/budget', { query: { limit: 100 }, tenant, signal });
      return 'items' in page ? page.items : [page];
    },
  });
export const budgetDayQuery = (account: string) =>
  routeQuery('/api/v1/autonomy/budget/state', ['autonomy', 'budget-day', account], {
    query: { account_id: account },
  });
export const earnedQuery = () =>
  routeQuery('/api/v1/autonomy/earned', ['autonomy', 'earned'], { query: { limit: 100 } });
export const thresholdsQuery = () =>
  routeQuery('/api/v1/autonomy/thresholds', ['autonomy', 'thresholds'], { query: { limit: 100 } });
export const explainQuery = (account: string, type: string) =>
  routeQuery('/api/v1/autonomy/explain', ['autonomy', 'explain', account, type], {
    query: { account_id: account, action_type: type },
  });
export const autoApprovalQuery = () =>
  routeQuery('/api/v1/autonomy/auto-approval', ['autonomy', 'auto-approval']);
/** The limits of a tenant, which its actions must not exceed. */
export const limitsQuery = () => routeQuery('/api/v1/autonomy/limits', ['autonomy', 'limits']);
export const typeQuery = (type: string) =>
  routeQuery('/api/v1/action-types/{actionType}', ['policies', 'type', type], { path: { actionType: type } });
export const typeVersionsQuery = (type: string) =>
  routeQuery('/api/v1/action-types/{actionType}/versions', ['policies', 'type-versions', type], {
    path: { actionType: type },
  });
export const mcpServersQuery = () => routeQuery('/api/v1/mcp/servers', ['mcp', 'servers']);
export const tenantsQuery = (tenant = tenantStore.get()) =>
  routeQuery('/api/v1/autonomous/tenants', ['tenants'], { tenant }, { retry: false });
