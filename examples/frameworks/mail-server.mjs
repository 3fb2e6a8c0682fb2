// An MCP server on the standard streams with one tool.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

const server = new McpServer({ name: 'mail', version: '1.0.0' });
const archive = { description: 'Moves a message into the archive', inputSchema: { message: z.string() } };
server.registerTool('archive', archive, ({ message }) => ({
  content: [{ type: 'text', text: `${message} is in the archive` }],
}));
await server.connect(new StdioServerTransport());
