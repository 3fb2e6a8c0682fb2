import type { ConsensusVote, VoteAnswer } from '@interlock/contracts';
import { newId, nowText } from '@interlock/platform';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { IsUUID } from 'class-validator';
import { Inconsistencies } from '../checkpoints/inconsistencies.js';
import { signedAt } from '../proofs/signed.js';
import { Trees } from '../tree/trees.js';
import { MirrorSet } from './mirror-set.js';

export class VoteRequestDto {
  @IsUUID() request_id!: string;
}

/**
 * Reports the state of the log's tree as this instance, its mirrors and its witnesses see it.
 * Posture compares the answers of all instances.
 */
@Controller()
export class VoteRpc {
  readonly #instance = `audit/${newId()}`;

  constructor(
    private readonly trees: Trees,
    private readonly mirrors: MirrorSet,
    private readonly inconsistencies: Inconsistencies,
  ) {}

  @MessagePattern({ rpc: 'audit.vote' })
  async vote(@Payload() _request: VoteRequestDto): Promise<VoteAnswer> {
    const head = await this.#head();
    const contradicting = new Set(this.inconsistencies.all().map(({ source }) => source));
    const now = Date.now();
    const own: ConsensusVote = {
      voter: this.#instance,
      kind: 'instance',
      about: 'checkpoint',
      ...head,
      contradicts: ['log', 'tree', 'entries'].some((source) => contradicting.has(source)),
      at: nowText(),
    };
    return {
      instance: own.voter,
      votes: [
        own,
        ...this.mirrors.standing().map(({ name, witness, behindMs }): ConsensusVote => ({
          voter: name,
          kind: witness ? 'witness' : 'mirror',
          about: 'checkpoint',
          // A mirror or witness takes a head only if it agrees with its own. So its vote repeats
          // the head unless it reported a contradiction.
          ...head,
          contradicts: contradicting.has(name),
          at: new Date(now - behindMs).toISOString(),
        })),
      ],
    };
  }

  /**
   * Returns the latest signed head of the whole log. While nothing is signed, it is the head of the
   * empty tree.
   */
  #head(): Promise<Pick<ConsensusVote, 'subject' | 'says'>> {
    return this.trees.readingAll(async (db) => {
      const signed = await signedAt(db, null);
      return signed === null ? { subject: '0', says: '' } : { subject: `${signed.size}`, says: signed.root };
    });
  }
}
