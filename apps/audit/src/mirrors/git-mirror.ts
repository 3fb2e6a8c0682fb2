import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DirectoryMirror } from './directory-mirror.js';
import { MirrorFailure, type Mirror, type SignedHead } from './mirror.js';

const run = promisify(execFile);
const branch = 'main';
const timeoutMs = 60_000;
/** Nothing of the machine's own settings decides how a commit is made. */
const settings = [['user.name', 'Interlock audit'], ['user.email', 'audit@interlock.invalid'], ['commit.gpgsign', 'false'], ['core.hooksPath', '/dev/null'], ['gc.autoDetach', 'false'], ['maintenance.autoDetach', 'false']] as const;

/**
 * Commits checkpoints to a Git repository and pushes them: for each origin the file `latest`, whose history holds all before it. The clone it works in can be made again at any time:
 * what counts is the repository.
 */
export class GitMirror implements Mirror {
  readonly name = 'git';
  readonly #clone: string;
  readonly #files: DirectoryMirror;
  #opened: Promise<void> | undefined;
  #taken: string[] = [];

  constructor(private readonly remote: string, stateDir: string) {
    this.#clone = join(stateDir, 'git-mirror');
    this.#files = new DirectoryMirror(this.#clone, false);
  }

  async held(origin: string): Promise<string | null> {
    await this.#open();
    return this.#files.held(origin);
  }

  async take(head: SignedHead): Promise<void> {
    await this.#open();
    await this.#files.take(head);
    this.#taken.push(`${head.checkpoint.origin} ${head.checkpoint.size}`);
  }

  /** One commit for all that came in a round. Where another instance pushed first, the clone takes that, and the round is done again. */
  async settle(): Promise<void> {
    const taken = this.#taken.splice(0);
    await this.#git('add', '--all');
    if ((await this.#git('status', '--porcelain')) !== '') await this.#git('commit', '--quiet', '--message', `Checkpoint ${taken.join(', ').slice(0, 2000)}`);
    try {
      await this.#git('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }

  #open(): Promise<void> {
    this.#opened ??= this.#clonedAnew().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  /** INVARIANT: work goes on from what the repository holds, never from what a clone of ours holds beyond it. */
  async #clonedAnew(): Promise<void> {
    await rm(this.#clone, { recursive: true, force: true });
    await mkdir(this.#clone, { recursive: true, mode: 0o700 });
    await this.#git('init', '--quiet', '--initial-branch', branch);
    for (const [name, value] of settings) await this.#git('config', name, value);
    await this.#git('remote', 'add', 'origin', this.remote);
    if (await this.#git('ls-remote', '--heads', 'origin', branch) === '') return;
    await this.#git('fetch', '--quiet', '--no-tags', '--depth', '1', 'origin', branch);
    await this.#git('checkout', '--quiet', '--force', '-B', branch, 'FETCH_HEAD');
  }

  async #git(...args: readonly string[]): Promise<string> {
    try {
      const { stdout } = await run('git', ['-C', this.#clone, ...args], { timeout: timeoutMs, maxBuffer: 4 * 1024 * 1024, env: { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' } });
      return stdout.trim();
    } catch (cause) {
      // A URL may hold a password, and git quotes it: only the command's name is told.
      throw new MirrorFailure(`git ${args[0] ?? ''} failed${(cause as { code?: unknown }).code === 'ENOENT' ? ': there is no program `git`' : ''}`, { everywhere: true });
    }
  }
}
