import { defaults, type ConsensusVote, type RpcName, type VoteAnswer } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { newId, nowText } from '@interlock/platform';
import { consensusOf, type Consensus } from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';

type VoteName = Extract<RpcName, `${string}.vote`>;

/**
 * Whose votes are asked for. Which instance answers is chance, so each is asked several times a
 * round.
 */
const asked: readonly VoteName[] = ['audit.vote', 'policy-evaluator.vote'];
const timesARound = 3;
const maxAgeMs = defaults.signal_max_age_s * 1000;

type Heard = { readonly votes: readonly ConsensusVote[]; readonly at: number };

/**
 * What witnesses, mirrors and instances of services say of the log's tree and of the active
 * bundles. An instance that is gone is forgotten after its `max_age`, for others answer in its
 * place; a service of which no instance answers, and a mirror or witness that was heard once, is
 * silent from then on.
 */
@Injectable()
export class Votes {
  readonly #instances = new Map<string, Heard>();
  readonly #standing = new Map<string, ConsensusVote>();
  readonly #heard = new Map<VoteName, number>();
  readonly #began = Date.now();

  constructor(@Inject(RpcClient) private readonly rpc: Pick<RpcClient, 'call'>) {}

  /** One round of questions, and the consensus after it; null where it cannot be said yet. */
  async consensus(): Promise<Consensus | null> {
    await Promise.all(asked.map((name) => this.#ask(name)));
    const now = Date.now();
    for (const [instance, { at }] of this.#instances)
      if (now - at > maxAgeMs) this.#instances.delete(instance);
    // At the start a service may not be there yet: that is no disagreement before its time is over.
    if (asked.some((name) => !this.#heard.has(name)) && now - this.#began < maxAgeMs) return null;
    const votes = [
      ...[...this.#instances.values()].flatMap((heard) => heard.votes),
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
        // It is silent: what it said last grows old.
        return;
      }
      const at = Date.now();
      this.#heard.set(name, at);
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
      at: new Date(this.#heard.get(name) ?? this.#began).toISOString(),
    };
  }
}
