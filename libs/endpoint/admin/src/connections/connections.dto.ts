import { IsString, Length } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../openapi/describe.ts';
import { TenantQuery } from '../events/events.dto.ts';
import { MayBeAbsent } from '../tenants/tenants.dto.ts';

export class ConnectionParams {
  @ApiProperty({ description: 'The upstream’s id.' })
  @IsString()
  @Length(1, 256)
  upstream!: string;

  @ApiProperty({ description: 'The person’s id at their issuer, or the pseudonym `sub_…`.' })
  @IsString()
  @Length(1, 1_024)
  subject!: string;
}

export class ConnectionQuery extends TenantQuery {
  @ApiPropertyOptional({ description: 'Where people of several issuers have this id.' })
  @MayBeAbsent()
  @IsString()
  @Length(1, 2_048)
  issuer?: string;
}
