import { IsIn, IsOptional, Matches } from 'class-validator';
import { TenantQuery } from '../events/events.dto.ts';

const statuses = ['requested', 'approved', 'rejected', 'consumed', 'expired', 'cancelled'] as const;

export class ApprovalsQuery extends TenantQuery {
  @IsOptional()
  @IsIn(statuses)
  status?: (typeof statuses)[number];
}

export class ApprovalParams {
  @Matches(/^[A-Za-z0-9_-]{1,64}$/, { message: 'id must be an approval’s reference' })
  id!: string;
}

export class VoteBody {
  @IsIn(['approve', 'reject'])
  answer!: 'approve' | 'reject';

  /** Through what the person was asked. */
  @IsOptional()
  @IsIn(['cli', 'api'])
  channel: 'cli' | 'api' = 'api';
}
