import { Matches } from 'class-validator';

export class CallParams {
  /** A ULID, as refusals quote it. */
  @Matches(/^[0-9A-HJKMNP-TV-Z]{26}$/, { message: 'id must be a call reference of 26 characters' })
  id!: string;
}
