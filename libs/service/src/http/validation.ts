import { type ArgumentMetadata, BadRequestException, ValidationPipe } from '@nestjs/common';
import * as transformerPackage from 'class-transformer';
import * as validatorPackage from 'class-validator';

/** No DTO nests this deep; what does is not visited by code that calls itself. */
const MAX_DEPTH = 32;

class BoundedValidation extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (isDeeper(value, MAX_DEPTH)) throw new BadRequestException('The request is nested too deeply.');
    return super.transform(value, metadata) as Promise<unknown>;
  }
}

/**
 * The pipe that every controller's DTOs go through: unknown members are refused, never dropped in silence, and the
 * refusal does not quote values. A DTO must be imported as a value, or Nest sees no class and checks nothing.
 */
export function createValidation(): ValidationPipe {
  return new BoundedValidation({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    // Otherwise Nest looks for them by name when it runs, which finds nothing in a program that is one bundle.
    validatorPackage,
    transformerPackage,
  });
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}
