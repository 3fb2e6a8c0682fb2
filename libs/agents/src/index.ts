export { callDecider } from './call/decider.js';
export type { AnswerMark, CallCommand, CallEvent, UndoNotes } from './call/events.js';
export { callStage } from './call/state.js';
export type { CallState } from './call/state.js';
export { OpenCallsFold } from './call/open-calls.js';
export type { OpenCall } from './call/open-calls.js';
export { callStatus, callTxState } from './call/status.js';
export { agentsStreams, callDecided, mcpServerDecided, toolCallDecided } from './decided.js';
export {
  callableTool,
  mcpServerDecider,
  mcpServerLoosens,
  mcpServerStream,
  whyNotCallable,
} from './mcp/server.js';
export type {
  ConfirmedTool,
  McpServerCommand,
  McpServerContent,
  McpServerEvent,
  McpServerState,
  ToolConfirmation,
} from './mcp/server.js';
export { continueTool, toolActionType, toolDifference, toolDigest, toolFaults } from './mcp/tool.js';
export { toolType } from './mcp/tool-type.js';
export type { ToolDefinition, ToolTerms } from './mcp/tool.js';
export { toolCallDecider, toolCallKey, toolCallOf, toolCallStream, toolIntentId } from './mcp/tool-call.js';
export type {
  ToolCallCommand,
  ToolCallEnd,
  ToolCaller,
  ToolCallEvent,
  ToolCallState,
} from './mcp/tool-call.js';
export { faultsInWords, largestAnswer, largestUndo, readAnswer, reasonsOfAnswer } from './answers.js';
export type { HandlerAnswers, UnfitAnswer } from './answers.js';
export { impactOf, observationOf, planOf, undoPlanOf } from './plan.js';
export { askBreaker, closedBreaker, failuresToOpen, breakerAfter } from './breaker.js';
export type { BreakerState } from './breaker.js';
