import type { Schema } from '@interlock/api-types';
import { isObject } from '@interlock/kernel';
import { words } from '../../asks.js';
import { writtenOrAsked } from '../../change.js';
import { remark, type Output } from '../../output/output.js';
import { screenOf } from '../../output/screen.js';
import { tableText, type Column } from '../../output/table.js';
import { CliError, personal, visible, type Globals, type Session } from '../../session.js';
import { allowProgram, programOf } from './mcp-programs.js';
import type { ProxyAs } from './mcp-clients.js';

type Server = Schema<'McpServerDto'>;
type Tool = Schema<'McpToolDto'>;
type Registration = {
  readonly server: string;
  readonly address: { readonly kind: 'stdio'; readonly command: string };
  readonly timeout_ms: number;
};

/** What a person states of the tools of a server. */
type ToolOptions = {
  readonly only?: string;
  readonly readOnly?: string;
  readonly internal?: string;
  readonly confidence?: string;
};
export type AddOptions = Output & ProxyAs & ToolOptions;

/** What a tool would be, once it is confirmed. */
type Proposed = {
  readonly tool: Tool;
  readonly isTaken: boolean;
  readonly read_only: boolean;
  readonly external_contact: boolean;
};

/** A program may have to be downloaded before it answers. */
const timeoutMs = 30_000;

const hintsOf = ({ definition }: Tool): string => {
  const annotations = definition?.['annotations'];
  const given = isObject(annotations) ? annotations : {};
  const hints = [
    ['readOnlyHint', 'reads', 'writes'],
    ['destructiveHint', 'destroys', 'destroys nothing'],
    ['openWorldHint', 'outside', 'inside'],
  ] as const;
  return hints
    .flatMap(([name, yes, no]) => (given[name] === true ? [yes] : given[name] === false ? [no] : []))
    .join(', ');
};

const whoSaysYes = ({ tool, isTaken, read_only, external_contact }: Proposed): string =>
  tool.violations.length > 0
    ? `cannot be imported: ${tool.violations.map(({ detail }) => detail).join('; ')}`
    : !isTaken
      ? 'left out: nobody can call it'
      : read_only && !external_contact
        ? 'nobody, where its mode and a policy allow it'
        : 'a person, for each call';

const columns: readonly Column<Proposed>[] = [
  { head: 'TOOL', of: ({ tool }) => tool.tool },
  { head: 'THE SERVER SAYS', of: ({ tool }) => hintsOf(tool), fit: 12 },
  { head: 'READ-ONLY', of: ({ read_only: isReader }) => (isReader ? 'yes' : 'no') },
  { head: 'CONTACT OUTSIDE', of: ({ external_contact: isOutside }) => (isOutside ? 'yes' : 'no') },
  { head: 'WHO SAYS YES', of: whoSaysYes, fit: 24 },
];

/** The tools that an option names; `all` names every tool. Throws if it names another one. */
const namedTools = (
  option: string,
  text: string | undefined,
  tools: readonly Tool[],
): ((tool: string) => boolean) => {
  const given = text === undefined ? [] : words(text);
  const unknown = given.filter((name) => name !== 'all' && !tools.some(({ tool }) => tool === name));
  if (unknown.length > 0)
    throw new CliError(`the server has no tool ${unknown.map(visible).join(', ')} of ${option}`, 2);
  return (tool) => given.includes('all') || given.includes(tool);
};

const proposedOf = (tools: readonly Tool[], options: ToolOptions): readonly Proposed[] => {
  const isOnly = namedTools('--only', options.only ?? 'all', tools);
  const reads = namedTools('--read-only', options.readOnly, tools);
  const isInternal = namedTools('--internal', options.internal, tools);
  return tools
    .filter(({ state }) => state !== 'missing')
    .map((tool) => ({
      tool,
      isTaken: isOnly(tool.tool) && tool.violations.length === 0,
      read_only: reads(tool.tool),
      external_contact: !isInternal(tool.tool),
    }));
};

const confirmedTools = (proposed: readonly Proposed[], confidence: number | undefined): readonly object[] =>
  proposed
    .filter(({ isTaken }) => isTaken)
    .map(({ tool, read_only, external_contact }) => ({
      tool: tool.tool,
      digest: tool.digest,
      read_only,
      external_contact,
      ...(confidence === undefined ? {} : { confidence_score: confidence }),
    }));

const registered = async (
  session: Session,
  registration: Registration,
  options: AddOptions,
  confidence: number | undefined,
): Promise<Server | undefined> => {
  const { tools } = await session.json<Server>('POST', '/api/v1/mcp/servers/look', registration);
  const proposed = proposedOf(tools, options);
  remark(tableText(proposed, columns, screenOf(process.stderr)));
  const body = { ...registration, tools: confirmedTools(proposed, confidence) };
  return writtenOrAsked<Server>(session, 'POST', '/api/v1/mcp/servers', body, options);
};

/**
 * Allows a program, shows its tools, and registers it with them in one change request. Without a
 * program, the one that the operator allowed under the server's name is added. Returns whether the
 * change is applied. If the server cannot be added, the program is not allowed either.
 */
export const addServer = async (
  globals: Globals,
  server: string,
  command: readonly string[],
  options: AddOptions,
  confidence: number | undefined,
): Promise<boolean> => {
  const session = personal(globals);
  if (session.isRemote && command.length > 0)
    throw new CliError(
      'a program is allowed where the installation is: the operator runs `interlock mcp allow` there, and you add it here without a program',
      2,
    );
  const takeBack = command.length === 0 ? undefined : allowProgram(globals, server, programOf(command));
  const registration = {
    server,
    address: { kind: 'stdio', command: server },
    timeout_ms: timeoutMs,
  } as const;
  try {
    return (await registered(session, registration, options, confidence)) !== undefined;
  } catch (error) {
    takeBack?.();
    throw error;
  }
};
