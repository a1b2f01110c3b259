import { IsIn, IsOptional, Matches, MaxLength } from 'class-validator';
import { type DefinitionKind, definitionKinds } from '@sallyport/contracts';
import { ApiProperty, ApiPropertyOptional } from '../openapi/describe.ts';
import { TenantQuery } from '../events/events.dto.ts';

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
  @ApiPropertyOptional({ description: 'What it is a definition of; a tool where absent.', enum: definitionKinds })
  @IsOptional()
  @IsIn(definitionKinds, { message: `kind must be one of ${definitionKinds.join(', ')}` })
  kind: DefinitionKind = 'tool';

  /** Digest of the offered copy that the person looked at. */
  @ApiProperty({ description: 'Digest of the offered copy that was looked at.' })
  @Matches(/^sha256:[A-Za-z0-9_-]{43}$/, { message: 'digest must be sha256: and 43 characters' })
  digest!: string;
}

export class ToolsQuery extends TenantQuery {
  @ApiProperty({ description: 'Whose view: a development user’s name, or the id of a user with these `roles`.' })
  @MaxLength(256)
  @Matches(/^\P{Cc}+$/u, { message: 'as must be the name of a user' })
  as!: string;

  @ApiPropertyOptional({ description: 'Roles of somebody who is no development user, with commas between them.' })
  @IsOptional()
  @MaxLength(2048)
  @Matches(/^\P{Cc}+$/u, { message: 'roles must be names with commas between them' })
  roles?: string;
}
