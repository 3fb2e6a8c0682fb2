import type { StreamRevision, LogPosition, WholeListOf } from '@interlock/platform';

type TeamDto = {
  readonly name: string;
  readonly agents: readonly string[];
  readonly accounts: readonly string[];
  readonly team_id: string;
};

export type DefinedTeamDto = {
  readonly name: string;
  readonly agents: readonly string[];
  readonly accounts: readonly string[];
  readonly team_id: string;
  readonly revision: StreamRevision;
  readonly position: LogPosition | null;
};

export type TeamsDto = WholeListOf<TeamDto>;
