import { TENANT_ID, tenantIdRule } from '@sallyport/contracts';
import { IsBoolean, IsString, Length, Matches } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../openapi/describe.ts';
import { MayBeAbsent, REASON } from '../tenants/tenants.dto.ts';

export class EraseBody {
  @ApiProperty({ description: 'The tenant’s id.' })
  @IsString()
  @Matches(TENANT_ID, { message: `tenant must be a tenant’s id: ${tenantIdRule}` })
  tenant!: string;

  @ApiProperty({ description: 'The person’s id at their issuer, or the pseudonym `sub_…`.' })
  @IsString()
  @Length(1, 1_024)
  subject!: string;

  @ApiPropertyOptional({ description: 'Where people of several issuers have this id.' })
  @MayBeAbsent()
  @IsString()
  @Length(1, 2_048)
  issuer?: string;

  @ApiPropertyOptional({ pattern: REASON.source, description: 'Why, as a snake_case code, for the record.' })
  @MayBeAbsent()
  @Matches(REASON, { message: 'reason must be a snake_case code' })
  reason?: string;

  @ApiPropertyOptional({ description: 'Only tells what it would come to.', default: false })
  @MayBeAbsent()
  @IsBoolean()
  dry_run?: boolean;
}
