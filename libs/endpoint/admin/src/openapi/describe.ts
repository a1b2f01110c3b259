type Swagger = typeof import('@nestjs/swagger');
type Name =
  'ApiBearerAuth' | 'ApiExtension' | 'ApiOperation' | 'ApiProperty' | 'ApiPropertyOptional' | 'ApiResponse' | 'ApiTags';
type Decorators = Pick<Swagger, Name>;

const descriptions: ((swagger: Decorators) => void)[] = [];

/** Has all that the decorators below say of the API said to Swagger, which only the document needs: it takes 540 files to load. */
export function describeTo(swagger: Decorators): void {
  for (const describe of descriptions.splice(0)) describe(swagger);
}

/** Swagger's own decorator, applied once Swagger is there. */
function later<N extends Name>(name: N): Decorators[N] {
  const decorator = (...options: never[]) => {
    return (...target: never[]): void => {
      descriptions.push((swagger) => {
        const decorate = swagger[name] as (...options: never[]) => (...target: never[]) => unknown;
        decorate(...options)(...target);
      });
    };
  };
  return decorator as Decorators[N];
}

export const ApiBearerAuth = later('ApiBearerAuth');
export const ApiExtension = later('ApiExtension');
export const ApiOperation = later('ApiOperation');
export const ApiProperty = later('ApiProperty');
export const ApiPropertyOptional = later('ApiPropertyOptional');
export const ApiResponse = later('ApiResponse');
export const ApiTags = later('ApiTags');
