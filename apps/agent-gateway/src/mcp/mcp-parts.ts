import type { RpcClient } from '@interlock/jetstream';
import type { EventStore } from '@interlock/kernel';
import type { Outbound } from '@interlock/outbound';
import type { AuthSettings, TenantSecrets } from '@interlock/platform';
import type { CallLogger } from '../call-context.js';
import type { AgentGatewayConfig } from '../config.js';

/** The parts of the service that MCP works with. */
export type McpParts = {
  readonly store: EventStore;
  readonly logger: CallLogger;
  readonly config: AgentGatewayConfig;
  readonly rpc: Pick<RpcClient, 'call'>;
  readonly outbound: Outbound;
  readonly secrets: TenantSecrets;
  readonly key: Buffer;
  readonly may_name: AuthSettings['may_name'];
  /** Notified of each call of a tool by an agent. The outcome is `done`, `error` or `pending`. */
  readonly onToolCall: (outcome: string, seconds: number) => void;
  /** The call of an action may go on now. */
  readonly wake: (tenantId: string, actionId: string) => void;
};
