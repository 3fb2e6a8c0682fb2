import { defaults, type ConsensusVote, type RpcName, type VoteAnswer } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { newId, nowText } from '@interlock/platform';
import { consensusOf, type Consensus } from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';

type VoteName = Extract<RpcName, `${string}.vote`>;

/**
 * The services that are asked for votes. Any instance may answer, so each service is asked several
 * times a round.
 */
const asked: readonly VoteName[] = ['audit.vote', 'policy-evaluator.vote'];
const timesARound = 3;
const maxAgeMs = defaults.signal_max_age_s * 1000;

type TimedVotes = { readonly votes: readonly ConsensusVote[]; readonly at: number };

/**
 * The statements of witnesses, mirrors and instances of services about the log's tree and the
 * active bundles. An absent instance is forgotten after its `max_age`, because others answer in its
 * place. A service without any answering instance, and a mirror or witness that was heard once,
 * then counts as silent.
 */
@Injectable()
export class Votes {
  readonly #instances = new Map<string, TimedVotes>();
  readonly #standing = new Map<string, ConsensusVote>();
  readonly #answeredAt = new Map<VoteName, number>();
  readonly #began = Date.now();

  constructor(@Inject(RpcClient) private readonly rpc: Pick<RpcClient, 'call'>) {}

  /** Asks all services once and returns the consensus; null if it is not known yet. */
  async consensus(): Promise<Consensus | null> {
    await Promise.all(asked.map((name) => this.#ask(name)));
    const now = Date.now();
    for (const [instance, { at }] of this.#instances)
      if (now - at > maxAgeMs) this.#instances.delete(instance);
    // At the start a service may not be running yet. That is no disagreement until its time is
    // over.
    if (asked.some((name) => !this.#answeredAt.has(name)) && now - this.#began < maxAgeMs) return null;
    const votes = [
      ...[...this.#instances.values()].flatMap(({ votes }) => votes),
      ...this.#standing.values(),
      ...asked.filter((name) => !this.#answers(name)).map((name) => this.#silent(name)),
    ];
    return consensusOf(votes, nowText(), defaults.signal_max_age_s);
  }

  async #ask(name: VoteName): Promise<void> {
    for (let i = 0; i < timesARound; i += 1) {
      let answer: VoteAnswer;
      try {
        answer = await this.rpc.call(name, { request_id: newId() });
      } catch {
        // No answer: its last vote grows old.
        return;
      }
      const at = Date.now();
      this.#answeredAt.set(name, at);
      this.#instances.set(answer.instance, {
        votes: answer.votes.filter(({ voter }) => voter === answer.instance),
        at,
      });
      for (const vote of answer.votes)
        if (vote.voter !== answer.instance) this.#standing.set(vote.voter, vote);
    }
  }

  #answers(name: VoteName): boolean {
    const [service = ''] = name.split('.');
    return [...this.#instances.keys()].some((instance) => instance.startsWith(`${service}/`));
  }

  #silent(name: VoteName): ConsensusVote {
    const [service = ''] = name.split('.');
    return {
      voter: service,
      kind: 'instance',
      about: service === 'audit' ? 'checkpoint' : 'bundles',
      subject: 'silent',
      says: '',
      contradicts: false,
      at: new Date(this.#answeredAt.get(name) ?? this.#began).toISOString(),
    };
  }
}
