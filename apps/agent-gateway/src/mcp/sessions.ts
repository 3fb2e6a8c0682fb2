import type { McpServerContent } from '@interlock/agents';
import { contentHash } from '@interlock/kernel';
import { OutboundError, type Outbound } from '@interlock/outbound';
import type { TenantSecrets } from '@interlock/platform';
import type { AgentGatewayConfig } from '../config.js';
import { httpTransport } from './http-transport.js';
import { Outgoing } from './outgoing.js';
import type { Programs } from './programs.js';
import { McpSession } from './session.js';
import { PlainTransport } from './transport.js';
import { StdioTransport } from './stdio-transport.js';

type Open = { readonly session: Promise<McpSession>; idle: NodeJS.Timeout | undefined; used: number };

/** One session for each registered server that is in use; what has not been used for a while is closed. */
export class McpSessions {
  readonly #open = new Map<string, Open>();

  constructor(
    private readonly outbound: Outbound,
    private readonly secrets: TenantSecrets,
    private readonly programs: Programs,
    private readonly config: AgentGatewayConfig,
  ) {}

  /** Works with the server's session, a new one where there is none. `isNew` says that nothing can have become of it meanwhile. Throws what the session throws. */
  async use<T>(
    tenantId: string,
    content: McpServerContent,
    work: (session: McpSession, isNew: boolean) => Promise<T>,
  ): Promise<T> {
    const key = `${tenantId} ${content.server} ${contentHash(content)}`;
    const known = this.#open.get(key);
    const open = known ?? this.#begin(key, tenantId, content);
    clearTimeout(open.idle);
    open.used += 1;
    try {
      return await work(await open.session, known === undefined);
    } finally {
      open.used -= 1;
      if (open.used === 0 && this.#open.get(key) === open) {
        open.idle = setTimeout(() => {
          this.#close(key, open);
        }, this.config.MCP_SESSION_IDLE_MS);
        open.idle.unref();
      }
    }
  }

  /** Ends the session of a server, so that the next use begins another. */
  drop(tenantId: string, content: McpServerContent): void {
    const key = `${tenantId} ${content.server} ${contentHash(content)}`;
    const open = this.#open.get(key);
    if (open !== undefined) this.#close(key, open);
  }

  async stop(): Promise<void> {
    const all = [...this.#open];
    this.#open.clear();
    await Promise.all(
      all.map(async ([, { session, idle }]) => {
        clearTimeout(idle);
        await (await session.catch(() => undefined))?.close();
      }),
    );
  }

  #close(key: string, open: Open): void {
    if (this.#open.get(key) === open) this.#open.delete(key);
    clearTimeout(open.idle);
    open.session.then(
      (session) => session.close(),
      () => undefined,
    );
  }

  #begin(key: string, tenantId: string, content: McpServerContent): Open {
    const open: Open = { session: this.#connect(key, tenantId, content), idle: undefined, used: 0 };
    this.#open.set(key, open);
    open.session.catch(() => {
      if (this.#open.get(key) === open) this.#open.delete(key);
    });
    return open;
  }

  async #connect(key: string, tenantId: string, content: McpServerContent): Promise<McpSession> {
    const outgoing = new Outgoing();
    const { address, timeout_ms } = content;
    const max_bytes = this.config.MCP_ANSWER_BYTES;
    const parts = {
      outgoing,
      timeout_ms,
      onClose: () => {
        this.#open.delete(key);
      },
    };
    if (address.kind === 'stdio') {
      const transport = new StdioTransport(
        this.programs.find(tenantId, content.server, address.command, max_bytes),
        outgoing,
      );
      return McpSession.open({ ...parts, transport, fault: () => transport.fault });
    }
    const token = address.secret_ref === null ? '' : this.secrets.read(tenantId, address.secret_ref);
    if (address.secret_ref !== null && token === '')
      throw new OutboundError('bad-url', false, 'the secret that the server is asked with is not there');
    const { outbound } = this;
    const transport = new PlainTransport(
      httpTransport({ outbound, url: address.url, token, timeout_ms, max_bytes, outgoing }),
    );
    return McpSession.open({ ...parts, transport, fault: () => undefined });
  }
}
