import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { ApiPropertyOptional } from '../openapi/describe.ts';

/** `true` or `false` as text; anything else stays as it is, and is refused. */
const Flag = () =>
  Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value));

/** Read by the auth hook; here so that it is no unknown member. */
export class TenantQuery {
  @ApiPropertyOptional({ description: 'Which tenant, where the operator has several.' })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  tenant?: string;
}

export class EventsQuery extends TenantQuery {
  /** Events after this sequence. */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, default: 0, description: 'Events after this sequence.' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  after = 0;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1000, default: 100 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit = 100;

  /** Only refusals. */
  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Only refusals.' })
  @IsOptional()
  @Flag()
  @IsBoolean()
  deny = false;
}

export class StreamQuery extends TenantQuery {
  /** Where to begin: a cursor, or `0` for the beginning. From now on if absent. */
  @ApiPropertyOptional({ description: 'A cursor, or `0` for the beginning; from now on if absent.' })
  @IsOptional()
  @Matches(/^[A-Za-z0-9%._~:,()!*'-]{1,4096}$/)
  after?: string;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Only refusals.' })
  @IsOptional()
  @Flag()
  @IsBoolean()
  deny = false;
}
