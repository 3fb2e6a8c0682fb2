import { namePattern, type ActionTypeV1, type Violation } from '@interlock/contracts';
import { refuseViolations } from '@interlock/kernel';
import { compileParameters } from './catalogue.js';
import { schemaViolations } from './parameters-schema.js';
import type { ActionTypeContent } from './registration.js';

/** Returns why the schema of a tool's arguments cannot be a parameters schema; empty if it can. */
export const toolSchemaFaults = (
  schema: ActionTypeV1['parameters_schema'],
  pointer: string,
): readonly Violation[] => {
  const bounds = schemaViolations(schema, pointer);
  if (bounds.length > 0) return bounds;
  const fault = compileParameters(schema, true);
  return fault === null ? [] : [{ pointer, detail: fault, code: 'schema' }];
};

/**
 * Checks the action type of a tool that a person has confirmed. Throws `validation-failed` with
 * every violation.
 */
export const checkToolType = (type: ActionTypeContent): ActionTypeContent => {
  const faults: Violation[] = [...toolSchemaFaults(type.parameters_schema, '/parameters')];
  if (!namePattern.test(type.action_type) || !type.action_type.startsWith('mcp.'))
    faults.push({ pointer: '/action_type', detail: 'must be a name that begins with `mcp.`' });
  if (type.handler?.service !== 'agent-gateway' || type.handler.endpoint?.kind !== 'mcp')
    faults.push({ pointer: '/handler', detail: 'must be a tool of an MCP server' });
  if (type.reversible) faults.push({ pointer: '/reversible', detail: 'must be false: a tool has no undo' });
  refuseViolations(faults, `the tool \`${type.action_type.slice(0, 64)}\``);
  return type;
};
