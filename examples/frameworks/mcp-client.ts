// An MCP client: one line governs a tool of a server that the agent starts itself.
import { govern } from '@interlock/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { agent, approve, serve } from './setup.ts';

const mail = new Client({ name: 'clerk', version: '1.0.0' });
await mail.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: [new URL('mail-server.mjs', import.meta.url).pathname],
  }),
);
const archive = govern((input: { message: string }) => mail.callTool({ name: 'archive', arguments: input }), {
  ...agent,
  actionType: 'mail.archive.mcp',
  entity: 'message',
});
const stop = await serve(archive);

const ask = async (message: string): Promise<void> => {
  const answer = await archive({ message });
  console.log('content' in answer ? JSON.stringify(answer.content) : String(answer));
};
await ask('newsletter');
await approve(archive);
// The same call joins the open one.
await ask('newsletter');
await ask('contract');
await stop();
await mail.close();
