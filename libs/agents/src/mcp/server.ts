import { streamName } from '@interlock/contracts';
import { cutText, ProblemError, sameJson, whereRaised, type Decider, type Loosens } from '@interlock/kernel';
import { toolDigest, type ToolChange, type ToolDefinition, type ToolTerms } from './tool.js';

/** The location of an MCP server: an address, or a program that the operator's allow-list names. */
type McpAddress =
  | { readonly kind: 'http'; readonly url: string; readonly secret_ref: string | null }
  | { readonly kind: 'stdio'; readonly command: string };
export type McpServerContent = {
  readonly server: string;
  readonly title: string;
  readonly address: McpAddress;
  /** How long to wait for an answer, in milliseconds. */
  readonly timeout_ms: number;
  readonly max_calls: number;
};
type NamedTool = { readonly server: string; readonly tool: string };
type ConfirmedContent = NamedTool & {
  readonly action_type: string;
  readonly definition: ToolDefinition;
  readonly digest: string;
  readonly terms: ToolTerms;
};

/** A tool as a person has seen it, with what the person states of it. */
export type ToolConfirmation = Omit<ConfirmedContent, 'server' | 'digest'>;

export type McpServerEvent =
  | { readonly type: 'McpServerRegistered'; readonly data: McpServerContent }
  | { readonly type: 'McpServerRetired'; readonly data: { readonly server: string } }
  /** A person has seen the tool as it is and lets agents call it. */
  | { readonly type: 'McpToolConfirmed'; readonly data: ConfirmedContent }
  /**
   * The server's definition of the tool differs from the confirmed one, or the tool is gone. Nobody
   * may call it until a person confirms it again.
   */
  | {
      readonly type: 'McpToolHeld';
      readonly data: NamedTool & {
        readonly confirmed_digest: string;
        readonly seen_digest: string | null;
        readonly difference: readonly ToolChange[];
      };
    };

export type McpServerCommand =
  | {
      readonly kind: 'RegisterServer';
      readonly content: McpServerContent;
      /** Tools that are confirmed together with the registration. */
      readonly tools?: readonly ToolConfirmation[];
    }
  | { readonly kind: 'RetireServer' }
  | ({ readonly kind: 'ConfirmTool' } & ToolConfirmation)
  | {
      readonly kind: 'HoldTool';
      readonly tool: string;
      /** The digest of the confirmation that no longer holds. */
      readonly confirmed_digest: string;
      readonly seen_digest: string | null;
      readonly difference: readonly ToolChange[];
    };

export type ConfirmedTool = Omit<ConfirmedContent, 'server'> & {
  readonly held: { readonly seen_digest: string | null; readonly difference: readonly ToolChange[] } | null;
};
export type McpServerState = {
  readonly content: McpServerContent | null;
  readonly retired: boolean;
  readonly tools: ReadonlyMap<string, ConfirmedTool>;
};

/** Stream of an MCP server's registration. */
export const mcpServerStream = (tenantId: string, server: string): string =>
  streamName('mcp_server', tenantId, server);

/** The tool if it may be called: it is confirmed and not held, and its server is not retired. */
export const callableTool = (state: McpServerState, tool: string): ConfirmedTool | null => {
  const known = state.tools.get(tool);
  return state.retired || known === undefined || known.held !== null ? null : known;
};

/** Says why a tool may not be called, for a tool that `callableTool` does not return. */
export const whyNotCallable = ({ retired, tools }: McpServerState, tool: string): string =>
  !retired && tools.has(tool)
    ? `the tool \`${cutText(tool, 64)}\` is held until a person confirms it again, because its server described it otherwise than it was confirmed`
    : `there is no tool \`${cutText(tool, 64)}\` that may be called`;

const withTool = (state: McpServerState, tool: ConfirmedTool): McpServerState => ({
  ...state,
  tools: new Map([...state.tools, [tool.tool, tool]]),
});

