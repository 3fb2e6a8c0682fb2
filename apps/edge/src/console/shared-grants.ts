import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import type { Grant } from './oidc.js';
import { VersionedFile } from './versioned-file.js';

/**
 * How long only one edge may refresh, in seconds. It is longer than all its waits for the provider.
 */
const askedS = 30;
/** How often an edge checks for another edge's refreshed tokens, in milliseconds. */
const lookMs = 25;
const keptVersions = 4;
const tidyMs = 3_600_000;

/**
 * A session's newest tokens, sealed, and the time (in seconds) until which an edge is refreshing
 * them.
 */
type Held = { readonly grant?: string; readonly asked_until?: number };
/** Encrypts stored tokens, so that only the edges can read them. */
export interface GrantSeal {
  seal(id: string, grant: Grant): Promise<string>;
  /** Opens stored tokens. Throws `unauthenticated`. */
  open(text: string): Promise<Grant>;
}
/** What the requesting edge knows about a session. */
export type Asked = {
  readonly id: string;
  /** The tokens in the cookie, or newer ones. */
  readonly known: Grant;
  readonly refresh: (current: Grant) => Promise<Grant>;
  /** Throws if the session has ended, so that the provider is not asked. */
  readonly requireOpen: () => void;
};

const nowS = (): number => Date.now() / 1000;
const newer = (a: Grant, b: Grant | undefined): Grant => (b !== undefined && b.renew > a.renew ? b : a);

/**
 * The newest tokens of each session, for all edges that share the folder, in one versioned file per
 * session. A refresh token is valid only once, and some providers end the login if it is used
 * twice. So one edge claims the refresh by writing a version that only one can create, and the
 * others use its result.
 */
export class SharedGrants {
  #tidied = 0;

  /** `keptS` is the longest life of a session, in seconds. Older files are dropped. */
  constructor(
    private readonly folder: string,
    private readonly seal: GrantSeal,
    private readonly keptS: number,
  ) {}

  #file(id: string): VersionedFile {
    return new VersionedFile(join(this.folder, id), keptVersions);
  }

  /**
   * Returns tokens that need no refresh yet: the known ones, another edge's, or new ones. Throws
   * what `refresh` and `requireOpen` throw.
   */
  async newest({ id, known, refresh, requireOpen }: Asked): Promise<Grant> {
    const file = this.#file(id);
    for (;;) {
      const { version, text } = file.read();
      const held = heldIn(text);
      const current = newer(known, await this.#grantOf(held));
      if (current.renew > nowS()) return current;
      requireOpen();
      if ((held.asked_until ?? 0) > nowS()) {
        await later(lookMs);
        continue;
      }
      this.#prepare();
      if (!file.add(version, JSON.stringify({ ...held, asked_until: nowS() + askedS }))) continue;
      const next = await refresh(current).catch((error: unknown) => {
        file.add(version + 1, JSON.stringify({ grant: held.grant }));
        throw error;
      });
      // If another edge has written since, this one took longer than its claim lasts.
      if (file.add(version + 1, JSON.stringify({ grant: await this.seal.seal(id, next) }))) return next;
    }
  }

  /**
   * Returns the newest refreshed tokens of a session from any edge; undefined if none was
   * refreshed.
   */
  held(id: string): Promise<Grant | undefined> {
    return this.#grantOf(heldIn(this.#file(id).read().text));
  }

  /** Forgets a session that has ended. */
  drop(id: string): void {
    for (const name of this.#names().filter((one) => one === id || one.startsWith(`${id}.`)))
      rmSync(join(this.folder, name), { force: true });
  }

  async #grantOf({ grant }: Held): Promise<Grant | undefined> {
    return grant === undefined ? undefined : this.seal.open(grant);
  }

  #names(): readonly string[] {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    return readdirSync(this.folder);
  }

  /** Creates the folder, and from time to time drops the files of expired sessions. */
  #prepare(): void {
    if (this.#tidied + tidyMs > Date.now()) return;
    this.#tidied = Date.now();
    for (const name of this.#names()) {
      const file = join(this.folder, name);
      const written = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
      if (written + this.keptS * 1000 < Date.now()) rmSync(file, { force: true });
    }
  }
}

const heldIn = (text: string | undefined): Held => (text === undefined ? {} : (JSON.parse(text) as Held));
