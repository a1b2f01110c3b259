import { Matches } from 'class-validator';
import { ApiProperty } from '../openapi/describe.ts';

export class CallParams {
  /** A ULID, as refusals quote it. */
  @ApiProperty({ description: 'The call’s reference, a ULID.' })
  @Matches(/^[0-9A-HJKMNP-TV-Z]{26}$/, { message: 'id must be a call reference of 26 characters' })
  id!: string;
}
