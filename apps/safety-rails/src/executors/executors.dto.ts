import { IsIn, IsString, Matches, MaxLength, ValidateIf } from 'class-validator';

export class ExecutorDto {
  @IsIn(['register', 'answer', 'leave']) kind!: 'register' | 'answer' | 'leave';
  @IsIn(['netconf-gateway', 'agent-gateway', 'posture']) service!: string;
  @Matches(/^[a-zA-Z0-9-]{1,64}$/, { message: 'instance must be 1 to 64 letters, digits and dashes' })
  instance!: string;
  @ValidateIf((dto: ExecutorDto) => dto.kind === 'answer')
  @IsString()
  @MaxLength(512)
  @Matches(/^kill_switch-/, { message: 'stream must be that of a kill switch' })
  stream?: string;
  @ValidateIf((dto: ExecutorDto) => dto.kind === 'answer')
  @Matches(/^\d{1,19}$/, { message: 'revision must be a whole number' })
  revision?: string;
}
