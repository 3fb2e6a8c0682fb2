import type { ConsensusVote, Timestamp } from '@interlock/contracts';

export type Consensus = {
  readonly consensus_pct: number;
  /** True if nobody could have contradicted, because each statement came from one voter alone. */
  readonly unwitnessed: boolean;
  readonly voters: number;
  readonly agreeing: number;
  /** Voters that disagree or are silent, by name. */
  readonly against: readonly string[];
};

/** The statement of most voters about a subject; nothing in a tie. */
const majorityOf = (votes: readonly ConsensusVote[]): string | null => {
  const counts = [...Map.groupBy(votes, ({ says }) => says)].map(([says, of]) => [says, of.length] as const);
  const most = Math.max(0, ...counts.map(([, count]) => count));
  const leading = counts.filter(([, count]) => count === most);
  return leading.length === 1 ? (leading[0]?.[0] ?? null) : null;
};

/**
 * `consensus_pct`: the share, in percent, of voters that agree with the others in all their
 * statements. A voter that has been silent for longer than `maxAgeS` disagrees. Null without
 * voters.
 */
export const consensusOf = (
  votes: readonly ConsensusVote[],
  now: Timestamp,
  maxAgeS: number,
): Consensus | null => {
  const silent = (vote: ConsensusVote): boolean => Date.parse(now) - Date.parse(vote.at) > maxAgeS * 1000;
  const heard = votes.filter((vote) => !silent(vote) && !vote.contradicts);
  const bySubject = Map.groupBy(heard, ({ about, subject }) => `${about} ${subject}`);
  const majority = new Map([...bySubject].map(([subject, of]) => [subject, majorityOf(of)]));
  const agrees = (vote: ConsensusVote): boolean =>
    heard.includes(vote) && majority.get(`${vote.about} ${vote.subject}`) === vote.says;
  const voters = Map.groupBy(votes, ({ voter }) => voter);
  if (voters.size === 0) return null;
  const against = [...voters].filter(([, of]) => !of.every(agrees)).map(([voter]) => voter);
  const agreeing = voters.size - against.length;
  const lone = (about: ConsensusVote['about']): boolean =>
    new Set(votes.filter((vote) => vote.about === about).map(({ voter }) => voter)).size <= 1;
  return {
    consensus_pct: Math.floor((agreeing / voters.size) * 10_000) / 100,
    unwitnessed: lone('checkpoint') && lone('bundles'),
    voters: voters.size,
    agreeing,
    against,
  };
};
