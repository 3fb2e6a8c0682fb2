import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleGit, type SimpleGit } from 'simple-git';

const branch = 'main';
const timeoutMs = 60_000;
/** Overrides the machine's own git settings for commits. */
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
    // The path does not exist, so that no hook of the machine runs.
    unsafe: { allowUnsafeHooksPath: true },
  });

const commitAll = async (git: SimpleGit, message: string): Promise<void> => {
  await git.raw('add', '--all', '--force');
  if ((await git.raw('status', '--porcelain')).trim() !== '')
    await git.raw('commit', '--quiet', '--message', message);
};

/** The work tree of a folder; null if there is none. */
export const workTreeOf = async (folder: string): Promise<string | null> => {
  try {
    return (await gitIn(folder).raw('rev-parse', '--show-toplevel')).trim();
  } catch {
    return null;
  }
};

/** A fix branch: its name, its failed run, and its content. */
export type FixBranch = {
  readonly name: string;
  readonly run: string;
  readonly message: string;
  readonly fill: (folder: string) => Promise<void>;
};

const trailer = ({ run }: FixBranch): string => `Run: ${run}`;
const bodyOf = (branch: FixBranch): string => `${branch.message}\n\n${trailer(branch)}`;

/**
 * The first of `name`, `name-2`, `name-3` and so on that is free, or that a try of this run left at
 * a crash. `messageOf` returns null for a missing branch.
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
 * Commits the output of `fill` to a new branch of the folder's repository, without touching its
 * work tree; returns the name. A repeat for the same run makes no second branch. Throws git's
 * error, and if the repository has no commit yet.
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
 * A repository to which state files are pushed. Its working clone can be recreated at any time; the
 * repository is the source of truth.
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
   * Does the same with a new branch and returns its name. A repeat for the same run makes no second
   * branch.
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
   * INVARIANT: work starts from the repository's state, never from unpushed commits of our clone.
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
