import { ConflictException, type HttpException, NotFoundException, UnprocessableEntityException } from '@nestjs/common';
import type { ActRefusal } from '@sallyport/tenants';

/** How a refusal of the registry is answered: 404, 422, or 409 where somebody or something else is in the way. */
export function refusalOf({ reason, detail: message }: ActRefusal): HttpException {
  if (reason === 'unknown') return new NotFoundException({ message });
  if (reason === 'unusable') return new UnprocessableEntityException({ error: reason, message });
  return new ConflictException({ error: reason, message });
}
