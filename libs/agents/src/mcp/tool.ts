import { namePattern, type JsonObject, type JsonValue, type Violation } from '@interlock/contracts';
import { canonicalJson, contentHash, cutText } from '@interlock/kernel';

/** A tool as an MCP server describes it. The description is shown to people and never trusted. */
export type ToolDefinition = {
  readonly name: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly input_schema: JsonObject;
  readonly output_schema: JsonObject | null;
  /** The server's hints, such as `readOnlyHint` and `destructiveHint`. */
  readonly annotations: JsonObject | null;
};

/** The terms that a person set when they confirmed a tool. */
export type ToolTerms = {
  readonly read_only: boolean;
  readonly external_contact: boolean;
  /** 0 to 1: the confidence of a call if its agent states none. */
  readonly confidence_score: number;
  /** Results are kept in the log, sealed; otherwise only their hash and size. */
  readonly keep_results: boolean;
};

/** The tool with which an agent asks again for a pending result. */
export const continueTool = 'interlock_continue';

/**
 * The digest that a tool's confirmation is bound to. It changes with every member of the
 * definition.
 */
export const toolDigest = (definition: ToolDefinition): string => contentHash(definition);

/**
 * The action type of a server's tool: `mcp.<server>.<tool>`, in the characters allowed for names.
 */
export const toolActionType = (server: string, tool: string): string =>
  `mcp.${server}.${tool.toLowerCase().replace(/[^a-z0-9_.-]/g, '_')}`;

/**
 * Characters that a model reads and a person does not see: control, format, private and unassigned
 * characters. Line breaks and tabs are allowed.
 */
const unseen = /[^\P{C}\n\t\r]/u;
const longestDescription = 8192;

const textFaults = (pointer: string, text: string | null, longest: number): readonly Violation[] => {
  if (text === null) return [];
  if (text.length > longest)
    return [{ pointer, detail: `has more than ${longest} characters`, code: 'size' }];
  return unseen.test(text) ? [{ pointer, detail: 'has characters that nobody sees', code: 'unseen' }] : [];
};

/**
 * The reasons, besides its schema, why a tool cannot be imported. `others` are the names of the
 * server's other tools.
 */
export const toolFaults = (
  server: string,
  definition: ToolDefinition,
  others: readonly string[],
): readonly Violation[] => {
  const { name } = definition;
  const actionType = toolActionType(server, name);
  const faults: Violation[] = [
    ...textFaults('/name', name, 128),
    ...textFaults('/title', definition.title, 256),
    ...textFaults('/description', definition.description, longestDescription),
  ];
  const fault = (detail: string, code: string): void => {
    faults.push({ pointer: '/name', detail, code });
  };
  if (name === continueTool) fault(`is \`${continueTool}\`, which is Interlock's own`, 'reserved');
  if (!namePattern.test(actionType))
    fault(`makes no action type: \`${cutText(actionType, 80)}\` is not a name`, 'name');
  const same = others.filter((other) => toolActionType(server, other) === actionType);
  if (same.length > 0) fault('comes to the same action type as another tool of the server', 'collision');
  return faults;
};

/** One difference between the confirmed definition and the server's present one. */
export type ToolChange = {
  readonly member: string;
  readonly before: string | null;
  readonly after: string | null;
};

const longestShown = 2000;
const shownValue = (value: JsonValue): string | null => {
  if (value === null) return null;
  const text = typeof value === 'string' ? value : canonicalJson(value);
  return text.length > longestShown ? `${cutText(text, longestShown)}…` : text;
};

/** The differences between two definitions, member by member. */
export const toolDifference = (before: ToolDefinition, after: ToolDefinition): readonly ToolChange[] =>
  (['title', 'description', 'input_schema', 'output_schema', 'annotations'] as const)
    .filter((member) => canonicalJson(before[member]) !== canonicalJson(after[member]))
    .map((member) => ({ member, before: shownValue(before[member]), after: shownValue(after[member]) }));
