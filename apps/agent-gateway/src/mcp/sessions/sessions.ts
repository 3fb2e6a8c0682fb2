import type { McpServerContent } from '@interlock/agents';
import { contentHash } from '@interlock/kernel';
import { OutboundError, type Outbound } from '@interlock/outbound';
import type { TenantSecrets } from '@interlock/platform';
import { boundSecret } from '../../handlers/bound-secret.js';
import type { AgentGatewayConfig } from '../../config.js';
import { httpTransport } from './http-transport.js';
import { Outgoing } from './outgoing.js';
import type { Programs } from './programs.js';
import { McpSession } from './session.js';
import { PlainTransport } from './transport.js';
import { StdioTransport } from './stdio-transport.js';

type Open = { readonly session: Promise<McpSession>; idle: NodeJS.Timeout | undefined; used: number };

/** Holds one session for each registered server that is in use, and closes idle ones. */
export class McpSessions {
  readonly #open = new Map<string, Open>();
  #isStopped = false;

  constructor(
    private readonly outbound: Outbound,
    private readonly secrets: TenantSecrets,
    private readonly programs: Programs,
    private readonly config: AgentGatewayConfig,
  ) {}

  /**
   * Runs `work` with the server's session, and opens one if there is none. `isNew` is true for a
   * session that was just opened, which cannot have become stale. Throws what the session throws,
   * and OutboundError once all sessions are stopped.
   */
  async use<T>(
    tenantId: string,
    content: McpServerContent,
    work: (session: McpSession, isNew: boolean) => Promise<T>,
  ): Promise<T> {
    if (this.#isStopped) throw new OutboundError('not-connected', false, 'the gateway of agents is stopping');
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
        open.idle = setTimeout(() => this.#close(key, open), this.config.MCP_SESSION_IDLE_MS);
        open.idle.unref();
      }
    }
  }

  /** The number of sessions that are open now. */
  get size(): number {
    return this.#open.size;
  }

  /** Ends the session of a server, so that the next use begins another. */
  drop(tenantId: string, content: McpServerContent): void {
    const key = `${tenantId} ${content.server} ${contentHash(content)}`;
    const open = this.#open.get(key);
    if (open !== undefined) this.#close(key, open);
  }

  /** Ends all sessions for good. Resolves when their programs have ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const all = [...this.#open];
    this.#open.clear();
    await Promise.all(
      all.map(async ([, { session, idle }]) => {
        clearTimeout(idle);
        await (await session.catch(() => undefined))?.close();
      }),
    );
  }

  /** INVARIANT: a session that ends late does not remove the next session of the same server. */
  #forget(key: string, open: Open): void {
    if (this.#open.get(key) === open) this.#open.delete(key);
    clearTimeout(open.idle);
  }

  #close(key: string, open: Open): void {
    this.#forget(key, open);
    open.session.then(
      (session) => session.close(),
      () => undefined,
    );
  }

  #begin(key: string, tenantId: string, content: McpServerContent): Open {
    const session = this.#connect(tenantId, content, () => this.#forget(key, open));
    const open: Open = { session, idle: undefined, used: 0 };
    this.#open.set(key, open);
    session.catch(() => this.#forget(key, open));
    return open;
  }

  async #connect(tenantId: string, content: McpServerContent, onClose: () => void): Promise<McpSession> {
    const outgoing = new Outgoing();
    const { address, timeout_ms } = content;
    const max_bytes = this.config.MCP_ANSWER_BYTES;
    const parts = { outgoing, timeout_ms, onClose };
    if (address.kind === 'stdio') {
      const transport = new StdioTransport(
        this.programs.find(tenantId, content.server, address.command, max_bytes),
        outgoing,
      );
      return McpSession.open({ ...parts, transport, fault: () => transport.fault });
    }
    const { url, secret_ref: reference } = address;
    const token = (): string => {
      if (reference === null) return '';
      const secret = boundSecret(this.secrets, tenantId, reference, url);
      if (secret === '')
        throw new OutboundError('no-secret', false, 'the secret that the server is asked with is not there');
      return secret;
    };
    const { outbound } = this;
    const transport = new PlainTransport(
      httpTransport({ outbound, url, token, timeout_ms, max_bytes, outgoing }),
    );
    return McpSession.open({ ...parts, transport, fault: () => undefined });
  }
}
