import type { Uuid, Time, PageOf, LogPosition } from '@interlock/platform';

/** The identity of a person. */
export type KnownPersonDto = {
  readonly person_id: Uuid;
  readonly subject: string;
  readonly created_at: Time;
};

export type PeoplePageDto = PageOf<KnownPersonDto>;

export type ErasureDto = {
  readonly person_id: Uuid;
  readonly erased: 'now' | 'before';
  readonly erased_at: Time;
  readonly position: LogPosition | null;
};
