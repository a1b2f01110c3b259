import { ConflictException, type HttpException, NotFoundException, UnprocessableEntityException } from '@nestjs/common';
import type { ApproveAnswer } from '@sallyport/definitions';
import type { ActRefusal } from '@sallyport/tenants';

type Refusal = ActRefusal | Extract<ApproveAnswer, { readonly ok: false }>;

/** How an act that is refused where it is done is answered: 404, 422, or 409 where somebody or something else is in the way. */
export function refusalOf({ reason, detail: message }: Refusal): HttpException {
  if (reason === 'unknown') return new NotFoundException({ message });
  if (reason === 'unusable') return new UnprocessableEntityException({ error: reason, message });
  return new ConflictException({ error: reason, message });
}
