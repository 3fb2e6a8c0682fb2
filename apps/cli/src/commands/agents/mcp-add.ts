import type { Schema } from '@interlock/api-types';
import { defaults } from '@interlock/contracts';
import { isObject } from '@interlock/kernel';
import { words } from '../../asks.js';
import { writtenOrAsked } from '../../change.js';
import { remark, type Output } from '../../output/output.js';
import { screenOf } from '../../output/screen.js';
import { tableText, type Column } from '../../output/table.js';
import { CliError, personal, visible, type Globals, type Session } from '../../connection/session.js';
import { allowProgram, programOf } from './mcp-programs.js';
import type { ProxyAs } from './mcp-clients.js';

type Server = Schema<'McpServerDto'>;
type Tool = Schema<'McpToolDto'>;
type Registration = {
  readonly server: string;
  readonly address: { readonly kind: 'stdio'; readonly command: string };
  readonly timeout_ms: number;
};

/** What a person states about the tools of a server. */
type ToolOptions = {
  readonly only?: string;
  readonly readOnly?: string;
  readonly internal?: string;
  readonly confidence?: string;
};
export type AddOptions = Output & ProxyAs & ToolOptions;

/** A tool as it would be imported. */
type Proposed = {
  readonly tool: Tool;
  readonly isTaken: boolean;
  readonly read_only: boolean;
  readonly external_contact: boolean;
  readonly confidence: number;
};

/**
 * The server's timeout. It is long, because a program may have to be downloaded before it answers.
 */
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

const leastConfidence = defaults.confidence_thresholds.LOW;

const whoSaysYes = ({ tool, isTaken, read_only, external_contact, confidence }: Proposed): string =>
  tool.violations.length > 0
    ? `cannot be imported: ${tool.violations.map(({ detail }) => detail).join('; ')}`
    : !isTaken
      ? 'left out: nobody can call it'
      : read_only && !external_contact
        ? confidence < leastConfidence
          ? `a person: confidence ${confidence} is under ${leastConfidence}`
          : 'nobody, where its mode and a policy allow it'
        : 'a person, for each call';

const columns: readonly Column<Proposed>[] = [
  { head: 'TOOL', of: ({ tool }) => tool.tool },
  { head: 'THE SERVER SAYS', of: ({ tool }) => hintsOf(tool), fit: 12 },
  { head: 'READ-ONLY', of: ({ read_only: isReader }) => (isReader ? 'yes' : 'no') },
  { head: 'CONTACT OUTSIDE', of: ({ external_contact: isOutside }) => (isOutside ? 'yes' : 'no') },
  { head: 'WHO SAYS YES', of: whoSaysYes, fit: 24 },
];

/**
 * Returns the tools that an option names; `all` names every tool. Throws if the option names an
 * unknown tool.
 */
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

const proposedOf = (
  tools: readonly Tool[],
  options: ToolOptions,
  confidence: number = defaults.mcp_tool_confidence,
): readonly Proposed[] => {
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
      confidence,
    }));
};

/** True if the tool could run by itself but for its confidence. */
const isUnsure = ({ isTaken, read_only, external_contact, confidence }: Proposed): boolean =>
  isTaken && read_only && !external_contact && confidence < leastConfidence;

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
  const proposed = proposedOf(tools, options, confidence);
  remark(tableText(proposed, columns, screenOf(process.stderr)));
  if (proposed.some(isUnsure))
    remark(
      `a person is asked for each call while its confidence is under the threshold, by default ${leastConfidence}: state a higher one with --confidence`,
    );
  const body = { ...registration, tools: confirmedTools(proposed, confidence) };
  return writtenOrAsked<Server>(session, 'POST', '/api/v1/mcp/servers', body, options);
};

/**
 * Allows a program, shows its tools, and registers it with them in one change request. If no
 * program is given, it adds the one that the operator allowed under the server's name. Returns
 * whether the change is applied. If the server cannot be added, the program is not allowed either.
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
