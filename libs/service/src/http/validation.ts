import { ValidationPipe } from '@nestjs/common';

/**
 * The pipe that every controller's DTOs go through: unknown members are refused, never dropped in silence, and the
 * refusal does not quote values. A DTO must be imported as a value, or Nest sees no class and checks nothing.
 */
export function createValidation(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
  });
}
