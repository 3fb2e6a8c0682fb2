import type { LogFollower, OpenWork } from '@interlock/eventstore';
import { comparePositions, type OpenWorkFold } from '@interlock/kernel';

/** Follows the rules and the history as one: it is current only if both are. */
export const both = (rules: LogFollower, history: OpenWork<OpenWorkFold>): LogFollower => {
  const followers = [rules, history.follower];
  return {
    start: async () => {
      await Promise.all([rules.start(), history.start()]);
    },
    stop: async () => {
      await Promise.all([rules.stop(), history.stop()]);
    },
    position: () => {
      const [a, b] = [rules.position(), history.follower.position()];
      return a === null || b === null ? null : comparePositions(a, b) < 0 ? a : b;
    },
    confirmCurrent: async () => {
      const [at] = await Promise.all([rules.confirmCurrent(), history.follower.confirmCurrent()]);
      return at;
    },
    confirmAtLeast: async (position) => {
      await Promise.all(followers.map((follower) => follower.confirmAtLeast(position)));
    },
    confirmedWithin: (ms) => followers.every((follower) => follower.confirmedWithin(ms)),
    ensureCurrent: async (fresh) => {
      await Promise.all(followers.map((follower) => follower.ensureCurrent(fresh)));
    },
  };
};
