import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import type { Grant } from './oidc.js';
import { VersionedFile } from './versioned-file.js';

/**
 * So long, in seconds, one edge has the refresh to itself: longer than all that it waits for at the
 * provider.
 */
const askedS = 30;
/** How often, in milliseconds, an edge looks whether the one that refreshes has got something. */
const lookMs = 25;
const keptVersions = 4;
const tidyMs = 3_600_000;

/**
 * A session's newest tokens, sealed, and until when (in seconds) an edge is about to refresh them.
 */
type Held = { readonly grant?: string; readonly asked_until?: number };
/** How tokens are written down, so that nobody without the edges' key reads them. */
export interface GrantSeal {
  seal(id: string, grant: Grant): Promise<string>;
  /** Throws `unauthenticated`. */
  open(text: string): Promise<Grant>;
}
/** What the asking edge knows and does of a session. */
export type Asked = {
  readonly id: string;
  /** The tokens of the cookie, or newer ones. */
  readonly known: Grant;
  readonly refresh: (current: Grant) => Promise<Grant>;
  /** Throws where the session has ended, so that nothing is asked of the provider for it. */
  readonly requireOpen: () => void;
};

const nowS = (): number => Date.now() / 1000;
const newer = (a: Grant, b: Grant | undefined): Grant => (b !== undefined && b.renew > a.renew ? b : a);

/**
 * The newest tokens of each session, for all edges that share the folder, one versioned file a
 * session. A refresh token is good once, and some providers end the login of whoever uses it twice:
 * so one edge says that it refreshes, by a version that only one can make, and the others take what
 * it gets.
 */
export class SharedGrants {
  #tidied = 0;

  /** `keptS`: how long a session lasts at most, in seconds; what is older than that is dropped. */
  constructor(
    private readonly folder: string,
    private readonly seal: GrantSeal,
    private readonly keptS: number,
  ) {}

  #file(id: string): VersionedFile {
    return new VersionedFile(join(this.folder, id), keptVersions);
  }

  /**
   * Tokens that need no refresh yet: those that are known, those that another edge got, or new
   * ones. Throws what `refresh` and `requireOpen` throw.
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
      // Where another one went on meanwhile, this one was away for longer than it said.
      if (file.add(version + 1, JSON.stringify({ grant: await this.seal.seal(id, next) }))) return next;
    }
  }

  /** The newest tokens of a session that any edge got; undefined where none was refreshed. */
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

  /** Makes the folder, and now and then drops what sessions have left that ran out. */
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
