import { ApiProperty } from '@nestjs/swagger';
import { Matches, MaxLength } from 'class-validator';

export class DefinitionParams {
  @ApiProperty({ description: 'The upstream’s id.' })
  @Matches(/^[a-z][a-z0-9-]{0,31}$/, { message: 'upstream must be the id of an upstream' })
  upstream!: string;

  @ApiProperty({ description: 'The tool’s own name.' })
  @MaxLength(256)
  @Matches(/^\P{Cc}+$/u, { message: 'tool must be the name of a tool' })
  tool!: string;
}

export class ApproveBody {
  /** Digest of the offered copy that the person looked at. */
  @ApiProperty({ description: 'Digest of the offered copy that was looked at.' })
  @Matches(/^sha256:[A-Za-z0-9_-]{43}$/, { message: 'digest must be sha256: and 43 characters' })
  digest!: string;
}
