import type { Schema } from '@interlock/api-types';
import { defaults } from '@interlock/contracts';
import { isObject } from '@interlock/kernel';
import { writtenOrAsked } from '../../change.js';
import { remark, type Output } from '../../output/output.js';
import { screenOf } from '../../output/screen.js';
import { tableText, type Column } from '../../output/table.js';
import { CliError, personal, visible, type Globals } from '../../connection/session.js';
import { allowProgram, programOf } from './mcp-programs.js';
import { decimal } from '../../readers.js';
import type { Values } from '../../program/options.js';

type Tool = Schema<'McpToolDto'>;

/** What a person states about the tools of a server. */
export const toolOptions = {
  '--only <tools>': { about: 'the tools that may be called, separated by commas; default: all', list: true },
  '--read-only <tools>': {
    about: 'the tools that change nothing, separated by commas, or `all`',
    list: true,
  },
  '--internal <tools>': {
    about: 'the tools that reach nobody outside, separated by commas, or `all`',
    list: true,
  },
  '--confidence <n>': { about: 'from 0 to 1', read: decimal },
} as const;
type ToolOptions = Partial<Values<typeof toolOptions>>;

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
  given: readonly string[] = [],
  tools: readonly Tool[],
): ((tool: string) => boolean) => {
  const unknown = given.filter((name) => name !== 'all' && !tools.some(({ tool }) => tool === name));
  if (unknown.length > 0)
    throw new CliError(`the server has no tool ${unknown.map(visible).join(', ')} of ${option}`, 2);
  return (tool) => given.includes('all') || given.includes(tool);
};

const proposedOf = (
  tools: readonly Tool[],
  { only = ['all'], readOnly, internal, confidence = defaults.mcp_tool_confidence }: ToolOptions,
): readonly Proposed[] => {
  const isOnly = namedTools('--only', only, tools);
  const reads = namedTools('--read-only', readOnly, tools);
  const isInternal = namedTools('--internal', internal, tools);
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

/**
 * Allows a program, shows its tools, and registers it with them in one change request. If no
 * program is given, it adds the one that the operator allowed under the server's name. If the
 * server cannot be added, the program is not allowed either.
 */
export const addServer = async (
  globals: Globals,
  server: string,
  command: readonly string[],
  options: ToolOptions,
  output: Output,
): Promise<void> => {
  const session = personal(globals);
  if (session.isRemote && command.length > 0)
    throw new CliError(
      'a program is allowed where the installation is: the operator runs `interlock mcp allow` there, and you add it here without a program',
      2,
    );
  const takeBack = command.length === 0 ? undefined : allowProgram(globals, server, programOf(command));
  const registration = { server, address: { kind: 'stdio', command: server }, timeout_ms: timeoutMs };
  try {
    const { tools } = await session.ask('POST /api/v1/mcp/servers/look', [], { body: registration });
    const proposed = proposedOf(tools, options);
    remark(tableText(proposed, columns, screenOf(process.stderr)));
    if (proposed.some(isUnsure))
      remark(
        `a person is asked for each call while its confidence is under the threshold, by default ${leastConfidence}: state a higher one with --confidence`,
      );
    const confirmed = proposed
      .filter(({ isTaken }) => isTaken)
      .map(({ tool, read_only, external_contact }) => ({
        tool: tool.tool,
        digest: tool.digest,
        read_only,
        external_contact,
        confidence_score: options.confidence,
      }));
    const body = { ...registration, tools: confirmed };
    await writtenOrAsked(session, output, 'POST /api/v1/mcp/servers', [], body);
  } catch (error) {
    takeBack?.();
    throw error;
  }
};