const evolve = (state: McpServerState, event: McpServerEvent): McpServerState => {
  switch (event.type) {
    case 'McpServerRegistered':
      return {
        content: event.data,
        retired: false,
        tools:
          !state.retired && sameJson(state.content?.address, event.data.address) ? state.tools : new Map(),
      };
    case 'McpServerRetired':
      return { ...state, retired: true };
    case 'McpToolConfirmed': {
      const { server: _server, ...tool } = event.data;
      return withTool(state, { ...tool, held: null });
    }
    case 'McpToolHeld': {
      const known = state.tools.get(event.data.tool);
      const { seen_digest, difference } = event.data;
      return known === undefined ? state : withTool(state, { ...known, held: { seen_digest, difference } });
    }
  }
};

const registered = (
  { content, tools = [] }: Extract<McpServerCommand, { kind: 'RegisterServer' }>,
  state: McpServerState,
): readonly McpServerEvent[] => {
  const isSame = !state.retired && sameJson(state.content, content);
  return tools.reduce<readonly McpServerEvent[]>(
    (events, tool) => [...events, ...decide({ kind: 'ConfirmTool', ...tool }, events.reduce(evolve, state))],
    isSame ? [] : [{ type: 'McpServerRegistered', data: content }],
  );
};

const decide = (command: McpServerCommand, state: McpServerState): readonly McpServerEvent[] => {
  if (command.kind === 'RegisterServer') return registered(command, state);
  const server = state.content?.server;
  if (server === undefined || state.retired)
    throw new ProblemError('not-found', 'there is no such MCP server', { remedy: 'register it first' });
  switch (command.kind) {
    case 'RetireServer':
      return [{ type: 'McpServerRetired', data: { server } }];
    case 'ConfirmTool': {
      const { kind: _type, ...confirmed } = command;
      const known = state.tools.get(command.tool);
      const taken = [...state.tools.values()].some(
        (one) => one.tool !== command.tool && one.action_type === command.action_type,
      );
      if (taken)
        throw new ProblemError('wrong-state', 'another tool of the server has the same action type', {
          members: { action_type: command.action_type },
        });
      const digest = toolDigest(command.definition);
      if (known?.held === null && known.digest === digest && sameJson(known.terms, command.terms)) return [];
      return [{ type: 'McpToolConfirmed', data: { server, ...confirmed, digest } }];
    }
    case 'HoldTool': {
      const known = state.tools.get(command.tool);
      if (known === undefined || known.held !== null || known.digest !== command.confirmed_digest) return [];
      const { kind: _type, ...held } = command;
      return [{ type: 'McpToolHeld', data: { server, ...held } }];
    }
  }
};

/**
 * An MCP server and the tools that people have confirmed. If the server's address changes, every
 * tool must be confirmed again.
 */
export const mcpServerDecider: Decider<McpServerCommand, McpServerEvent, McpServerState> = {
  name: 'mcp_server',
  types: ['McpServerRegistered', 'McpServerRetired', 'McpToolConfirmed', 'McpToolHeld'],
  initial: { content: null, retired: false, tools: new Map() },
  decide,
  evolve,
};

/**
 * Loosens where calls may go to another address, where more calls run at once, and where a tool may
 * be called that was not confirmed so before.
 */
export const mcpServerLoosens: Loosens<McpServerState> = (before, after) => {
  if (after.retired || after.content === null) return [];
  const known = before.retired ? null : before.content;
  const { address, max_calls } = after.content;
  return [
    ...(known === null
      ? [{ pointer: '/address', detail: 'is new' }]
      : [
          ...(sameJson(known.address, address) ? [] : [{ pointer: '/address', detail: 'changes' }]),
          ...whereRaised('/max_calls', known.max_calls, max_calls),
        ]),
    ...[...after.tools.keys()].flatMap((name) => {
      const [was, is] = [callableTool(before, name), callableTool(after, name)];
      const isSame = was !== null && is !== null && was.digest === is.digest && sameJson(was.terms, is.terms);
      return is === null || isSame ? [] : [{ pointer: `/tools/${name}`, detail: 'may be called' }];
    }),
  ];
};
