// A file-system MCP server behind the rails: reads pass, and moving a file waits for a person.
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { clientOf, confirmed, home, interlock, letRun, url } from '../start.mjs';

// The program's own directory: it runs as a user who reads and writes nothing else of the home.
const folder = join(home, 'mcp', 'demo', 'files');
mkdirSync(folder, { recursive: true });
const root = realpathSync(folder);
writeFileSync(join(root, 'report.txt'), 'the figures of the year');

// The operator lets the tenant run the program; an administrator registers it and confirms the
// tools that agents may ask for.
const program = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-filesystem/dist/index.js'));
await interlock('mcp', 'allow', 'files', '--', process.execPath, program, root);
const admin = await clientOf(
  ['POLICY_READ', 'POLICY_WRITE', 'AUTONOMY_ADMIN', 'AUTONOMOUS_READ'],
  'example-admin',
);
await confirmed(admin, 'POST', '/api/v1/mcp/servers', {
  server: 'files',
  address: { kind: 'stdio', command: 'files' },
});
const { tools } = await admin.call('POST', '/api/v1/mcp/servers/files/look', {});
const confirm = async (name, terms) => {
  const { digest } = tools.find(({ tool }) => tool === name);
  await confirmed(admin, 'POST', `/api/v1/mcp/servers/files/tools/${name}/confirm`, {
    digest,
    external_contact: false,
    confidence_score: 0.95,
    ...terms,
  });
};
await confirm('read_text_file', { read_only: true });
await confirm('move_file', { read_only: false });
await letRun(admin, 'files', 'mcp.files.read_text_file');

// The agent knows nothing of all this: it is any MCP client.
const { token } = await clientOf(['AUTONOMOUS_SUBMIT', 'AUTONOMOUS_READ']);
const agent = new Client({ name: 'files-agent', version: '1.0.0' });
const headers = {
  authorization: `Bearer ${token}`,
  'interlock-agent': 'files-agent',
  'interlock-account': 'files',
};
await agent.connect(
  new StreamableHTTPClientTransport(new URL(`${url}/mcp/files`), { requestInit: { headers } }),
);
console.log('tools:', (await agent.listTools()).tools.map(({ name }) => name).join(', '));

const call = async (name, args) => {
  for (;;) {
    const answer = await agent.callTool({ name, arguments: args });
    // The door of safety-rails takes a new action type a moment after it was confirmed.
    if (answer.structuredContent?.code !== 'unknown-action-type') return answer;
  }
};
const read = await call('read_text_file', { path: join(root, 'report.txt') });
console.log('read:', read.content[0].text);

const move = { source: join(root, 'report.txt'), destination: join(root, `old-report-${Date.now()}.txt`) };
const held = await call('move_file', move);
const { status, waits_for: waitsFor, action_id: id, continuation } = held.structuredContent;
console.log(`move: ${status}, waits for ${waitsFor}`);

const person = await clientOf(['AUTONOMOUS_READ', 'AUTONOMOUS_APPROVE'], 'example-approver');
// What a person reads may show the request a moment after the agent was told of it.
let asked = await person.action(id);
while (asked.approval === null) asked = await person.action(id);
await person.approve(id, { digest: asked.approval.digest, comment: 'the report is old' });
let done = held;
while (done.structuredContent?.status === 'pending')
  done = await call('interlock_continue', { continuation });
console.log('move, once approved:', done.isError ? `failed: ${done.content[0].text}` : 'done');
await agent.close();
