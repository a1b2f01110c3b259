import { IsIn, IsOptional, Matches } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../openapi/describe.ts';
import { TenantQuery } from '../events/events.dto.ts';

const statuses = ['requested', 'approved', 'rejected', 'consumed', 'expired', 'cancelled'] as const;

export class ApprovalsQuery extends TenantQuery {
  @ApiPropertyOptional({ enum: statuses })
  @IsOptional()
  @IsIn(statuses)
  status?: (typeof statuses)[number];
}

export class ApprovalParams {
  @ApiProperty({ description: 'The approval’s reference.' })
  @Matches(/^[A-Za-z0-9_-]{1,64}$/, { message: 'id must be an approval’s reference' })
  id!: string;
}

export class VoteBody {
  @ApiProperty({ enum: ['approve', 'reject'] })
  @IsIn(['approve', 'reject'])
  answer!: 'approve' | 'reject';

  /** Through what the person was asked. */
  @ApiPropertyOptional({ enum: ['cli', 'api'], default: 'api', description: 'Through what the person was asked.' })
  @IsOptional()
  @IsIn(['cli', 'api'])
  channel: 'cli' | 'api' = 'api';
}
