import type { DecidedStreams, RecalledStreams } from '@interlock/kernel';
import { callDecider } from './call/decider.js';
import type { CallCommand, CallEvent } from './call/events.js';
import type { CallState } from './call/state.js';
import {
  mcpServerDecider,
  type McpServerCommand,
  type McpServerEvent,
  type McpServerState,
} from './mcp/server.js';
import {
  toolCallDecider,
  type ToolCallCommand,
  type ToolCallEvent,
  type ToolCallState,
} from './mcp/tool-call.js';

export const callRecall: RecalledStreams<CallCommand, CallEvent, CallState> = {
  category: 'call',
  kind: 'call',
  decider: callDecider,
  recall: ([{ type, data }]) => {
    switch (type) {
      case 'TurnAccepted':
        return [{ type: 'AcceptTurn', asked: data }];
      case 'TurnTaken':
        return [{ ...data, type: 'RecordTurn' }];
      case 'TurnLapsed':
        return [{ type: 'RecordLapse', reasons: data.reasons }];
      case 'ApplyAccepted':
        return [{ type: 'AcceptApply', apply: data }];
      case 'ApplyRefused':
        return [{ ...data, type: 'RefuseApply' }];
      case 'CallRequested':
        return [{ ...data, type: 'RequestCall' }];
      case 'CallApplied':
        return [{ ...data, type: 'RecordApplied' }];
      case 'OutcomeUnknown':
        return [{ ...data, type: 'RecordUnknown' }];
      case 'CallObserved':
        return [{ ...data, type: 'RecordObservation' }];
      case 'ConfirmRequested':
        return [{ ...data, type: 'RequestConfirm' }];
      case 'CallConfirmed':
        return [{ ...data, type: 'RecordConfirmed' }];
      case 'UndoRequested':
        return [
          data.request_id === null
            ? { type: 'TakeBack', reasons: data.reasons }
            : {
                type: 'RequestUndo',
                request_id: data.request_id,
                reasons: data.reasons,
                ...(data.rollback === true ? { rollback: true } : {}),
              },
        ];
      case 'UndoCallRequested':
        return [{ ...data, type: 'RequestUndoCall' }];
      case 'UndoRefused':
        return [{ ...data, type: 'RefuseUndo' }];
      case 'CallUndone':
        return [{ ...data, type: 'RecordUndone' }];
      case 'CallFailed':
        return [{ ...data, type: 'RecordFailed' }];
      case 'UndoFailed':
        return [{ ...data, type: 'RecordUndoFailed' }];
    }
  },
};

export const mcpServerRecall: RecalledStreams<McpServerCommand, McpServerEvent, McpServerState> = {
  category: 'mcp_server',
  kind: 'mcp_server',
  decider: mcpServerDecider,
  recall: ([{ type, data }]) => {
    switch (type) {
      case 'McpServerRegistered':
        return [{ type: 'RegisterServer', content: data }];
      case 'McpServerRetired':
        return [{ type: 'RetireServer' }];
      case 'McpToolConfirmed': {
        const { server: _server, digest: _digest, ...confirmed } = data;
        return [{ type: 'ConfirmTool', ...confirmed }];
      }
      case 'McpToolHeld': {
        const { server: _server, ...held } = data;
        return [{ type: 'HoldTool', ...held }];
      }
    }
  },
};

export const toolCallRecall: RecalledStreams<ToolCallCommand, ToolCallEvent, ToolCallState> = {
  category: 'mcp_call',
  kind: 'mcp_call',
  decider: toolCallDecider,
  recall: ([{ type, data }]) => {
    switch (type) {
      case 'ToolCallOpened': {
        const { n: _n, intent_id, action_id, ...caller } = data;
        return [{ type: 'OpenToolCall', caller, intent_id, action_id }];
      }
      case 'ToolCallClaimed':
        return [{ type: 'ClaimToolCall', n: data.n }];
      case 'ToolCallAnswered':
        return [{ type: 'AnswerToolCall', n: data.n, state: data.state }];
    }
  },
};

/** The streams of this context. */
export const agentsStreams: readonly DecidedStreams[] = [callRecall, mcpServerRecall, toolCallRecall];
