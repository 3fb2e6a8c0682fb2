import type { TeamV1 } from '@interlock/policy';
import type { TeamView } from './teams.service.js';
import { logPosition, nullable, wholeListOf, streamRevision } from '@interlock/platform';
import { ApiProperty } from '@nestjs/swagger';

class TeamDto implements TeamV1 {
  @ApiProperty() readonly name!: string;
  @ApiProperty({ type: [String] }) readonly agents!: readonly string[];
  @ApiProperty({ type: [String] }) readonly accounts!: readonly string[];
  @ApiProperty() readonly team_id!: string;
}

export class DefinedTeamDto implements TeamView {
  @ApiProperty() readonly name!: string;
  @ApiProperty({ type: [String] }) readonly agents!: readonly string[];
  @ApiProperty({ type: [String] }) readonly accounts!: readonly string[];
  @ApiProperty() readonly team_id!: string;
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}

export class TeamsDto extends wholeListOf(TeamDto) {}
