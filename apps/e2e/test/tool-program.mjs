// An MCP server on the standard streams with one tool. The tool's description is the content of a
// file, so that a test can change it. Without the file the program ends at once.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';

const description = readFileSync(process.argv[2], 'utf8');
const results = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'tool', version: '1.0.0' },
  }),
  'tools/list': () => ({
    tools: [{ name: 'look_up', description, inputSchema: { type: 'object', properties: {} } }],
  }),
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const result = results[method]?.(params) ?? {};
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`);
});
