import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleGit, type SimpleGit } from 'simple-git';

const branch = 'main';
const timeoutMs = 60_000;
/** Nothing of the machine's own settings decides how a commit is made. */
const settings = [
  'user.name=Interlock posture',
  'user.email=posture@interlock.invalid',
  'commit.gpgsign=false',
  'core.hooksPath=/dev/null',
  'core.autocrlf=false',
];

const gitIn = (folder: string): SimpleGit =>
  simpleGit({
    baseDir: folder,
    config: settings,
    timeout: { block: timeoutMs },
    // The path is none: no hook of the machine runs.
    unsafe: { allowUnsafeHooksPath: true },
  });

const commitAll = async (git: SimpleGit, message: string): Promise<void> => {
  await git.raw('add', '--all', '--force');
  if ((await git.raw('status', '--porcelain')).trim() !== '')
    await git.raw('commit', '--quiet', '--message', message);
};

/** The work tree that a folder lies in; null where it lies in none. */
export const workTreeOf = async (folder: string): Promise<string | null> => {
  try {
    return (await gitIn(folder).raw('rev-parse', '--show-toplevel')).trim();
  } catch {
    return null;
  }
};

/** What a fix branch is made of: its name, whose failure it tells of, and what it holds. */
export type FixBranch = {
  readonly name: string;
  readonly run: string;
  readonly message: string;
  readonly fill: (folder: string) => Promise<void>;
};

const trailer = ({ run }: FixBranch): string => `Run: ${run}`;
const bodyOf = (branch: FixBranch): string => `${branch.message}\n\n${trailer(branch)}`;

/**
 * The first of `name`, `name-2`, `name-3` and so on that is free, or that is this run's own, left
 * by a try that a crash broke off. `messageOf` answers null for a branch that is not there.
 */
const placeOf = async (
  branch: FixBranch,
  messageOf: (name: string) => Promise<string | null>,
): Promise<{ readonly name: string; readonly made: boolean }> => {
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? branch.name : `${branch.name}-${n}`;
    const message = await messageOf(name);
    if (message === null || message.includes(trailer(branch))) return { name, made: message !== null };
  }
};

/**
 * Commits what `fill` writes to a new branch of the repository that a folder lies in, beside its
 * work tree, which stays as it is; answers its name. Done again for the same run, it makes no
 * second one. Throws what git says, and where the repository has no commit yet.
 */
export const branchBeside = async (workTree: string, branch: FixBranch): Promise<string> => {
  const git = gitIn(workTree);
  const { name, made } = await placeOf(branch, async (one) =>
    (await git.raw('for-each-ref', `refs/heads/${one}`)).trim() === ''
      ? null
      : git.raw('log', '-1', '--format=%B', `refs/heads/${one}`),
  );
  if (made) return name;
  const beside = await mkdtemp(join(tmpdir(), 'interlock-posture-'));
  const tree = join(beside, 'tree');
  try {
    await git.raw('worktree', 'add', '--quiet', '--detach', tree);
    await branch.fill(tree);
    await commitAll(gitIn(tree), bodyOf(branch));
    await gitIn(tree).raw('branch', name);
    return name;
  } finally {
    await git.raw('worktree', 'remove', '--force', tree).catch(() => undefined);
    await rm(beside, { recursive: true, force: true });
  }
};

/**
 * A repository that state files are pushed to. The clone it works in can be made again at any time:
 * what counts is the repository.
 */
export class StateRepository {
  readonly #clone: string;
  #working: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly remote: string,
    stateDir: string,
  ) {
    this.#clone = join(stateDir, 'posture-git');
  }

  /** Lets `fill` write into a fresh clone, and pushes that to `main`. */
  push(message: string, fill: (folder: string) => Promise<void>): Promise<void> {
    return this.#alone(async () => {
      const git = await this.#open();
      await fill(this.#clone);
      await commitAll(git, message);
      await git.raw('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
    });
  }

  /**
   * The same to a new branch; answers its name. Done again for the same run, it makes no second
   * one.
   */
  pushBranch(fix: FixBranch): Promise<string> {
    return this.#alone(async () => {
      const git = await this.#open();
      const { name, made } = await placeOf(fix, async (one) => {
        if ((await git.raw('ls-remote', '--heads', 'origin', `refs/heads/${one}`)).trim() === '') return null;
        await git.raw('fetch', '--quiet', '--no-tags', '--depth', '1', 'origin', `refs/heads/${one}`);
        return git.raw('log', '-1', '--format=%B', 'FETCH_HEAD');
      });
      if (made) return name;
      await git.raw('checkout', '--quiet', '-b', name);
      await fix.fill(this.#clone);
      await commitAll(git, bodyOf(fix));
      await git.raw('push', '--quiet', 'origin', `HEAD:refs/heads/${name}`);
      return name;
    });
  }

  /**
   * INVARIANT: work goes on from what the repository holds, never from what a clone of ours holds
   * beyond it.
   */
  async #open(): Promise<SimpleGit> {
    await rm(this.#clone, { recursive: true, force: true });
    await mkdir(this.#clone, { recursive: true, mode: 0o700 });
    const git = gitIn(this.#clone);
    await git.raw('init', '--quiet', '--initial-branch', branch);
    await git.raw('remote', 'add', 'origin', this.remote);
    if ((await git.raw('ls-remote', '--heads', 'origin', branch)).trim() === '') return git;
    await git.raw('fetch', '--quiet', '--no-tags', '--depth', '1', 'origin', branch);
    await git.raw('checkout', '--quiet', '--force', '-B', branch, 'FETCH_HEAD');
    return git;
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#working.then(work, work);
    this.#working = next.catch(() => undefined);
    return next;
  }
}
