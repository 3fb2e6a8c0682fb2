import { chmodSync, chownSync, mkdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { isObject, ProblemError, isTexts } from '@interlock/kernel';
import { OutboundError } from '@interlock/outbound';
import type { AgentGatewayConfig } from '../../config.js';
import type { StdioProgram } from './stdio-transport.js';

type Listed = {
  readonly command: string;
  readonly args: readonly string[];
  readonly tenants: readonly string[];
};
type List = ReadonlyMap<string, Listed>;

/** The user id `nobody`, which has no rights on most systems. */
const nobody = 65_534;

const readEntry = (value: unknown): Listed | null => {
  if (!isObject(value)) return null;
  const { command, args = [], tenants } = value;
  return typeof command === 'string' && isTexts(args) && isTexts(tenants) ? { command, args, tenants } : null;
};

/**
 * The programs that may run as MCP servers. It reads the allow-list, which only the operator
 * writes, for each use.
 */
export class Programs {
  constructor(private readonly config: AgentGatewayConfig) {}

  /** Returns why the tenant may not run the program now; null if it may. */
  fault(tenantId: string, name: string): string | null {
    try {
      this.find(tenantId, 'check', name, 0);
      return null;
    } catch (error) {
      if (error instanceof OutboundError) return error.message;
      throw error;
    }
  }

  /** Returns the program with its directory and user. Throws OutboundError if it may not run. */
  find(tenantId: string, server: string, name: string, maxBytes: number): StdioProgram {
    const no = (detail: string): OutboundError => new OutboundError('address-refused', false, detail);
    const listed = this.#listed().get(name);
    if (listed === undefined || !(listed.tenants.includes('*') || listed.tenants.includes(tenantId)))
      throw no(`\`${name}\` is not a program that the operator allows the tenant to run`);
    if (!isAbsolute(listed.command)) throw no(`the command of \`${name}\` has no absolute path`);
    const user = this.#user(no);
    const folder = this.#directory();
    const cwd = join(folder, tenantId, server);
    mkdirSync(cwd, { recursive: true, mode: 0o700 });
    // The program's user may pass through the parent folders to its own directory, but not list
    // them.
    for (const passed of [folder, join(folder, tenantId)]) chmodSync(passed, user === null ? 0o700 : 0o711);
    chmodSync(cwd, 0o700);
    if (user !== null) chownSync(cwd, user.uid, user.gid);
    return {
      command: listed.command,
      args: listed.args,
      cwd,
      user,
      max_bytes: maxBytes,
    };
  }

  #user(no: (detail: string) => OutboundError): StdioProgram['user'] {
    const { MCP_STDIO_UID: named, MCP_STDIO_GID: gid, MCP_STDIO_SAME_USER: isSame } = this.config;
    const uid = named > 0 || isSame ? named : nobody;
    if (process.getuid?.() === 0 && uid > 0) return { uid, gid: gid > 0 ? gid : uid };
    if (isSame) return null;
    throw no(
      'no program is run as the user of the gateway itself, and it cannot be run as another: see MCP_STDIO_UID',
    );
  }

  #directory(): string {
    const { MCP_STDIO_DIR: directory, INTERLOCK_HOME: home } = this.config;
    if (directory !== undefined) return directory;
    if (home !== undefined) return join(home, 'mcp');
    throw new OutboundError(
      'address-refused',
      false,
      'programs have no directory to run in: MCP_STDIO_DIR is not set',
    );
  }

  #listed(): List {
    const file =
      this.config.MCP_STDIO_COMMANDS_FILE ??
      (this.config.INTERLOCK_HOME === undefined
        ? undefined
        : join(this.config.INTERLOCK_HOME, 'mcp-commands.json'));
    if (file === undefined) return new Map();
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      return new Map();
    }
    let list: unknown;
    try {
      list = JSON.parse(text);
    } catch {
      list = null;
    }
    const entries = new Map<string, Listed>();
    for (const [name, value] of isObject(list) ? Object.entries(list) : []) {
      const entry = readEntry(value);
      if (entry !== null) entries.set(name, entry);
    }
    if (isObject(list) && entries.size === Object.keys(list).length) return entries;
    throw new ProblemError('internal-error', 'the list of programs that may be MCP servers cannot be read', {
      remedy: 'write it as docs/agents.md says',
    });
  }
}
