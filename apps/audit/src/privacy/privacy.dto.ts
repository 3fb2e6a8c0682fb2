import { IsNotEmpty, IsString, Matches, MaxLength } from 'class-validator';

/** The subject goes in the body, because proxies log addresses. */
export class LookupDto {
  /** The subject of the person's tokens. */
  @IsString() @IsNotEmpty() @MaxLength(256) subject!: string;
}

export class PersonParams {
  @Matches(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, {
    message: 'person must be a person_id; a subject is looked up by POST /api/v1/audit/people/lookup',
  })
  person!: string;
}
