import type { RpcClient } from '@interlock/jetstream';
import type { EventStore } from '@interlock/kernel';
import type { Outbound } from '@interlock/outbound';
import type { AuthSettings, TenantSecrets } from '@interlock/platform';
import type { CallLogger } from '../calls/call-context.js';
import type { AgentGatewayConfig } from '../config.js';
import type { NotesKeys } from '../notes-key.js';

/** The services and settings that MCP uses. */
export type McpParts = {
  readonly store: EventStore;
  readonly logger: CallLogger;
  readonly config: AgentGatewayConfig;
  readonly rpc: Pick<RpcClient, 'call'>;
  readonly outbound: Outbound;
  readonly secrets: TenantSecrets;
  readonly notesKeys: NotesKeys;
  readonly may_name: AuthSettings['may_name'];
  /** Notified of each call of a tool by an agent. The outcome is `done`, `error` or `pending`. */
  readonly onToolCall: (outcome: string, seconds: number) => void;
  /** Tells the runner that the call of an action may continue. */
  readonly wake: (tenantId: string, actionId: string) => void;
};
