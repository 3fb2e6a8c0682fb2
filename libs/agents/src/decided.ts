import type { DecidedStreams } from '@interlock/kernel';
import { callDecider } from './call/decider.js';
import { mcpServerDecider } from './mcp/server.js';
import { toolCallDecider } from './mcp/tool-call.js';

export const callDecided = { category: 'call', kind: 'call', decider: callDecider };
export const mcpServerDecided = { category: 'mcp_server', kind: 'mcp_server', decider: mcpServerDecider };
export const toolCallDecided = { category: 'mcp_call', kind: 'mcp_call', decider: toolCallDecider };

/** The streams of this context. */
export const agentsStreams: readonly DecidedStreams[] = [callDecided, mcpServerDecided, toolCallDecided];
