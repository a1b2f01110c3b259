import { TENANT_ID, tenantIdRule } from '@sallyport/contracts';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../openapi/describe.ts';

/** May be left out, but is not null: what is null would pass by all other checks. */
export const MayBeAbsent = () => ValidateIf((_, value: unknown) => value !== undefined);
/** A snake_case code. Free text could hold names of people, and the record is for ever. */
export const REASON = /^[a-z][a-z0-9_]{0,63}$/;
const URL_LENGTH = 2_048;

export class ClaimBody {
  /** Its name, or a dotted path to it. */
  @ApiProperty({ example: 'realm_access.roles' })
  @IsString()
  @Length(1, 256)
  claim!: string;
}

export class IssuerBody {
  @ApiProperty({ description: 'The issuer’s https URL; `iss` of its tokens.', example: 'https://login.acme.example' })
  @IsString()
  @Length(1, URL_LENGTH)
  issuer!: string;

  @ApiProperty({ description: 'What `aud` of its tokens must name.' })
  @IsString()
  @Length(1, URL_LENGTH)
  audience!: string;

  @ApiPropertyOptional({ description: 'The https URL of its keys, where it has no discovery document.' })
  @MayBeAbsent()
  @IsString()
  @Length(1, URL_LENGTH)
  jwks?: string;

  @ApiPropertyOptional({ isArray: true, enum: ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(5)
  @IsIn(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'], { each: true })
  algorithms?: ('RS256' | 'PS256' | 'ES256' | 'ES384' | 'EdDSA')[];

  @ApiPropertyOptional({ type: ClaimBody, description: 'The claim that names the person or service.' })
  @MayBeAbsent()
  @IsObject()
  @ValidateNested()
  @Type(() => ClaimBody)
  subject?: ClaimBody;

  @ApiPropertyOptional({ type: ClaimBody, description: 'The claim that lists the roles.' })
  @MayBeAbsent()
  @IsObject()
  @ValidateNested()
  @Type(() => ClaimBody)
  roles?: ClaimBody;

  @ApiPropertyOptional({ description: 'A scope that every token must have.' })
  @MayBeAbsent()
  @IsString()
  @Length(1, 256)
  scope?: string;

  @ApiPropertyOptional({
    description: 'Whether owners of objects are ids of its people. Must be said where the tenant has several issuers.',
  })
  @MayBeAbsent()
  @IsBoolean()
  owns?: boolean;
}

export class QuotasBody {
  @ApiPropertyOptional({ description: 'How many calls in how long, evenly spread.', example: '600/min' })
  @MayBeAbsent()
  @Matches(/^[1-9]\d{0,8}\/(\d{1,6})?(s|min|h|day)$/, { message: 'calls must be a rate such as 600/min' })
  calls?: string;

  @ApiPropertyOptional({ description: 'How many calls at once.', minimum: 1 })
  @MayBeAbsent()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  concurrent?: number;
}

class TenantInputBody {
  @ApiPropertyOptional({
    description: 'The organisation’s name, not a person’s; null for none.',
    nullable: true,
    type: String,
  })
  @ValidateIf((_, value: unknown) => value !== undefined && value !== null)
  @IsString()
  @Length(1, 128)
  name?: string | null;

  @ApiPropertyOptional({ type: [IssuerBody], description: 'All of its own issuers. Only they may speak for it then.' })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(16)
  @ValidateNested({ each: true })
  @Type(() => IssuerBody)
  issuers?: IssuerBody[];

  @ApiPropertyOptional({ type: QuotasBody, description: 'All of its quotas; what is left out has none.' })
  @MayBeAbsent()
  @IsObject()
  @ValidateNested()
  @Type(() => QuotasBody)
  quotas?: QuotasBody;

  @ApiPropertyOptional({ pattern: REASON.source, description: 'Why, as a snake_case code, for the record.' })
  @MayBeAbsent()
  @Matches(REASON, { message: 'reason must be a snake_case code' })
  reason?: string;
}

export class OnboardBody extends TenantInputBody {
  @ApiProperty({ description: 'What tokens call it.', pattern: TENANT_ID.source })
  @IsString()
  @Matches(TENANT_ID, { message: `id must be a tenant’s id: ${tenantIdRule}` })
  id!: string;
}

export class ChangeBody extends TenantInputBody {
  @ApiPropertyOptional({ description: 'As it was read; it can’t be changed.', pattern: TENANT_ID.source })
  @MayBeAbsent()
  @IsString()
  @MaxLength(63)
  id?: string;

  @ApiPropertyOptional({ description: 'As it was read; it can’t be changed.' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(64)
  since?: string;

  @ApiPropertyOptional({ enum: ['active', 'suspended'] })
  @MayBeAbsent()
  @IsIn(['active', 'suspended'])
  state?: 'active' | 'suspended';

  @ApiPropertyOptional({ minimum: 1, description: 'The version that you looked at; 409 when there is another by now.' })
  @MayBeAbsent()
  @IsInt()
  @Min(1)
  version?: number;
}

export class TenantParams {
  @ApiProperty({ description: 'The tenant’s id.' })
  @IsString()
  @Matches(TENANT_ID, { message: `id must be a tenant’s id: ${tenantIdRule}` })
  id!: string;
}

export class SwitchParams {
  @ApiProperty({ enum: ['tenant', 'tool', 'agent'] })
  @IsIn(['tenant', 'tool', 'agent'])
  what!: 'tenant' | 'tool' | 'agent';

  @ApiProperty({
    description: 'A tenant’s id, `<upstream>/<tool>` or `<upstream>/*`, or a client’s id; percent-encoded.',
  })
  @IsString()
  @Matches(/^[^\p{Cc}\p{Cs}]+$/u, { message: 'name must be one' })
  @MaxLength(1_024)
  name!: string;
}

export class SwitchQuery {
  @ApiPropertyOptional({ description: 'Only of this tenant’s calls. For a tool or an agent.' })
  @MayBeAbsent()
  @IsString()
  @Matches(TENANT_ID, { message: `of must be a tenant’s id: ${tenantIdRule}` })
  of?: string;

  @ApiPropertyOptional({ pattern: REASON.source, description: 'Why, as a snake_case code, for the record.' })
  @MayBeAbsent()
  @Matches(REASON, { message: 'reason must be a snake_case code' })
  reason?: string;
}
